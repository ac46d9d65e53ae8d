/* SPDX-License-Identifier: MIT */
/*
 * clock.h -- the one clock that everything is timed with
 */
#ifndef SHARED_BASE_CLOCK_H
#define SHARED_BASE_CLOCK_H

#include <stdint.h>

/* clock_ns reads CLOCK_MONOTONIC, which no one sets back. */
uint64_t clock_ns(void);

#endif
