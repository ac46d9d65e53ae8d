/* SPDX-License-Identifier: MIT */
#include "queues/ring_mpmc_memory.h"

#include "shared/base/round_up.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALIGN = 64 };

static const uint64_t magic = UINT64_C(0x32434d504d435049); /* "IPCMPMC2" */

static_assert(sizeof(struct mpmc_header) <= MPMC_SLOTS_AT,
              "the header fits a page");
static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock would be private");

static size_t slot_size_for(size_t frame_max)
{
    return sizeof(struct mpmc_slot) + round_up(frame_max, ALIGN);
}

int mpmc_bytes(size_t frame_max, size_t depth, size_t *ret_bytes)
{
    const size_t limit = PTRDIFF_MAX - MPMC_SLOTS_AT;

    if (frame_max > limit / 2 || depth > limit / slot_size_for(frame_max))
        return -EFBIG;
    *ret_bytes = MPMC_SLOTS_AT + depth * slot_size_for(frame_max);
    return 0;
}

static int allocate(int fd, size_t frame_max, size_t depth)
{
    size_t bytes;
    int r;

    r = mpmc_bytes(frame_max, depth, &bytes);
    if (r < 0)
        return r;
    do
        r = posix_fallocate(fd, 0, (off_t)bytes);
    while (r == EINTR);
    return -r;
}

/* Maps a file that is as long as mpmc_bytes says. */
static int map_bytes(struct mpmc_memory *memory, int fd, size_t frame_max,
                     size_t depth)
{
    unsigned char *start;
    size_t bytes;
    int r;

    r = mpmc_bytes(frame_max, depth, &bytes);
    if (r < 0)
        return r;
    start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (start == MAP_FAILED)
        return -errno;
    *memory = (struct mpmc_memory){
        .header = (struct mpmc_header *)start,
        .slots = start + MPMC_SLOTS_AT,
        .bytes = bytes,
        .slot_size = slot_size_for(frame_max),
        .depth = depth,
    };
    return 0;
}

/* Ticket n is that of slot n at first, and its sender's turn is 2n. */
static void write_header(const struct mpmc_memory *memory)
{
    struct mpmc_slot *slot;

    memory->header->magic = magic;
    memory->header->slot_size = memory->slot_size;
    memory->header->depth = memory->depth;
    for (uint64_t n = 0; n < memory->depth; n++) {
        slot = (struct mpmc_slot *)(memory->slots + n * memory->slot_size);
        atomic_init(&slot->turn, 2 * n);
    }
}

int mpmc_make(int fd, size_t frame_max, size_t depth, size_t *ret_depth)
{
    struct mpmc_memory memory = { 0 };
    int r;

    while ((r = allocate(fd, frame_max, depth)) == -ENOSPC && depth > 1)
        depth /= 2;
    if (r == 0)
        r = map_bytes(&memory, fd, frame_max, depth);
    if (r < 0)
        return r;
    write_header(&memory);
    mpmc_unmap(&memory);
    *ret_depth = depth;
    return 0;
}

/* Beyond the end of a file lies SIGBUS. */
static int check_file(int fd, size_t frame_max, size_t depth)
{
    struct stat status;
    size_t bytes;
    int r;

    r = mpmc_bytes(frame_max, depth, &bytes);
    if (r < 0)
        return r;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (status.st_uid != geteuid())
        return -EACCES;
    return depth > 0 && status.st_size == (off_t)bytes ? 0 : -EPROTO;
}

int mpmc_map(struct mpmc_memory *memory, int fd, size_t frame_max, size_t depth)
{
    const struct mpmc_header *header;
    int r;

    r = check_file(fd, frame_max, depth);
    if (r == 0)
        r = map_bytes(memory, fd, frame_max, depth);
    if (r < 0)
        return r;
    header = memory->header;
    if (header->magic == magic && header->slot_size == memory->slot_size &&
        header->depth == depth)
        return 0;
    mpmc_unmap(memory);
    return -EPROTO;
}

void mpmc_unmap(struct mpmc_memory *memory)
{
    if (memory->header)
        (void)munmap(memory->header, memory->bytes);
    memory->header = NULL;
}
