/* SPDX-License-Identifier: MIT */
#include "shared/memory/cursor.h"

#include "shared/memory/futex.h"
#include "shared/memory/spin.h"

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
void cursor_move_one(_Atomic uint64_t *own, _Atomic uint32_t *sleeper,
                     uint64_t to)
{
    atomic_store_explicit(own, to, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load(sleeper) != 0) {
        atomic_store(sleeper, 0);
        futex_wake(sleeper, 1);
    }
}

uint64_t cursor_read_one(const _Atomic uint64_t *peer)
{
    return atomic_load_explicit(peer, memory_order_acquire);
}

static int sleep_while(const _Atomic uint64_t *peer, _Atomic uint32_t *sleeper,
                       uint64_t known)
{
    int r = 0;

    while (r == 0 && cursor_read_one(peer) == known) {
        atomic_store(sleeper, 1);
        if (atomic_load(peer) == known)
            r = futex_wait(sleeper, 1, 0);
    }
    atomic_store_explicit(sleeper, 0, memory_order_relaxed);
    return r;
}

static bool spin_while(const _Atomic uint64_t *peer, uint64_t known,
                       uint64_t spin_ns)
{
    struct spin spin = spin_begin(spin_ns);

    while (cursor_read_one(peer) == known)
        if (!spin_on(&spin))
            return false;
    return true;
}

int cursor_wait_one(const _Atomic uint64_t *peer, _Atomic uint32_t *sleeper,
                    uint64_t known, uint64_t spin_ns)
{
    return spin_while(peer, known, spin_ns) ? 0
                                            : sleep_while(peer, sleeper, known);
}

void cursor_move(struct cursor *own, uint64_t to)
{
    cursor_move_one(&own->at, &own->sleeper, to);
}

uint64_t cursor_read(const struct cursor *peer)
{
    return cursor_read_one(&peer->at);
}

int cursor_wait(struct cursor *peer, uint64_t known, uint64_t spin_ns)
{
    return cursor_wait_one(&peer->at, &peer->sleeper, known, spin_ns);
}
