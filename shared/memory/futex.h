/* SPDX-License-Identifier: MIT */
/*
 * futex.h -- sleep until a shared word changes: futex(2)
 *
 * The word lies in memory that both processes map. It holds no owner and no
 * queue, so a process that dies leaves nothing locked (unlike a mutex, a
 * condition variable or a semaphore of the C library).
 */
#ifndef SHARED_MEMORY_FUTEX_H
#define SHARED_MEMORY_FUTEX_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * futex_wait sleeps while *word == expected, at most timeout_ns (0: no end). It
 * returns 0 when it was woken or the word differs, and also after a signal: the
 * caller looks at its state again in any case. -ETIMEDOUT.
 */
int futex_wait(_Atomic uint32_t *word, uint32_t expected, uint64_t timeout_ns);

/* futex_wake wakes up to count sleepers. */
void futex_wake(_Atomic uint32_t *word, int count);

#endif
