/* SPDX-License-Identifier: MIT */
#include "shared/spin.h"

#include "shared/clock.h"

#include <sched.h>

enum { POLLS = 32 }; /* about 1 us, before others get the processor */

struct spin spin_begin(uint64_t ns)
{
    return (struct spin){ .end_ns = clock_ns() + ns };
}

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

bool spin_on(struct spin *spin)
{
    relax();
    if (++spin->polls % POLLS != 0)
        return true;
    (void)sched_yield();
    return clock_ns() < spin->end_ns;
}
