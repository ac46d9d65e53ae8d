/* SPDX-License-Identifier: MIT */
#include "shared/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void fd_reserve_standard(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        (void)close(fd);
}

void fd_close(int *fd)
{
    if (*fd > 0)
        (void)close(*fd);
    *fd = 0;
}

int fd_write_all(int fd, const void *bytes, size_t size)
{
    return fd_write_parts(fd, bytes, size, size);
}

int fd_write_parts(int fd, const void *bytes, size_t size, size_t part)
{
    const unsigned char *next = bytes;
    ssize_t n;

    while (size > 0) {
        n = write(fd, next, size < part ? size : part);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        next += n;
        size -= (size_t)n;
    }
    return 0;
}

int fd_allocate(int fd, size_t size)
{
    int r;

    do
        r = posix_fallocate(fd, 0, (off_t)size);
    while (r == EINTR);
    return -r;
}

static int set_lock(int fd, int command, short type)
{
    struct flock lock = { .l_type = type, .l_whence = SEEK_SET };

    while (fcntl(fd, command, &lock) < 0)
        if (errno != EINTR)
            return errno == EACCES ? -EAGAIN : -errno;
    return 0;
}

int fd_lock(int fd)
{
    return set_lock(fd, F_OFD_SETLKW, F_WRLCK);
}

int fd_try_lock(int fd)
{
    return set_lock(fd, F_OFD_SETLK, F_WRLCK);
}

int fd_unlock(int fd)
{
    return set_lock(fd, F_OFD_SETLK, F_UNLCK);
}

bool fd_is_locked(int fd)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}
