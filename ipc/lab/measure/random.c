/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/random.h"

uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

size_t random_below(struct random *random, size_t bound)
{
    return (size_t)(random_next(random) % bound);
}

/* Each new number takes a random place, and who was there goes to the end. */
void random_shuffle(struct random *random, size_t *ret_order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t place = random_below(random, i + 1);

        ret_order[i] = ret_order[place];
        ret_order[place] = i;
    }
}
