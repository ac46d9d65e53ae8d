/* SPDX-License-Identifier: MIT */
#include "ipc/commands/standard_streams.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void standard_streams_open(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        (void)close(fd);
}

void standard_stream_block(int fd)
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
