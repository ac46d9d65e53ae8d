/* SPDX-License-Identifier: MIT */
#include "ipc/job/pattern.h"

#include "shared/base/bytes.h"

#include <string.h>

enum { WORD = 8, BLOCK_WORDS = 8, BLOCK = BLOCK_WORDS * WORD };

#ifndef __has_feature
#define __has_feature(feature) 0 /* clang's; gcc defines a macro instead */
#endif

/*
 * Made twice, and the loader takes the one that suits the processor: four words
 * at a time run at the speed of the cache. Seen in this file only, as clang 14
 * names them in a way that no other file finds. Not with ThreadSanitizer, which
 * is not there yet when the loader asks.
 */
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) &&                    \
    !__has_feature(thread_sanitizer)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

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

/* Fills the rest behind the last whole block, with the word that is next. */
static void fill_rest(unsigned char *at, size_t size, uint64_t word)
{
    unsigned char last[WORD];

    for (; size >= WORD; size -= WORD, at += WORD, word += step)
        put_u64(at, word);
    put_u64(last, word);
    memcpy(at, last, size);
}

static size_t check_rest(const unsigned char *at, size_t size, uint64_t word)
{
    unsigned char last[WORD];
    size_t good = 0, i = 0;

    for (; size - good >= WORD && get_u64(at + good) == word; good += WORD)
        word += step;
    put_u64(last, word);
    while (i < size - good && i < WORD && at[good + i] == last[i])
        i++;
    return good + i;
}

WIDE static void fill(void *payload, size_t size, uint64_t id)
{
    unsigned char *at = payload;
    uint64_t word = mix(id);

    for (; size >= BLOCK; size -= BLOCK, at += BLOCK) {
        for (size_t i = 0; i < BLOCK_WORDS; i++)
            put_u64(at + i * WORD, word + i * step);
        word += BLOCK_WORDS * step;
    }
    if (size > 0)
        fill_rest(at, size, word);
}

/* Differences are gathered: a block with one is searched again. */
WIDE static size_t check(const void *payload, size_t size, uint64_t id)
{
    const unsigned char *at = payload;
    uint64_t word = mix(id);
    size_t good = 0;

    for (; size - good >= BLOCK; good += BLOCK) {
        uint64_t differences = 0;

        for (size_t i = 0; i < BLOCK_WORDS; i++)
            differences |= get_u64(at + good + i * WORD) ^ (word + i * step);
        if (differences)
            break;
        word += BLOCK_WORDS * step;
    }
    if (good < size)
        good += check_rest(at + good, size - good, word);
    return good;
}

void pattern_fill(void *payload, size_t size, uint64_t id)
{
    fill(payload, size, id);
}

size_t pattern_check(const void *payload, size_t size, uint64_t id)
{
    return check(payload, size, id);
}
