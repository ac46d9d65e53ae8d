/* SPDX-License-Identifier: MIT */
#include "shared/socket.h"

#include "shared/fd.h"
#include "shared/packet.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>

enum { HALF = TOKEN_SIZE / 2 };

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
size_t socket_frames_held(size_t buffer, size_t frame_max, size_t packet_size)
{
    const size_t packets = packet_count(frame_max, packet_size);
    const size_t longest =
        packets == 1 ? PACKET_PREFIX + frame_max : packet_size;

    return buffer / (packets * (2 * longest + 1024));
}

int token_make(char ret_token[static TOKEN_SIZE + 1])
{
    uint64_t random[4];

    if (getrandom(random, sizeof(random), 0) < 0)
        return -errno;
    (void)snprintf(ret_token, TOKEN_SIZE + 1,
                   "%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016" PRIx64,
                   random[0], random[1], random[2], random[3]);
    return 0;
}

/* A half is one segment: what is there at all is there whole. */
static int check_half(int fd, const char *half, int limit_ms)
{
    struct pollfd input = { .fd = fd, .events = POLLIN };
    char shown[HALF];

    while (poll(&input, 1, limit_ms) < 0)
        if (errno != EINTR)
            return -errno;
    if (recv(fd, shown, HALF, MSG_DONTWAIT) != HALF)
        return -EPIPE;
    return CRYPTO_memcmp(shown, half, HALF) == 0 ? 0 : -EPERM;
}

int token_show(int fd, const char *token)
{
    if (fd_write_all(fd, token, HALF) < 0)
        return -EPIPE;
    return check_half(fd, token + HALF, -1);
}

int token_demand(int fd, const char *token)
{
    int r;

    r = check_half(fd, token, TOKEN_STRANGER_MS);
    if (r < 0)
        return r;
    return fd_write_all(fd, token + HALF, HALF) < 0 ? -EPIPE : 0;
}
