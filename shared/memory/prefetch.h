/* SPDX-License-Identifier: MIT */
/*
 * prefetch.h -- asks for cache lines that will soon be needed
 *
 * Another processor used them last, so each takes as long to come as a hundred
 * additions (`ipc bench` prints how long). Asked for together and beforehand,
 * they come side by side while this processor does something else. It is a
 * hint: nothing that a program can see depends on it, and any address will do.
 */
#ifndef SHARED_MEMORY_PREFETCH_H
#define SHARED_MEMORY_PREFETCH_H

#include <stddef.h>

/* What follows the first lines the processor fetches by itself. */
enum { PREFETCH_LINE = 64, PREFETCH_MOST = 4 * PREFETCH_LINE };

/* prefetch_to_read asks for the first lines of a block, as they are. */
static inline void prefetch_to_read(const void *block, size_t size)
{
    const char *line = block;

    for (size_t i = 0; i < size && i < PREFETCH_MOST; i += PREFETCH_LINE)
        __builtin_prefetch(line + i, 0);
}

/* prefetch_to_write asks for them for this processor alone: the block is not in
 * use elsewhere, or else its user has to fetch them again. */
static inline void prefetch_to_write(const void *block, size_t size)
{
    const char *line = block;

    for (size_t i = 0; i < size && i < PREFETCH_MOST; i += PREFETCH_LINE) {
#if defined(__x86_64__)
        /* The compiler's own would be the one to read, unless it is told that
         * the processor knows this one; those that do not pass over it. */
        __asm__ volatile("prefetchw %0" : : "m"(line[i]));
#else
        __builtin_prefetch(line + i, 1);
#endif
    }
}

#endif
