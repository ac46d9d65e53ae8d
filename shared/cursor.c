/* SPDX-License-Identifier: MIT */
#include "shared/cursor.h"

#include "shared/futex.h"
#include "shared/spin.h"

#include <assert.h>
#include <stdbool.h>

static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock would be private");

/*
 * The waiter says that it sleeps and then looks at the number; the mover moves
 * the number and then looks whether the waiter sleeps. At least one sees what
 * the other did, and no wake-up is lost: the waiter's two are sequentially
 * consistent, and so is the fence between the mover's. (Were the move itself,
 * it would have to wait for the stores before it, and the peer for both.)
 */
void cursor_move(struct cursor *own, uint64_t to)
{
    atomic_store_explicit(&own->at, to, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst);
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

static bool spin_while(const struct cursor *peer, uint64_t known,
                       uint64_t spin_ns)
{
    struct spin spin = spin_begin(spin_ns);

    while (cursor_read(peer) == known)
        if (!spin_on(&spin))
            return false;
    return true;
}

int cursor_wait(struct cursor *peer, uint64_t known, uint64_t spin_ns)
{
    return spin_while(peer, known, spin_ns) ? 0 : sleep_while(peer, known);
}
