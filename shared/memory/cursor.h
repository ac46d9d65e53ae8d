/* SPDX-License-Identifier: MIT */
/*
 * cursor.h -- a number that one process moves on and another waits for
 *
 * It lies in memory that both processes map, and has one mover and one waiter.
 * What the mover wrote before a move is seen by who sees the number moved.
 *
 * The waiter spins for as long as it is told (shared/memory/spin), then it
 * sleeps. The mover makes a system call only when the waiter sleeps.
 *
 * The peer can write the whole memory: the number may be any.
 */
#ifndef SHARED_MEMORY_CURSOR_H
#define SHARED_MEMORY_CURSOR_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

/* Zeroed before use. It has two cache lines to itself: processors fetch them
 * in pairs. */
struct cursor {
    alignas(128) _Atomic uint64_t at; /* the mover writes, the waiter reads */
    _Atomic uint32_t sleeper; /* futex: the waiter sets it and sleeps, the
                                 mover clears it and wakes */
};

void cursor_move(struct cursor *own, uint64_t to);

uint64_t cursor_read(const struct cursor *peer);

/* cursor_wait blocks while the peer's number is `known`; before it sleeps it
 * spins for spin_ns. Errors of futex(2). */
int cursor_wait(struct cursor *peer, uint64_t known, uint64_t spin_ns);

/* The same for one of many numbers, which share the word to sleep on. */
void cursor_move_one(_Atomic uint64_t *own, _Atomic uint32_t *sleeper,
                     uint64_t to);
uint64_t cursor_read_one(const _Atomic uint64_t *peer);
int cursor_wait_one(const _Atomic uint64_t *peer, _Atomic uint32_t *sleeper,
                    uint64_t known, uint64_t spin_ns);

#endif
