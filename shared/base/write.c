/* SPDX-License-Identifier: MIT */
#include "shared/base/write.h"

#include "shared/base/fd.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

int write_all(int fd, const void *bytes, size_t size)
{
    const unsigned char *next = bytes;
    ssize_t n;
    int r = 0;

    while (r == 0 && size > 0) {
        n = write(fd, next, size);
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
