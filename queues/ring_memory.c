/* SPDX-License-Identifier: MIT */
#include "queues/ring_memory.h"

#include "shared/base/round_up.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FRAMES_PLENTY = 8,
    CAPACITY_LEAST =
        3 << 19,             /* what a core caches for itself, less a quarter */
    CAPACITY_MOST = 4 << 20, /* what two of them do */
};

static const uint64_t magic = UINT64_C(0x33474e4952435049); /* "IPCRING3" */

static size_t fit(size_t capacity, size_t needed)
{
    return round_up(capacity < needed ? needed : capacity, RING_PAGE);
}

/*
 * All of the ring is walked through, again and again, so it should stay in a
 * cache. Where both ends share one, that is the smaller size; where they do
 * not, large frames run better in more, which neither cache holds alone.
 */
static size_t plenty(size_t frame)
{
    if (frame > CAPACITY_MOST / FRAMES_PLENTY)
        return CAPACITY_MOST;
    return fit(frame * FRAMES_PLENTY, CAPACITY_LEAST);
}

/* Returns how many bytes lie before the frames. */
static size_t front(size_t capacity)
{
    return RING_PAGE +
           round_up(capacity / RING_LINE * sizeof(uint64_t), RING_PAGE);
}

/* One frame must fit beside the quarter that the receiver may have freed
 * without a word: or else the sender would wait for that quarter in vain. */
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

static int allocate(int fd, size_t capacity)
{
    int r;

    do
        r = posix_fallocate(fd, 0, (off_t)whole_file(capacity));
    while (r == EINTR);
    return -r;
}

int ring_make(int fd, size_t asked, size_t frame_max, size_t *ret_capacity)
{
    struct ring_header header = { .magic = magic };
    ssize_t n;
    int r;

    if (asked > RING_SIZE_LIMIT || frame_max > RING_SIZE_LIMIT)
        return -EINVAL;
    /* Two frames must fit: one to build and one to read. */
    header.capacity = fit(asked > 0 ? asked : plenty(frame_max), 2 * frame_max);
    r = allocate(fd, header.capacity);
    if (r == -ENOSPC && asked == 0) {
        header.capacity = fit(CAPACITY_LEAST, least(frame_max));
        r = allocate(fd, header.capacity);
    }
    if (r < 0)
        return r;
    n = write(fd, &header, sizeof(header));
    if (n != sizeof(header))
        return n < 0 ? -errno : -EIO;
    *ret_capacity = header.capacity;
    return 0;
}

/* Beyond the end of a file lies SIGBUS. */
static int check_file(int fd, size_t capacity)
{
    struct stat status;

    if (fstat(fd, &status) < 0)
        return -errno;
    if (status.st_uid != geteuid())
        return -EACCES;
    return status.st_size == (off_t)whole_file(capacity) ? 0 : -EPROTO;
}

/* The mapping is read-only at first, because then the kernel fills in sixteen
 * pages at a time; to be written to, each would be filled in on its own. */
static int map_twice(int fd, size_t capacity, unsigned char **ret_bytes)
{
    const int flags = MAP_SHARED | MAP_POPULATE;
    const size_t whole = whole_file(capacity);
    unsigned char *bytes;
    void *again;

    /* It is longer than the file: the second one takes the rest's place. */
    bytes = mmap(NULL, whole + capacity, PROT_READ, flags, fd, 0);
    if (bytes == MAP_FAILED)
        return -errno;
    again = mmap(bytes + whole, capacity, PROT_READ, flags | MAP_FIXED, fd,
                 (off_t)front(capacity));
    if (again == MAP_FAILED ||
        mprotect(bytes, whole + capacity, PROT_READ | PROT_WRITE) < 0) {
        int r = -errno;

        (void)munmap(bytes, whole + capacity);
        return r;
    }
    *ret_bytes = bytes;
    return 0;
}

int ring_map(struct ring_memory *memory, int fd, size_t capacity)
{
    unsigned char *bytes = NULL;
    int r = check_file(fd, capacity);

    if (r == 0)
        r = map_twice(fd, capacity, &bytes);
    if (r < 0)
        return r;
    *memory = (struct ring_memory){
        .header = (struct ring_header *)bytes,
        .marks = (_Atomic uint64_t *)(bytes + RING_PAGE),
        .frames = bytes + front(capacity),
        .capacity = capacity,
    };
    if (memory->header->magic == magic && memory->header->capacity == capacity)
        return 0;
    ring_unmap(memory);
    return -EPROTO;
}

void ring_unmap(struct ring_memory *memory)
{
    const size_t capacity = memory->capacity;

    if (memory->header)
        (void)munmap(memory->header, whole_file(capacity) + capacity);
    memory->header = NULL;
}
