/* SPDX-License-Identifier: MIT */
#include "shared/dir/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int set_lock(int fd, int command, short type)
{
    struct flock lock = { .l_type = type, .l_whence = SEEK_SET };

    while (fcntl(fd, command, &lock) < 0)
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
