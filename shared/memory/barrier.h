/* SPDX-License-Identifier: MIT */
/*
 * barrier.h -- a memory barrier for two sides of which one seldom needs it
 *
 * One side stores to A and then loads from B; the other one stores to B and
 * then loads from A. For at least one of them to see what the other one stored,
 * no load may come before the store that is ahead of it. The usual means is a
 * fence on both sides: there each waits until its store has reached the others,
 * a cache line's way. With membarrier(2) the second side pays for both: the
 * kernel lets each processor that runs a prepared process pass a fence.
 */
#ifndef SHARED_MEMORY_BARRIER_H
#define SHARED_MEMORY_BARRIER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

extern atomic_bool barrier_is_prepared; /* this process; written by: */

/* barrier_prepare is called in each process before its first barrier_light,
 * which without it, or where the kernel refuses, is a fence. */
void barrier_prepare(void);

/* barrier_light is for the side that passes often. */
static inline void barrier_light(void)
{
    if (atomic_load_explicit(&barrier_is_prepared, memory_order_relaxed))
        atomic_signal_fence(memory_order_seq_cst); /* holds the compiler */
    else
        atomic_thread_fence(memory_order_seq_cst);
}

/*
 * barrier_heavy is for the side that passes seldom: 0.2 us, or on a virtual
 * machine some 20 us if a prepared process runs elsewhere. False: the kernel
 * refuses. A peer that passed a light one may then have missed this side's
 * store, so this side looks again after a moment.
 */
bool barrier_heavy(void);

#endif
