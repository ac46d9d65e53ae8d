/* SPDX-License-Identifier: MIT */
/*
 * ring_memory.h -- the memory of ring: a header, marks, bytes that go round
 *
 *      file      header  marks  frames
 *      memory    header  marks  frames  frames
 *                                       \____/ the same bytes once more
 *
 * Frames lie in `capacity` bytes that are mapped twice in a row. So a frame
 * that runs over the end goes on in the second mapping, and is one block
 * wherever it begins. What marks and lines are stands in queues/ring.c.
 */
#ifndef QUEUES_RING_MEMORY_H
#define QUEUES_RING_MEMORY_H

#include "shared/memory/cursor.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RING_LINE = 64,
    RING_PAGE = 65536, /* the largest page of any Linux machine */
};

/*
 * The first page. Its first two words are written once, before either end maps
 * them, and compared with what both ends agreed on; nobody reads them again.
 * `freed` is moved by the receiver; marks are moved by the sender, and
 * `receiver_asleep` is where their waiter sleeps: shared/memory/cursor.h says
 * why no wake-up is lost, and with which memory order each is read and written.
 * A hostile peer can write all of it, and the marks. An end never reads back
 * its own numbers, and reads each of the peer's once: `freed` is refused unless
 * it lies at most one capacity behind, a mark if it is more than one of the
 * largest frames ahead.
 */
struct ring_header {
    uint64_t magic;
    uint64_t capacity;
    alignas(128) _Atomic uint32_t receiver_asleep; /* until a mark is set */
    struct cursor freed; /* the position before which all is free again */
};

/* One process's mapping; zeroed, there is none. */
struct ring_memory {
    struct ring_header *header;
    _Atomic uint64_t *marks; /* one for each line */
    unsigned char *frames;
    size_t capacity; /* bytes of frames */
};

/* Above it sizes are refused, -EINVAL, so that sums of them stay in range. */
#define RING_SIZE_LIMIT (SIZE_MAX / 8)

/*
 * ring_make fills a new file with an empty ring: room for at least two of the
 * largest frames, and for `asked` bytes, or, where that is 0, for as many as
 * run best. Where there is not that much, and nobody asked for it, one of the
 * largest frames and a third have to do. The memory is taken now, because a
 * write where none is left would end in SIGBUS. -ENOSPC, -EIO. ring_bytes
 * returns the least that such a file takes, up to RING_SIZE_LIMIT.
 */
size_t ring_bytes(size_t asked, size_t frame_max);
int ring_make(int fd, size_t asked, size_t frame_max, size_t *ret_capacity);

/* ring_map: -EPROTO when the file is not a ring of that capacity, -EACCES when
 * it is another user's. Errors of mmap(2). All pages are there at once, because
 * to find one at its first use costs ten times as much as to copy it.
 * ring_unmap is safe on a zeroed one. */
int ring_map(struct ring_memory *memory, int fd, size_t capacity);
void ring_unmap(struct ring_memory *memory);

#endif
