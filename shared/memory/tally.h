/* SPDX-License-Identifier: MIT */
/*
 * tally.h -- whose every slot of a row is, by what its two ends have counted
 *
 * One sender and one receiver share `depth` slots, places for one message each.
 * Message n lies in slot n mod depth. The sender counts the messages that it
 * sent, the receiver those that it gave back. As many slots as lie between the
 * two counts are filled, and the receiver's; all others are the sender's. So an
 * end hands a slot over by counting one more.
 */
#ifndef SHARED_MEMORY_TALLY_H
#define SHARED_MEMORY_TALLY_H

#include "shared/memory/cursor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * In the memory that both map; zeroed, it is an empty row. Each cursor has one
 * mover. shared/memory/cursor.h says why the other end sees the slot as it was
 * when it was handed over, and why no wake-up is lost. A hostile peer can write
 * both. An end never reads its own cursor again, and refuses a count of the
 * peer's by which fewer than none or more than all slots would be filled.
 */
struct tally {
    struct cursor sent;  /* the sender moves it */
    struct cursor freed; /* the receiver moves it */
};

/* One end, private to its process. */
struct tally_end {
    struct cursor *own;
    struct cursor *peer;
    uint64_t depth;
    bool sends;
    uint64_t count; /* of this end: the number of the next message */
    uint64_t seen;  /* the peer's count, at the last look */
    size_t slot;    /* of the next message: no division to find it */
};

/* tally_open takes an end and goes on where an earlier holder of it stopped.
 * depth is at least 1. -EPROTO: the two counts cannot be. */
int tally_open(struct tally_end *end, struct tally *tally, size_t depth,
               bool sends);

/* tally_may_use says whether this end may use its next slot, as far as it knows
 * without another look. */
bool tally_may_use(const struct tally_end *end);

/* tally_look returns 1 when this end may use its next slot, 0 when not yet,
 * -EPROTO when the peer's count cannot be. */
int tally_look(struct tally_end *end);

/* tally_wait blocks until it may: it spins for spin_ns, then sleeps. -EPROTO;
 * errors of futex(2). */
int tally_wait(struct tally_end *end, uint64_t spin_ns);

/* tally_wait_freed, for a sender, blocks until the receiver has given back all
 * that was sent, for at most timeout_ns: -ETIMEDOUT. */
int tally_wait_freed(struct tally_end *end, uint64_t timeout_ns);

/* tally_count_one counts the next slot as handed over, and returns the number
 * to which the caller then moves end->own: with that the peer learns of it. */
uint64_t tally_count_one(struct tally_end *end);

#endif
