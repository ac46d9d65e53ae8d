/* SPDX-License-Identifier: MIT */
/*
 * spin.h -- a spin of bounded length, before a sleep
 *
 *      struct spin spin = spin_begin(ns);
 *      do
 *          if (what is waited for)
 *              return true;
 *      while (spin_on(&spin));
 *
 * While both sides run, a change in shared memory is seen after some 50 ns;
 * waking a sleeper takes up to 20 us and a system call on either side. Now and
 * then a spin lets others have the processor: the peer may be waiting for this
 * very one.
 */
#ifndef SHARED_SPIN_H
#define SHARED_SPIN_H

#include <stdbool.h>
#include <stdint.h>

struct spin {
    uint64_t end_ns;
    unsigned polls;
};

struct spin spin_begin(uint64_t ns);

/* spin_on pauses for a moment; false when the time is over. */
bool spin_on(struct spin *spin);

#endif
