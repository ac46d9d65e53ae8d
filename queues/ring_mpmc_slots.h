/* SPDX-License-Identifier: MIT */
/*
 * ring_mpmc_slots.h -- slots for many senders and many receivers
 *
 * After D. Vyukov, "Bounded MPMC queue" (1024cores.net). Tickets are drawn by
 * senders and by receivers, from 0 on; ticket n means slot n mod depth. Every
 * slot has a number of its own, which says whose turn it is:
 *
 *      2n             free, for the sender with ticket n
 *      2n + 1         filled, for the receiver with ticket n
 *      2n + 2 depth   free again, for the sender with ticket n + depth
 *
 * (He counts by one, and needs two slots: of one, filled and free again would
 * be the same number.)
 *
 * A ticket is drawn when its slot is ready, so nobody waits with one; but who
 * has drawn one holds up those behind when he does not go on. Messages of one
 * sender keep their order, and reach any one receiver in it.
 *
 * Nothing here is a lock. A process that dies with a slot in its hands leaves
 * it so, and the queue stops there: that is for the supervisor to see. Others
 * are not believed: what they write is read once and checked.
 */
#ifndef QUEUES_RING_MPMC_SLOTS_H
#define QUEUES_RING_MPMC_SLOTS_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Where those sleep who wait for a slot, and what wakes them. */
struct mpmc_event {
    alignas(128) _Atomic uint32_t count; /* futex: of wake-ups */
    _Atomic uint32_t sleepers;
};

/* The first page; written by all but for what create writes. Each of what
 * different ends write has two cache lines to itself. */
struct mpmc_page {
    uint64_t magic;
    uint64_t slot_size;
    uint64_t depth;
    alignas(128) _Atomic uint64_t sends;    /* tickets drawn by senders */
    alignas(128) _Atomic uint64_t receives; /* and by receivers */
    struct mpmc_event filled;
    struct mpmc_event freed;
};

struct mpmc_slot {
    _Atomic uint64_t turn;
    _Atomic uint64_t size; /* of the frame, while it is filled */
    alignas(64) unsigned char frame[];
};

/* One end, private to its process. */
struct mpmc {
    struct mpmc_page *page; /* the mapping; NULL: none */
    size_t bytes;
    size_t frame_max;
    uint64_t slot_size; /* its own copies, not read again */
    uint64_t depth;
    uint64_t ticket; /* of the loan */
    struct mpmc_slot *loan;
    uint64_t spin_ns; /* before a sleep; the caller's, 0 when opened */
};

/* mpmc_create makes an empty queue in a new file, with memory for `depth`
 * slots, at least one. -ENOSPC, -EFBIG. mpmc_bytes computes the length of the
 * file: -EFBIG. */
int mpmc_bytes(size_t frame_max, size_t depth, size_t *ret_bytes);
int mpmc_create(int fd, size_t frame_max, size_t depth);

/* mpmc_open maps it: -EPROTO when it is not such a queue. Errors of mmap(2).
 * mpmc_close is safe on a zeroed one. */
int mpmc_open(struct mpmc *q, int fd, size_t frame_max, size_t depth);
void mpmc_close(struct mpmc *q);

/* mpmc_reserve draws a sender's ticket and lends its slot, frame_max bytes
 * aligned to 64; mpmc_commit fills it. Blocks while all are filled. -EPROTO:
 * another end wrote nonsense. */
int mpmc_reserve(struct mpmc *q, void **ret_block);
void mpmc_commit(struct mpmc *q, size_t size);

/* mpmc_acquire draws a receiver's ticket and lends what lies in its slot;
 * mpmc_release frees it. Blocks while none is filled. -EPROTO. */
int mpmc_acquire(struct mpmc *q, const void **ret_block, size_t *ret_size);
void mpmc_release(struct mpmc *q);

#endif
