/* SPDX-License-Identifier: MIT */
/*
 * clock.h -- the one clock that everything is timed with
 */
#ifndef SHARED_BASE_CLOCK_H
#define SHARED_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* clock_ns reads CLOCK_MONOTONIC, which no one sets back. */
static inline uint64_t clock_ns(void)
{
    struct timespec at;

    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000 + (uint64_t)at.tv_nsec;
}

#endif
