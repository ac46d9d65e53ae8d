/* SPDX-License-Identifier: MIT */
#include "queues/ring_memory.h"

#include "queues/ring_mirror.h"
#include "shared/base/write.h"
#include "shared/dir/file.h"

#include <errno.h>
#include <unistd.h>

enum {
    PAGE = MIRROR_PAGE,
    FRAMES_PLENTY = 4096,
    CAPACITY_LEAST = 4 << 20, /* twice what a core caches for itself */
    CAPACITY_MOST = 14 << 20, /* what a busy shared cache keeps */
};

static const uint64_t magic = UINT64_C(0x32474e4952435049); /* "IPCRING2" */

/*
 * A line that still lies in the receiver's cache takes twice as long to write,
 * on some chips six times; one that the shared cache has dropped comes from
 * memory. Between the two a ring runs at the speed of the processors.
 */
static size_t plenty(size_t frame)
{
    size_t capacity = frame * FRAMES_PLENTY;

    if (frame > CAPACITY_MOST / FRAMES_PLENTY)
        return CAPACITY_MOST;
    return capacity < CAPACITY_LEAST ? CAPACITY_LEAST : capacity;
}

static size_t whole_pages(size_t size)
{
    return (size + PAGE - 1) / PAGE * PAGE;
}

static size_t fit(size_t capacity, size_t least)
{
    return whole_pages(capacity < least ? least : capacity);
}

/* What lies before the frames. */
static size_t front(size_t capacity)
{
    return PAGE + whole_pages(capacity / RING_LINE * sizeof(uint64_t));
}

/* One frame, and the quarter that the receiver may have freed without a word:
 * or the sender would wait for that in vain. */
static size_t least(size_t frame)
{
    return frame + frame / 3 + RING_LINE;
}

static size_t whole_file(size_t capacity)
{
    return front(capacity) + capacity;
}

size_t ring_bytes(size_t asked, size_t frame_max)
{
    return whole_file(asked > 0 ? fit(asked, 2 * frame_max)
                                : fit(CAPACITY_LEAST, least(frame_max)));
}

int ring_create(int fd, size_t asked, size_t frame_max, size_t *ret_capacity)
{
    struct ring ring = { .magic = magic };
    int r;

    if (asked > RING_SIZE_LIMIT || frame_max > RING_SIZE_LIMIT)
        return -EINVAL;
    /* Two frames: one to build and one to read. */
    ring.capacity = fit(asked > 0 ? asked : plenty(frame_max), 2 * frame_max);
    r = file_allocate(fd, whole_file(ring.capacity));
    if (r == -ENOSPC && asked == 0) {
        ring.capacity = fit(CAPACITY_LEAST, least(frame_max));
        r = file_allocate(fd, whole_file(ring.capacity));
    }
    if (r == 0)
        r = write_all(fd, &ring, sizeof(ring));
    if (r == 0)
        *ret_capacity = ring.capacity;
    return r;
}

int ring_map(int fd, size_t capacity, struct ring **ret_ring)
{
    struct ring *ring;
    void *memory;
    int r;

    r = mirror_map(fd, front(capacity), capacity, &memory);
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

_Atomic uint64_t *ring_marks(struct ring *ring)
{
    return (_Atomic uint64_t *)((unsigned char *)ring + PAGE);
}

unsigned char *ring_frames(struct ring *ring, size_t capacity)
{
    return (unsigned char *)ring + front(capacity);
}

void ring_unmap(struct ring *ring, size_t capacity)
{
    mirror_unmap(ring, front(capacity), capacity);
}
