/* SPDX-License-Identifier: MIT */
#include "ipc/faults/lots.h"

enum { PASSES_MAX = 8 };

struct lots lots_of(uint64_t all, uint64_t count, uint64_t seed)
{
    return (struct lots){
        .all = all,
        .count = count < all ? count : all,
        .seed = seed,
    };
}

/* SplitMix64, by Steele, Lea and Flood (OOPSLA 2014): a seed's n-th draw. */
uint64_t lots_number(uint64_t seed, uint64_t n)
{
    uint64_t z = seed + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

bool lots_draw(struct lots *l, uint64_t *ret_number)
{
    uint64_t from, to;

    if (l->drawn == l->count)
        return false;
    from = l->all * l->drawn / l->count;
    to = l->all * (l->drawn + 1) / l->count;
    *ret_number = from + lots_number(l->seed, l->drawn) % (to - from);
    l->drawn++;
    return true;
}

bool lots_again(struct lots *l, uint64_t missing)
{
    if (missing == 0 || l->count == l->all || l->passes == PASSES_MAX)
        return false;
    l->count = missing < l->all ? missing : l->all;
    l->drawn = 0;
    l->seed++;
    l->passes++;
    return true;
}
