/* SPDX-License-Identifier: MIT */
#include "queues/zeromq_descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int zeromq_descriptors_check(unsigned count)
{
    const int fd = count > 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : 0;
    int r;

    if (fd < 0)
        return -errno;
    r = count > 0 ? zeromq_descriptors_check(count - 1) : 0;
    if (count > 0)
        (void)close(fd);
    return r;
}
