/* SPDX-License-Identifier: MIT */
#include "shared/base/fd.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

void fd_close(int *fd)
{
    if (*fd > 0)
        (void)close(*fd);
    *fd = 0;
}

int fd_await(int fd, short events)
{
    struct pollfd polled = { .fd = fd, .events = events };

    while (poll(&polled, 1, -1) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

int fd_error(int error)
{
    return error == ECONNRESET || error == ECONNREFUSED || error == ENOTCONN
               ? -EPIPE
               : -error;
}
