/* SPDX-License-Identifier: MIT */
#include "shared/memory/cursor.h"

#include "shared/memory/futex.h"
#include "shared/memory/spin.h"

#include <assert.h>

enum { ASLEEP = 1 }; /* the sleeper, when it sleeps in futex(2) */

static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2,
              "a lock inside one process guards nothing between two");

uint64_t cursor_read(const _Atomic uint64_t *at)
{
    return atomic_load_explicit(at, memory_order_acquire);
}

static uint32_t advance(_Atomic uint64_t *own, _Atomic uint32_t *sleeper,
                        uint64_t to)
{
    uint32_t asleep;

    atomic_store_explicit(own, to, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst);
    asleep = atomic_load(sleeper);
    if (asleep != 0)
        atomic_store(sleeper, 0);
    return asleep;
}

static bool announce(const _Atomic uint64_t *peer, _Atomic uint32_t *sleeper,
                     uint64_t known, uint32_t asleep)
{
    atomic_store(sleeper, asleep);
    if (atomic_load(peer) == known)
        return true;
    atomic_store_explicit(sleeper, 0, memory_order_relaxed);
    return false;
}

/* Sleeps until it is woken, for timeout_ns at most (0: no end). */
static int sleep_once(const _Atomic uint64_t *peer, _Atomic uint32_t *sleeper,
                      uint64_t known, uint64_t timeout_ns)
{
    int r;

    if (!announce(peer, sleeper, known, ASLEEP))
        return 0;
    r = futex_wait(sleeper, ASLEEP, timeout_ns);
    atomic_store_explicit(sleeper, 0, memory_order_relaxed);
    return r;
}

void cursor_move_one(_Atomic uint64_t *own, _Atomic uint32_t *sleeper,
                     uint64_t to)
{
    if (advance(own, sleeper, to) != 0)
        futex_wake(sleeper, 1);
}

int cursor_wait_one(const _Atomic uint64_t *peer, _Atomic uint32_t *sleeper,
                    uint64_t known, uint64_t spin_ns)
{
    struct spin spin = spin_begin(spin_ns);
    int r = 0;

    while (cursor_read(peer) == known && spin_on(&spin))
        continue;
    while (r == 0 && cursor_read(peer) == known)
        r = sleep_once(peer, sleeper, known, 0);
    return r;
}

int cursor_wait_for(struct cursor *peer, uint64_t known, uint64_t timeout_ns)
{
    return sleep_once(&peer->at, &peer->sleeper, known, timeout_ns);
}

bool cursor_announce(struct cursor *peer, uint64_t known, uint32_t sleeper)
{
    return announce(&peer->at, &peer->sleeper, known, sleeper);
}

uint32_t cursor_advance(struct cursor *own, uint64_t to)
{
    return advance(&own->at, &own->sleeper, to);
}
