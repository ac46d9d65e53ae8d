/* SPDX-License-Identifier: MIT */
/*
 * ring_memory.h -- the memory of a ring: two cursors, then bytes that go round
 *
 * The first page holds what both ends must agree on and the cursors; behind it
 * lie `capacity` bytes for entries, mapped twice in a row (shared/mirror), so
 * that an entry is one block wherever it begins. The cursors count bytes from
 * the start of time. What an entry is, is the caller's affair.
 */
#ifndef SHARED_RING_MEMORY_H
#define SHARED_RING_MEMORY_H

#include "shared/cursor.h"

#include <stddef.h>
#include <stdint.h>

/* The first page. */
struct ring {
    uint64_t magic; /* written before either end attaches */
    uint64_t capacity;
    struct cursor head; /* the sender's: what lies before it was sent */
    struct cursor tail; /* the receiver's: what lies before it is free again */
};

/* Above it sizes are refused, -EINVAL, so that sums of them stay in range. */
#define RING_SIZE_LIMIT (SIZE_MAX / 8)

/*
 * ring_create makes the memory of an empty ring in a new file: room for at
 * least two of the largest entries, and for `asked` bytes, or, where that is 0,
 * for as many as run best, or less where there is not that much. -ENOSPC, -EIO.
 */
int ring_create(int fd, size_t asked, size_t entry_max, size_t *ret_capacity);

/* ring_map: -EPROTO when it is not a ring of that capacity. Errors of mmap(2).
 * ring_entries is where the bytes begin. ring_unmap does nothing for NULL. */
int ring_map(int fd, size_t capacity, struct ring **ret_ring);
unsigned char *ring_entries(struct ring *ring);
void ring_unmap(struct ring *ring, size_t capacity);

#endif
