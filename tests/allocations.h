/* SPDX-License-Identifier: MIT */
/*
 * allocations.h -- count the calls of the allocator, or let one fail
 *
 * The linker sends the allocator's calls of this program here (--wrap); those
 * that libraries make among themselves do not count.
 */
#ifndef TESTS_ALLOCATIONS_H
#define TESTS_ALLOCATIONS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* allocations_count adds to *calls from now on, in processes that are forked
 * later too if it is shared memory. */
void allocations_count(_Atomic uint64_t *calls);

/* allocations_fail lets the call of that number fail, from 1: none for 0.
 * allocations_failed returns whether it came to that, and ends it. */
void allocations_fail(unsigned number);
bool allocations_failed(void);

/* allocations_live: how many blocks were allocated and not freed by this
 * program's own calls. What a library allocated, and this frees, counts -1. */
long allocations_live(void);

#endif
