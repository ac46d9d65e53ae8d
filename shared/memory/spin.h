/* SPDX-License-Identifier: MIT */
/*
 * spin.h -- a spin of bounded length, before a sleep
 *
 *      struct spin spin = spin_begin(ns);
 *      while (what is waited for is not there)
 *          if (!spin_on(&spin))
 *              sleep
 *
 * While both sides run, a change in shared memory is seen after some 50 ns;
 * waking a sleeper takes up to 20 us and a system call on either side. Now and
 * then a spin lets others have the processor: the peer may be waiting for this
 * very one.
 */
#ifndef SHARED_MEMORY_SPIN_H
#define SHARED_MEMORY_SPIN_H

#include <stdbool.h>
#include <stdint.h>

struct spin {
    uint64_t ns;       /* how long it may last */
    uint64_t start_ns; /* 0: the clock was not asked yet */
    unsigned polls;
};

/* spin_begin makes a spin of ns: 0 is none at all, UINT64_MAX has no end. */
struct spin spin_begin(uint64_t ns);

/* spin_on pauses for a moment, and returns false when the time is over. */
bool spin_on(struct spin *spin);

#endif
