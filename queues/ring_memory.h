/* SPDX-License-Identifier: MIT */
/*
 * ring_memory.h -- the memory of a ring: a page, marks, bytes that go round
 *
 * Frames lie in `capacity` bytes, each at the beginning of a line of 64 and
 * mapped twice in a row (queues/ring_mirror), so that a frame is one block
 * wherever it begins. Positions count bytes from the start of time, so none
 * comes twice.
 *
 * Each line has a mark, of 8 bytes: the position where the frame ends that
 * begins there. A frame is sent by setting its mark. What frames of earlier
 * rounds left there is smaller than the line's position now, so that nobody has
 * to clear a mark: one that is larger is new.
 */
#ifndef QUEUES_RING_MEMORY_H
#define QUEUES_RING_MEMORY_H

#include "shared/memory/cursor.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { RING_LINE = 64 };

/* The first page. */
struct ring {
    uint64_t magic; /* written before either end attaches */
    uint64_t capacity;
    alignas(128) _Atomic uint32_t receiver_asleep; /* until a mark is set */
    struct cursor tail; /* the receiver's: what lies before it is free again */
};

/* Above it sizes are refused, -EINVAL, so that sums of them stay in range. */
#define RING_SIZE_LIMIT (SIZE_MAX / 8)

/*
 * ring_create makes the memory of an empty ring in a new file: room for at
 * least two of the largest frames, and for `asked` bytes, or, where that is 0,
 * for as many as run best. Where there is not that much, and nobody asked for
 * it, one of the largest frames and a third have to do. -ENOSPC, -EIO.
 * ring_bytes returns the least that such a file takes, up to RING_SIZE_LIMIT.
 */
size_t ring_bytes(size_t asked, size_t frame_max);
int ring_create(int fd, size_t asked, size_t frame_max, size_t *ret_capacity);

/* ring_map: -EPROTO when it is not a ring of that capacity. Errors of mmap(2).
 * ring_marks and ring_frames are where those begin, for the capacity that was
 * agreed on. ring_unmap does nothing for NULL. */
int ring_map(int fd, size_t capacity, struct ring **ret_ring);
_Atomic uint64_t *ring_marks(struct ring *ring);
unsigned char *ring_frames(struct ring *ring, size_t capacity);
void ring_unmap(struct ring *ring, size_t capacity);

#endif
