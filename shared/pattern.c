/* SPDX-License-Identifier: MIT */
#include "shared/pattern.h"

#include "shared/bytes.h"

#include <stdbool.h>
#include <string.h>

enum { WORD = 8, BLOCK_WORDS = 64, BLOCK = BLOCK_WORDS * WORD };

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

/* Plain loops over whole blocks: the compiler makes vector code of them. */
static void fill_block(unsigned char *at, uint64_t first)
{
    for (size_t i = 0; i < BLOCK_WORDS; i++)
        put_u64(at + WORD * i, first + i * step);
}

static bool block_differs(const unsigned char *at, uint64_t first)
{
    uint64_t different = 0;

    for (size_t i = 0; i < BLOCK_WORDS; i++)
        different |= get_u64(at + WORD * i) ^ (first + i * step);
    return different != 0;
}

void pattern_fill(void *payload, size_t size, uint64_t id)
{
    unsigned char *at = payload, last[BLOCK];
    uint64_t word = mix(id);

    for (; size >= BLOCK; size -= BLOCK, at += BLOCK) {
        fill_block(at, word);
        word += BLOCK_WORDS * step;
    }
    fill_block(last, word);
    memcpy(at, last, size);
}

size_t pattern_check(const void *payload, size_t size, uint64_t id)
{
    const unsigned char *at = payload;
    unsigned char expected[BLOCK];
    uint64_t word = mix(id);
    size_t left = size, i = 0;

    for (; left >= BLOCK && !block_differs(at, word); left -= BLOCK) {
        at += BLOCK;
        word += BLOCK_WORDS * step;
    }
    fill_block(expected, word);
    while (i < left && i < BLOCK && at[i] == expected[i])
        i++;
    return size - left + i;
}
