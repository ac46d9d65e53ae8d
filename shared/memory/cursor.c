/* SPDX-License-Identifier: MIT */
#include "shared/memory/cursor.h"

#include "shared/memory/barrier.h"
#include "shared/memory/futex.h"
#include "shared/memory/spin.h"

#include <assert.h>
#include <errno.h>

enum {
    ASLEEP = 1,          /* the sleeper, when it sleeps in futex(2) */
    MOMENT_NS = 1000000, /* of sleep, where the kernel refuses its barrier */
};

static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2,
              "a lock inside one process guards nothing between two");

static uint32_t advance(_Atomic uint64_t *own, _Atomic uint32_t *sleeper,
                        uint64_t to)
{
    uint32_t word;

    atomic_store_explicit(own, to, memory_order_release);
    barrier_light();
    word = atomic_load_explicit(sleeper, memory_order_relaxed);
    if (word & CURSOR_FENCED) {
        atomic_thread_fence(memory_order_seq_cst);
        word = atomic_load_explicit(sleeper, memory_order_relaxed);
    }
    if ((word & ~CURSOR_FENCED) != 0)
        atomic_fetch_and(sleeper, CURSOR_FENCED);
    return word & ~CURSOR_FENCED;
}

static void awake(_Atomic uint32_t *sleeper, uint32_t word, bool sure)
{
    atomic_store_explicit(sleeper, sure ? word & CURSOR_FENCED : 0,
                          memory_order_relaxed);
}

/* True: the sleep may begin. *ret_sure: every move from now on will be told of,
 * and with CURSOR_FENCED those after the sleep; or else it must be short. */
static bool announce(const _Atomic uint64_t *peer, _Atomic uint32_t *sleeper,
                     uint64_t known, uint32_t word, bool *ret_sure)
{
    const uint32_t before = atomic_load(sleeper);

    atomic_store(sleeper, word);
    *ret_sure = (before & word & CURSOR_FENCED) || barrier_heavy();
    if (atomic_load(peer) == known)
        return true;
    awake(sleeper, word, *ret_sure);
    return false;
}

/* Sleeps until it is woken, for timeout_ns at most (0: no end). */
static int sleep_once(const _Atomic uint64_t *peer, _Atomic uint32_t *sleeper,
                      uint64_t known, uint32_t word, uint64_t timeout_ns)
{
    bool sure, is_short;
    int r;

    if (!announce(peer, sleeper, known, word, &sure))
        return 0;
    is_short = !sure && (timeout_ns == 0 || timeout_ns > MOMENT_NS);
    r = futex_wait(sleeper, word, is_short ? MOMENT_NS : timeout_ns);
    awake(sleeper, word, sure);
    return is_short && r == -ETIMEDOUT ? 0 : r;
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
    const uint32_t word = spin_ns == 0 ? ASLEEP | CURSOR_FENCED : ASLEEP;
    struct spin spin = spin_begin(spin_ns);
    int r = 0;

    while (cursor_read(peer) == known && spin_on(&spin))
        continue;
    while (r == 0 && cursor_read(peer) == known)
        r = sleep_once(peer, sleeper, known, word, 0);
    return r;
}

int cursor_wait_for(struct cursor *peer, uint64_t known, uint64_t timeout_ns)
{
    return sleep_once(&peer->at, &peer->sleeper, known, ASLEEP, timeout_ns);
}

bool cursor_announce(struct cursor *peer, uint64_t known, uint32_t sleeper)
{
    bool sure;

    return announce(&peer->at, &peer->sleeper, known, sleeper | CURSOR_FENCED,
                    &sure);
}

uint32_t cursor_advance(struct cursor *own, uint64_t to)
{
    return advance(&own->at, &own->sleeper, to);
}
