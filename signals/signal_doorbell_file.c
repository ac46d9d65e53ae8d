/* SPDX-License-Identifier: MIT */
#include "signals/signal_doorbell_file.h"

#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/dir/file.h"
#include "shared/memory/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int bell_file_make(const char *path, size_t frame_max, size_t depth)
{
    struct slots_header header;
    size_t bytes;
    int fd, r;

    r = slots_bytes(frame_max, depth, &bytes);
    if (r < 0)
        return r;
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    do
        r = -posix_fallocate(fd, 0, (off_t)bytes);
    while (r == -EINTR);
    slots_format(&header, frame_max, depth);
    if (r == 0)
        r = write_all(fd, &header, sizeof(header));
    fd_close(&fd);
    if (r < 0)
        (void)unlink(path);
    return r;
}

static int map(int fd, size_t bytes, void **ret_memory)
{
    struct stat status;
    void *memory;

    if (fstat(fd, &status) < 0)
        return -errno;
    if (status.st_size != (off_t)bytes)
        return -EPROTO;
    memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return -errno;
    *ret_memory = memory;
    return 0;
}

int bell_file_map(const char *path, size_t frame_max, size_t depth,
                  void **ret_memory, size_t *ret_bytes)
{
    size_t bytes;
    int fd, r;

    r = slots_bytes(frame_max, depth, &bytes);
    if (r < 0)
        return r;
    r = file_open(path, O_RDWR, &fd);
    if (r < 0)
        return r;
    r = map(fd, bytes, ret_memory);
    fd_close(&fd);
    if (r == 0)
        *ret_bytes = bytes;
    return r;
}
