/* SPDX-License-Identifier: MIT */
/*
 * round_up.h -- whole units
 */
#ifndef SHARED_BASE_ROUND_UP_H
#define SHARED_BASE_ROUND_UP_H

#include <stddef.h>

/* round_up returns the least multiple of unit that is not below size. */
static inline size_t round_up(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

#endif
