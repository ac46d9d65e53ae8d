/* SPDX-License-Identifier: MIT */
/*
 * slots.h -- a row of slots in shared memory, from one sender to one receiver
 *
 * The memory holds a page with two counters and then `depth` slots, each one
 * message's size and, 64 bytes further, the message. Messages go round:
 * number n lies in slot n mod depth. The sender counts the slots it filled,
 * the receiver those it freed; their difference says whose every slot is, and
 * raising one's counter is what hands a slot over.
 *
 * How an end sleeps and is woken is the caller's affair. Both ends do this:
 *
 *      r = slots_ready(s)              1: this end's next slot is there
 *      while (r == 0) {                negative: the peer wrote nonsense
 *          r = slots_doze(s, sleeper)  looks again, after saying who sleeps
 *          if (r == 0)
 *              sleep
 *      }
 *      build or use the message
 *      sleeper = slots_fill(s, size)   or slots_free(s)
 *      if (sleeper)
 *          wake it
 *
 * Nothing in the memory is a lock, so a process may die anywhere. The peer is
 * not believed: what it writes is read once and checked.
 */
#ifndef SHARED_MEMORY_SLOTS_H
#define SHARED_MEMORY_SLOTS_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first page. What the two ends write lies on cache lines of its own. */
struct slots_page {
    /* Written once, before either end attaches; read by both. */
    uint32_t magic;
    uint32_t version;
    uint64_t slot_size;
    uint64_t depth;

    /* Messages ever sent: the sender writes it, the receiver reads it. */
    alignas(64) _Atomic uint64_t filled;
    /* Messages ever given back: the receiver writes it, the sender reads. */
    alignas(64) _Atomic uint64_t freed;

    /* Who sleeps, or 0. Written by an end before it sleeps; read, and made 0,
     * by the other before it wakes: so a wake-up costs a system call only when
     * somebody sleeps, and one only. */
    alignas(64) _Atomic uint32_t sender_asleep;
    alignas(64) _Atomic uint32_t receiver_asleep;
};

/* One end. Private to its process. */
struct slots {
    unsigned char *first; /* slot 0 */
    size_t slot_size;
    size_t frame_max;
    uint64_t depth;
    bool sender;
    uint64_t mine;   /* own counter; its shared copy is never read again */
    uint64_t next;   /* the slot that it stands for: no division to find it */
    uint64_t theirs; /* the peer's counter when last seen */
    _Atomic uint64_t *my_counter;
    _Atomic uint64_t *their_counter;
    _Atomic uint32_t *asleep; /* this end: a futex to sleep on */
    _Atomic uint32_t *peer_asleep;
};

/* slots_bytes computes the whole memory. -EFBIG when no file is that long. */
int slots_bytes(size_t frame_max, size_t depth, size_t *ret_bytes);

/* slots_format fills in the first page; the memory behind may hold anything. */
void slots_format(struct slots_page *page, size_t frame_max, size_t depth);

/*
 * Both take an end of memory that is as long as slots_bytes says, and go on
 * where an earlier holder of that end stopped. -EPROTO: formatted otherwise,
 * or not at all. The memory stays the caller's.
 */
int slots_open_sender(struct slots *s, void *memory, size_t frame_max,
                      size_t depth);
int slots_open_receiver(struct slots *s, void *memory, size_t frame_max,
                        size_t depth);

/*
 * slots_ready: 1 when this end may use its next slot, 0 when not yet, -EPROTO
 * when the peer's counter cannot be. slots_doze is the same look, made after
 * telling the peer that this end is about to sleep; sleeper is any number but
 * 0 by which to wake it. It is still in *asleep unless the peer took it.
 */
int slots_ready(struct slots *s);
int slots_doze(struct slots *s, uint32_t sleeper);

/*
 * Slots in a file. slots_file_create makes it, with all its blocks: a sparse
 * file on a full disk would be a SIGBUS when a message is written. -EEXIST,
 * -ENOSPC, -EFBIG, and then no file of ours is left. slots_file_open returns
 * the descriptor of one to map, and its length; -EPROTO when it is shorter or
 * longer than it must be: beyond its end lies SIGBUS, too.
 */
int slots_file_create(const char *path, size_t frame_max, size_t depth);
int slots_file_open(const char *path, size_t frame_max, size_t depth,
                    size_t *ret_bytes);

/* slots_blank lends the sender's next slot, frame_max bytes aligned to 64. */
void *slots_blank(const struct slots *s);

/* slots_message lends the receiver's. -EPROTO: its size is 0 or too large. */
int slots_message(const struct slots *s, const void **ret_block,
                  size_t *ret_size);

/* Both hand the slot over. They return whom the caller must wake, or 0: what
 * the peer gave to slots_doze, unless it lies. */
uint32_t slots_fill(struct slots *s, size_t size);
uint32_t slots_free(struct slots *s);

#endif
