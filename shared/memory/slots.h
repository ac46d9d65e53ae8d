/* SPDX-License-Identifier: MIT */
/*
 * slots.h -- slots for messages, in memory that a sender and a receiver map
 *
 * In this room: memory that two processes map, and waiting in it.
 *
 * The memory holds a header and then `depth` slots, each one message's size
 * and, 64 bytes further, the message. Whose a slot is says shared/memory/tally.
 * The caller makes and maps the memory, waits for slots, and tells the peer of
 * those that it hands over:
 *
 *      tally_wait(&s->tally, spin_ns)      this end may use its next slot
 *      slots_blank(s), or slots_message(s, ...)
 *      cursor_move(s->tally.own, slots_fill(s, size)), or of slots_free(s)
 *
 * Nothing in the memory is a lock, so a process may die anywhere.
 */
#ifndef SHARED_MEMORY_SLOTS_H
#define SHARED_MEMORY_SLOTS_H

#include "shared/memory/tally.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The first page. All but the tally is written once, before either end opens
 * it, and compared with what both agreed on; no end reads it again. Behind it
 * each slot is written by the end that the tally gives it to; the size in it is
 * read once, and refused when it is 0 or beyond the slot.
 */
struct slots_header {
    uint32_t magic;
    uint32_t version;
    uint64_t slot_size;
    uint64_t depth;
    struct tally tally;
};

/* One end, private to its process. */
struct slots {
    struct tally_end tally;
    unsigned char *first; /* slot 0 */
    size_t slot_size;
    size_t frame_max;
};

/* slots_bytes computes the whole memory. -EFBIG when no file is that long. */
int slots_bytes(size_t frame_max, size_t depth, size_t *ret_bytes);

/* slots_format fills in a header; the slots behind it may hold anything. */
void slots_format(struct slots_header *header, size_t frame_max, size_t depth);

/*
 * slots_open takes an end of memory that is as long as slots_bytes says, and
 * goes on where an earlier holder of that end stopped. -EPROTO: formatted
 * otherwise, or not at all. The memory stays the caller's.
 */
int slots_open(struct slots *s, void *memory, size_t frame_max, size_t depth,
               bool sends);

/* slots_blank lends the sender's next slot, frame_max bytes aligned to 64, and
 * asks for its first lines. */
void *slots_blank(const struct slots *s);

/* slots_message lends the receiver's. -EPROTO: its size is 0 or too large. */
int slots_message(const struct slots *s, const void **ret_block,
                  size_t *ret_size);

/* Both count the slot as handed over, and return what tally_count_one does. */
uint64_t slots_fill(struct slots *s, size_t size);
uint64_t slots_free(struct slots *s);

#endif
