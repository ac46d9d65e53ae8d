/* SPDX-License-Identifier: MIT */
#include "shared/ring_memory.h"

#include "shared/fd.h"
#include "shared/mirror.h"

#include <errno.h>
#include <unistd.h>

enum {
    PAGE = MIRROR_PAGE,
    ENTRIES_PLENTY = 4096,
    CAPACITY_LEAST = 4 << 20, /* twice what a core caches for itself */
    CAPACITY_MOST = 14 << 20, /* what a busy shared cache keeps */
};

static const uint64_t magic = UINT64_C(0x31474e4952435049); /* "IPCRING1" */

/*
 * A line that still lies in the receiver's cache takes twice as long to write,
 * on some chips six times; one that the shared cache has dropped comes from
 * memory. Between the two a ring runs at the speed of the processors.
 */
static size_t plenty(size_t entry)
{
    size_t capacity = entry * ENTRIES_PLENTY;

    if (entry > CAPACITY_MOST / ENTRIES_PLENTY)
        return CAPACITY_MOST;
    return capacity < CAPACITY_LEAST ? CAPACITY_LEAST : capacity;
}

/* At least two entries: one to build and one to read. */
static size_t whole_pages(size_t capacity, size_t entry)
{
    if (capacity < 2 * entry)
        capacity = 2 * entry;
    return (capacity + PAGE - 1) / PAGE * PAGE;
}

int ring_create(int fd, size_t asked, size_t entry_max, size_t *ret_capacity)
{
    struct ring ring = { .magic = magic };
    int r;

    if (asked > RING_SIZE_LIMIT || entry_max > RING_SIZE_LIMIT)
        return -EINVAL;
    ring.capacity =
        whole_pages(asked > 0 ? asked : plenty(entry_max), entry_max);
    r = fd_allocate(fd, PAGE + ring.capacity);
    if (r == -ENOSPC && asked == 0) {
        ring.capacity = whole_pages(CAPACITY_LEAST, entry_max);
        r = fd_allocate(fd, PAGE + ring.capacity);
    }
    if (r < 0)
        return r;
    if (pwrite(fd, &ring, sizeof(ring), 0) != (ssize_t)sizeof(ring))
        return -EIO;
    *ret_capacity = ring.capacity;
    return 0;
}

int ring_map(int fd, size_t capacity, struct ring **ret_ring)
{
    struct ring *ring;
    void *memory;
    int r;

    r = mirror_map(fd, PAGE, capacity, &memory);
    if (r < 0)
        return r;
    ring = memory;
    if (ring->magic != magic || ring->capacity != capacity) {
        ring_unmap(ring, capacity);
        return -EPROTO;
    }
    *ret_ring = ring;
    return 0;
}

unsigned char *ring_entries(struct ring *ring)
{
    return (unsigned char *)ring + PAGE;
}

void ring_unmap(struct ring *ring, size_t capacity)
{
    mirror_unmap(ring, PAGE, capacity);
}
