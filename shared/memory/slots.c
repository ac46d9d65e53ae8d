/* SPDX-License-Identifier: MIT */
#include "shared/memory/slots.h"

#include "shared/base/round_up.h"
#include "shared/memory/prefetch.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>

enum { ALIGN = 64, PAGE = 4096, VERSION = 2 };

static const uint32_t magic = 0x53435049; /* "IPCS" */

struct slot {
    _Atomic uint64_t size; /* of the frame; the sender writes it */
    alignas(ALIGN) unsigned char frame[];
};

static_assert(sizeof(struct slots_header) <= PAGE, "the header fits a page");

static size_t slot_size_for(size_t frame_max)
{
    return sizeof(struct slot) + round_up(frame_max, ALIGN);
}

int slots_bytes(size_t frame_max, size_t depth, size_t *ret_bytes)
{
    const size_t limit = PTRDIFF_MAX - PAGE;

    if (frame_max > limit / 2 || depth > limit / slot_size_for(frame_max))
        return -EFBIG;
    *ret_bytes = PAGE + depth * slot_size_for(frame_max);
    return 0;
}

void slots_format(struct slots_header *header, size_t frame_max, size_t depth)
{
    *header = (struct slots_header){
        .magic = magic,
        .version = VERSION,
        .slot_size = slot_size_for(frame_max),
        .depth = depth,
    };
}

static bool is_formatted(const struct slots_header *header, size_t frame_max,
                         size_t depth)
{
    return header->magic == magic && header->version == VERSION &&
           header->slot_size == slot_size_for(frame_max) &&
           header->depth == depth;
}

int slots_open(struct slots *s, void *memory, size_t frame_max, size_t depth,
               bool sends)
{
    struct slots_header *header = memory;

    if (!is_formatted(header, frame_max, depth))
        return -EPROTO;
    *s = (struct slots){
        .first = (unsigned char *)memory + PAGE,
        .slot_size = slot_size_for(frame_max),
        .frame_max = frame_max,
    };
    return tally_open(&s->tally, &header->tally, depth, sends);
}

static struct slot *next_slot(const struct slots *s)
{
    return (struct slot *)(s->first + s->tally.slot * s->slot_size);
}

void *slots_blank(const struct slots *s)
{
    struct slot *slot = next_slot(s);

    prefetch_to_write(slot, sizeof(*slot) + s->frame_max);
    return slot->frame;
}

int slots_message(const struct slots *s, const void **ret_block,
                  size_t *ret_size)
{
    struct slot *slot = next_slot(s);
    uint64_t size;

    prefetch_to_read(slot, sizeof(*slot) + s->frame_max);
    size = atomic_load_explicit(&slot->size, memory_order_relaxed);
    if (size == 0 || size > s->frame_max)
        return -EPROTO;
    *ret_block = slot->frame;
    *ret_size = size;
    return 0;
}

uint64_t slots_fill(struct slots *s, size_t size)
{
    atomic_store_explicit(&next_slot(s)->size, size, memory_order_relaxed);
    return tally_count_one(&s->tally);
}

uint64_t slots_free(struct slots *s)
{
    return tally_count_one(&s->tally);
}
