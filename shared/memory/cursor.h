/* SPDX-License-Identifier: MIT */
/*
 * cursor.h -- a number that one process moves on and another waits for
 *
 * It lies in memory that both processes map, and has one mover and one waiter.
 * The waiter spins for as long as it is told (shared/memory/spin), then it
 * sleeps. The mover makes a system call only when the waiter sleeps.
 */
#ifndef SHARED_MEMORY_CURSOR_H
#define SHARED_MEMORY_CURSOR_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The mover alone writes `at`, with release order, and the waiter reads it with
 * acquire order: so a waiter that sees the number moved sees all that the mover
 * wrote before.
 *
 * `sleeper` says who sleeps, in a number by which the mover wakes it, or is 0.
 * The waiter sets it, and the mover clears it before it wakes. No wake-up is
 * lost: the waiter sets `sleeper` and then looks at `at`; the mover moves `at`
 * and then looks at `sleeper`; and a barrier between the two of either side
 * (shared/memory/barrier) makes at least one of them see what the other did. So
 * the waiter does not fall asleep, or the mover wakes it. A cleared word keeps
 * a late waiter from its sleep, because futex(2) compares the word once more.
 *
 * The mover's barrier is the light one: a fence would let it wait at every move
 * until the waiter's processor has given up the line of `at`. A waiter that
 * does not spin sleeps too often for the heavy one. It passes that once, and
 * says in its word, for good, that its mover is to pass a fence instead.
 *
 * A hostile peer can write both. The caller checks the number before it uses
 * it. A wrong sleeper costs the mover a system call, or leaves the waiter
 * asleep, as a silent peer does.
 *
 * Each of the two has a pair of cache lines to itself, because processors fetch
 * lines in pairs. While the waiter polls `at` it takes that line from the mover
 * again and again; the mover finds `sleeper` in its own cache all the same.
 */
struct cursor {
    alignas(128) _Atomic uint64_t at;
    alignas(128) _Atomic uint32_t sleeper; /* futex */
};

/* In the word of a waiter that asks for fences; the rest tells who sleeps. */
#define CURSOR_FENCED (UINT32_C(1) << 31)

/* cursor_read returns the number that a cursor, or one of many, stands at. */
static inline uint64_t cursor_read(const _Atomic uint64_t *at)
{
    return atomic_load_explicit(at, memory_order_acquire);
}

/*
 * cursor_move_one moves a number and wakes its waiter. cursor_wait_one blocks
 * while the peer's is `known`; before it sleeps it spins for spin_ns. Errors of
 * futex(2). Both are for one of many numbers, whose one waiter has one word to
 * sleep on; cursor_move and cursor_wait are the same for a struct cursor.
 */
void cursor_move_one(_Atomic uint64_t *own, _Atomic uint32_t *sleeper,
                     uint64_t to);
int cursor_wait_one(const _Atomic uint64_t *peer, _Atomic uint32_t *sleeper,
                    uint64_t known, uint64_t spin_ns);

static inline void cursor_move(struct cursor *own, uint64_t to)
{
    cursor_move_one(&own->at, &own->sleeper, to);
}

static inline int cursor_wait(struct cursor *peer, uint64_t known,
                              uint64_t spin_ns)
{
    return cursor_wait_one(&peer->at, &peer->sleeper, known, spin_ns);
}

/* cursor_wait_for sleeps at once and for at most timeout_ns: -ETIMEDOUT. It
 * also returns 0 after a signal, so the caller looks at the number again. */
int cursor_wait_for(struct cursor *peer, uint64_t known, uint64_t timeout_ns);

/*
 * These are halves, for a waiter that sleeps elsewhere than in futex(2).
 * cursor_announce says that `sleeper`, 1 to INT32_MAX, is about to sleep, and
 * asks for fences. False: the number is not `known` any more: nobody sleeps.
 * cursor_advance moves a number and returns whom the caller must wake, or 0.
 */
bool cursor_announce(struct cursor *peer, uint64_t known, uint32_t sleeper);
uint32_t cursor_advance(struct cursor *own, uint64_t to);

#endif
