/* SPDX-License-Identifier: MIT */
#include "queues/ring_mirror.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* Read-only at first: so the kernel fills in sixteen pages at a time, where it
 * would take each on its own to be written to. */
int mirror_map(int fd, size_t front, size_t size, void **ret_memory)
{
    const int flags = MAP_SHARED | MAP_POPULATE;
    unsigned char *memory;
    void *again;
    off_t end;

    end = lseek(fd, 0, SEEK_END);
    if (end != (off_t)(front + size))
        return end < 0 ? -errno : -EPROTO;
    /* Longer than the file: the second mapping takes the place of the rest. */
    memory = mmap(NULL, front + 2 * size, PROT_READ, flags, fd, 0);
    if (memory == MAP_FAILED)
        return -errno;
    again = mmap(memory + front + size, size, PROT_READ, flags | MAP_FIXED, fd,
                 (off_t)front);
    if (again == MAP_FAILED ||
        mprotect(memory, front + 2 * size, PROT_READ | PROT_WRITE) < 0) {
        int r = -errno;

        mirror_unmap(memory, front, size);
        return r;
    }
    *ret_memory = memory;
    return 0;
}

void mirror_unmap(void *memory, size_t front, size_t size)
{
    if (memory)
        (void)munmap(memory, front + 2 * size);
}
