/* SPDX-License-Identifier: MIT */
#include "shared/net/socket_buffer.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>

int socket_set_buffer(int fd, int which, size_t wanted)
{
    int size = (int)(wanted / 2);
    socklen_t length = sizeof(size);

    if (wanted > INT_MAX)
        return -EINVAL;
    if (wanted && setsockopt(fd, SOL_SOCKET, which, &size, sizeof(size)) < 0)
        return -errno;
    if (getsockopt(fd, SOL_SOCKET, which, &size, &length) < 0)
        return -errno;
    return size;
}

/* The kernel rounds a packet up, at most to twice its size, and adds its own
 * bookkeeping, under 1 KiB. */
size_t socket_frames_held(size_t buffer, size_t size, size_t packet_size)
{
    const size_t packets = (size - 1) / packet_size + 1;
    const size_t longest = packets == 1 ? size : packet_size;

    return buffer / (packets * (2 * longest + 1024));
}
