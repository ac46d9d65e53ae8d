/* SPDX-License-Identifier: MIT */
#include "shared/memory/spin.h"

#include "shared/base/clock.h"

#include <sched.h>

/* Before others get the processor: 1 to 3 us, so that a peer that runs answers
 * within it, also from a far part of a large chip. */
enum { POLLS = 64 };

/* Tells the processor that this is a spin: it saves power, and leaves the loop
 * without a penalty. */
static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

struct spin spin_begin(uint64_t ns)
{
    return (struct spin){ .ns = ns };
}

/* The clock is first asked when a wait turns out to be a long one. */
bool spin_on(struct spin *spin)
{
    uint64_t now;

    if (spin->ns == 0)
        return false;
    relax();
    if (++spin->polls % POLLS != 0)
        return true;
    (void)sched_yield();
    now = clock_ns();
    if (spin->start_ns == 0)
        spin->start_ns = now;
    return now - spin->start_ns < spin->ns;
}
