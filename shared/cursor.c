/* SPDX-License-Identifier: MIT */
#include "shared/cursor.h"

#include "shared/clock.h"
#include "shared/futex.h"

#include <assert.h>
#include <sched.h>
#include <stdbool.h>

enum { POLLS = 32 }; /* about 1 us, before others get the processor */

static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock would be private");

/*
 * The waiter says that it sleeps and then looks at the number; the mover moves
 * the number and then looks whether the waiter sleeps. All four are
 * sequentially consistent, so at least one sees what the other did, and no
 * wake-up is lost.
 */
void cursor_move(struct cursor *own, uint64_t to)
{
    atomic_store(&own->at, to);
    if (atomic_load(&own->sleeper) != 0) {
        atomic_store(&own->sleeper, 0);
        futex_wake(&own->sleeper, 1);
    }
}

static int sleep_while(struct cursor *peer, uint64_t known)
{
    int r = 0;

    while (r == 0 && cursor_read(peer) == known) {
        atomic_store(&peer->sleeper, 1);
        if (atomic_load(&peer->at) == known)
            r = futex_wait(&peer->sleeper, 1, 0);
    }
    atomic_store_explicit(&peer->sleeper, 0, memory_order_relaxed);
    return r;
}

uint64_t cursor_read(const struct cursor *peer)
{
    return atomic_load_explicit(&peer->at, memory_order_acquire);
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

static bool spin_while(const struct cursor *peer, uint64_t known)
{
    const uint64_t end_ns = clock_ns() + CURSOR_SPIN_NS;

    do
        for (unsigned i = 0; i < POLLS; i++) {
            if (cursor_read(peer) != known)
                return true;
            relax();
        }
    while (sched_yield() == 0 && clock_ns() < end_ns);
    return false;
}

int cursor_wait(struct cursor *peer, uint64_t known)
{
    if (cursor_read(peer) != known || spin_while(peer, known))
        return 0;
    return sleep_while(peer, known);
}
