/* SPDX-License-Identifier: MIT */
#include "shared/pattern.h"

#include "shared/bytes.h"

#include <string.h>

enum { WORD = 8 };

static const uint64_t step = 0x9e3779b97f4a7c15; /* 2^64 / golden ratio, odd */

/* The finalizer of SplitMix64 (Steele, Lea, Flood 2014): neighbouring ids get
 * unlike words. */
static uint64_t mix(uint64_t id)
{
    uint64_t x = id + step;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

void pattern_fill(void *payload, size_t size, uint64_t id)
{
    unsigned char *at = payload, last[WORD];
    uint64_t word = mix(id);

    for (; size >= WORD; size -= WORD, at += WORD, word += step)
        put_u64(at, word);
    put_u64(last, word);
    memcpy(at, last, size);
}

size_t pattern_check(const void *payload, size_t size, uint64_t id)
{
    const unsigned char *at = payload;
    unsigned char last[WORD];
    uint64_t word = mix(id);
    size_t left = size, i = 0;

    for (; left >= WORD && get_u64(at) == word; left -= WORD, at += WORD)
        word += step;
    put_u64(last, word);
    while (i < left && i < WORD && at[i] == last[i])
        i++;
    return size - left + i;
}
