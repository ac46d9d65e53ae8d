/* SPDX-License-Identifier: MIT */
/*
 * ring_mpmc_memory.h -- the memory of ring_mpmc: a header, `depth` slots
 *
 * It tells what lies where, how long it is, and whether a file holds it. The
 * algorithm is in queues/ring_mpmc.c.
 */
#ifndef QUEUES_RING_MPMC_MEMORY_H
#define QUEUES_RING_MPMC_MEMORY_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The ends of one role share this: senders have one, receivers the other. Each
 * of them may write it. `tickets` only grows, by compare-exchange, so no two
 * ends draw the same ticket. Its value is never trusted: it leads, modulo
 * depth, to a slot of this memory, and that slot's turn says whether the ticket
 * can be. The number of those who sleep and of calls have a pair of cache lines
 * to themselves, because processors fetch lines in pairs, and every message
 * writes `tickets`.
 *
 * No wake-up is lost. An end that waits adds itself to `sleepers` and then
 * looks at the slot; an end that hands a slot over writes its turn and then
 * looks at `sleepers`. All four are sequentially consistent, so at least one of
 * the two sees what the other did. A call raises `calls` before it wakes, so
 * that an end which looked before the call does not fall asleep after it.
 *
 * Here shared/memory/cursor does not do: its word tells of one sleeper and is
 * cleared by the end that wakes it. Where many sleep, those that are still
 * asleep would be forgotten. So this is a count. A process that dies in its
 * sleep stays counted, and costs others a system call for each message.
 */
struct mpmc_side {
    alignas(128) _Atomic uint64_t tickets; /* so many were drawn */
    alignas(128) _Atomic uint32_t sleepers;
    _Atomic uint32_t calls; /* futex: the sleepers wait for it to change */
};

/* The first page. Its first three words are written once, before any end maps
 * it, and compared with what the ends agreed on; no end reads them again. */
struct mpmc_header {
    uint64_t magic;
    uint64_t slot_size;
    uint64_t depth;
    struct mpmc_side senders;
    struct mpmc_side receivers;
};

/*
 * A slot belongs to one end at a time: to the one whose ticket `turn` names.
 * Only that end writes to it; the last thing that it writes is the next turn,
 * and the next holder reads that turn first, both sequentially consistent. So
 * the holder sees all of the size and frame that were written before. A hostile
 * process can write anything at any time: a turn that cannot be, and a size
 * that is 0 or beyond the slot, are refused, and what was judged is not read
 * again.
 */
struct mpmc_slot {
    _Atomic uint64_t turn;
    _Atomic uint64_t size; /* of the frame, in bytes, while it is filled */
    alignas(64) unsigned char frame[];
};

/* One process's mapping; zeroed, there is none. Slots begin behind a page. */
enum { MPMC_SLOTS_AT = 4096 };
struct mpmc_memory {
    struct mpmc_header *header;
    unsigned char *slots; /* of slot_size bytes each */
    size_t bytes;         /* of all */
    size_t slot_size;     /* this process's own copies */
    uint64_t depth;
};

/* mpmc_bytes computes how long the file of `depth` slots is: -EFBIG. */
int mpmc_bytes(size_t frame_max, size_t depth, size_t *ret_bytes);

/*
 * mpmc_make fills a new file with an empty ring, and takes the memory for it
 * now, because a write where none is left would end in SIGBUS. Where there is
 * no room for `depth` slots it makes half of them, and so on: one may be all
 * that a container holds. -ENOSPC, -EFBIG.
 */
int mpmc_make(int fd, size_t frame_max, size_t depth, size_t *ret_depth);

/* mpmc_map: -EPROTO when the file is not such a ring, -EACCES when it is
 * another user's. Errors of mmap(2). mpmc_unmap is safe on a zeroed one. */
int mpmc_map(struct mpmc_memory *memory, int fd, size_t frame_max,
             size_t depth);
void mpmc_unmap(struct mpmc_memory *memory);

#endif
