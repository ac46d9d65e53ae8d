/* SPDX-License-Identifier: MIT */
#include "shared/pattern.h"

#include "shared/bytes.h"

#include <string.h>

enum { WORD = 8, BLOCK_WORDS = 8, BLOCK = BLOCK_WORDS * WORD };

/* Made twice, and the loader takes the one that suits the processor: four words
 * at a time run at the speed of the cache. Not with ThreadSanitizer, which is
 * not there yet when the loader asks. */
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
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

/* Both take whole blocks, and return how many bytes that were. */
WIDE static size_t fill_blocks(unsigned char *at, size_t size, uint64_t word)
{
    size_t filled = 0;

    for (; size - filled >= BLOCK; filled += BLOCK) {
        for (size_t i = 0; i < BLOCK_WORDS; i++)
            put_u64(at + filled + i * WORD, word + i * step);
        word += BLOCK_WORDS * step;
    }
    return filled;
}

/* Differences are gathered: a block with one is searched again. */
WIDE static size_t check_blocks(const unsigned char *at, size_t size,
                                uint64_t word)
{
    size_t good = 0;

    for (; size - good >= BLOCK; good += BLOCK) {
        uint64_t differences = 0;

        for (size_t i = 0; i < BLOCK_WORDS; i++)
            differences |= get_u64(at + good + i * WORD) ^ (word + i * step);
        if (differences)
            break;
        word += BLOCK_WORDS * step;
    }
    return good;
}

void pattern_fill(void *payload, size_t size, uint64_t id)
{
    unsigned char *at = payload, last[WORD];
    uint64_t word = mix(id);
    size_t filled = fill_blocks(at, size, word);

    if (filled == size)
        return;
    word += filled / WORD * step;
    for (; size - filled >= WORD; filled += WORD, word += step)
        put_u64(at + filled, word);
    put_u64(last, word);
    memcpy(at + filled, last, size - filled);
}

size_t pattern_check(const void *payload, size_t size, uint64_t id)
{
    const unsigned char *at = payload;
    unsigned char last[WORD];
    uint64_t word = mix(id);
    size_t good = check_blocks(at, size, word), i = 0;

    if (good == size)
        return size;
    word += good / WORD * step;
    for (; size - good >= WORD && get_u64(at + good) == word; good += WORD)
        word += step;
    put_u64(last, word);
    while (i < size - good && i < WORD && at[good + i] == last[i])
        i++;
    return good + i;
}
