/* SPDX-License-Identifier: MIT */
#include "shared/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
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

void fd_block(int fd)
{
    const int flags = fcntl(fd, F_GETFL);
    char self[32];
    struct stat status;
    int own;

    if (flags < 0 || !(flags & O_NONBLOCK) || fstat(fd, &status) < 0 ||
        !(S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)))
        return;
    (void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
    /* Non-blocking at first: or it would wait for a FIFO's other end. */
    own = open(self, (flags & O_ACCMODE) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (own < 0)
        return;
    if (fcntl(own, F_SETFL, flags & ~O_NONBLOCK) == 0)
        (void)dup2(own, fd);
    (void)close(own);
}

int fd_await(int fd, short events)
{
    struct pollfd polled = { .fd = fd, .events = events };

    while (poll(&polled, 1, -1) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

void fd_close(int *fd)
{
    if (*fd > 0)
        (void)close(*fd);
    *fd = 0;
}

/* How open(2) refuses what is no plain file. */
static int open_error(int error)
{
    return error == ELOOP || error == EISDIR || error == ENXIO ? -EPROTO
                                                               : -error;
}

int fd_open_file(const char *path, int flags, int *ret_fd)
{
    struct stat status;
    int fd, r = 0;

    fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0)
        return open_error(errno);
    if (fstat(fd, &status) < 0)
        r = -errno;
    else if (!S_ISREG(status.st_mode))
        r = -EPROTO;
    if (r < 0)
        fd_close(&fd);
    else
        *ret_fd = fd;
    return r;
}

int fd_check_owner(int fd)
{
    struct stat status;

    if (fstat(fd, &status) < 0)
        return -errno;
    return status.st_uid == geteuid() ? 0 : -EACCES;
}

int fd_write_all(int fd, const void *bytes, size_t size)
{
    return fd_write_parts(fd, bytes, size, size);
}

int fd_write_parts(int fd, const void *bytes, size_t size, size_t part)
{
    const unsigned char *next = bytes;
    ssize_t n;
    int r = 0;

    while (r == 0 && size > 0) {
        n = write(fd, next, size < part ? size : part);
        if (n >= 0) {
            next += n;
            size -= (size_t)n;
        } else if (errno == EAGAIN)
            r = fd_await(fd, POLLOUT);
        else if (errno != EINTR)
            r = -errno;
    }
    return r;
}

int fd_allocate(int fd, size_t size)
{
    int r;

    do
        r = posix_fallocate(fd, 0, (off_t)size);
    while (r == EINTR);
    return -r;
}

int fd_can_open(unsigned count)
{
    const int fd = count > 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : 0;
    int r;

    if (fd < 0)
        return -errno;
    r = count > 0 ? fd_can_open(count - 1) : 0;
    if (count > 0)
        (void)close(fd);
    return r;
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
