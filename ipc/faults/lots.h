/* SPDX-License-Identifier: MIT */
/*
 * lots.h -- some of many, or all of them, by a seed
 */
#ifndef IPC_FAULTS_LOTS_H
#define IPC_FAULTS_LOTS_H

#include <stdbool.h>
#include <stdint.h>

/* lots_number returns the n-th draw of a seed. */
uint64_t lots_number(uint64_t seed, uint64_t n);

/* The numbers from 0 to all - 1, cut into `count` parts of one size; one is
 * drawn from each. With count >= all each is drawn. */
struct lots {
    uint64_t all, count, drawn, seed;
    unsigned passes;
};

struct lots lots_of(uint64_t all, uint64_t count, uint64_t seed);

/* lots_draw: false when there are no more. */
bool lots_draw(struct lots *l, uint64_t *ret_number);

/* lots_again begins anew, by other lots, where `missing` more are wanted: false
 * when that is 0, when all were drawn, or when it was done often enough. */
bool lots_again(struct lots *l, uint64_t missing);

#endif
