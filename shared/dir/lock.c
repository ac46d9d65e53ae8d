/* SPDX-License-Identifier: MIT */
#include "shared/dir/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int lock_open(const char *path, int *ret_fd)
{
    const int fd = open(
        path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

    if (fd < 0)
        return -errno;
    *ret_fd = fd;
    return 0;
}

static int set_lock(int fd, int command, short type)
{
    struct flock lock = { .l_type = type, .l_whence = SEEK_SET };

    while (fd > 0 && fcntl(fd, command, &lock) < 0)
        if (errno != EINTR)
            return errno == EACCES ? -EAGAIN : -errno;
    return 0;
}

int lock_take(int fd)
{
    return set_lock(fd, F_OFD_SETLKW, F_WRLCK);
}

int lock_try(int fd)
{
    return set_lock(fd, F_OFD_SETLK, F_WRLCK);
}

int lock_give(int fd)
{
    return set_lock(fd, F_OFD_SETLK, F_UNLCK);
}

bool lock_is_held(int fd)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}
