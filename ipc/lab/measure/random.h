/* SPDX-License-Identifier: MIT */
/*
 * random.h -- random numbers that a seed repeats: SplitMix64 (Steele, Lea and
 * Flood, "Fast splittable pseudorandom number generators", 2014)
 */
#ifndef IPC_LAB_MEASURE_RANDOM_H
#define IPC_LAB_MEASURE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state; /* the seed, at first */
};

uint64_t random_next(struct random *random);

/* random_below returns a number from 0 to bound - 1, each as likely as the
 * others but for one part in 2^64 / bound. */
size_t random_below(struct random *random, size_t bound);

/* random_shuffle puts the numbers 0 to count - 1 into ret_order, in random
 * order. */
void random_shuffle(struct random *random, size_t *ret_order, size_t count);

#endif
