/* SPDX-License-Identifier: MIT */
#include "shared/net/socket.h"

#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/dir/record.h"
#include "shared/frame/packet.h"
#include "shared/net/guests.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
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

static struct socket_address loopback(unsigned port)
{
    const struct sockaddr_in in = {
        .sin_family = AF_INET,
        .sin_addr = { htonl(INADDR_LOOPBACK) },
        .sin_port = htons((uint16_t)port),
    };
    struct socket_address address = { .length = sizeof(in) };

    memcpy(&address.storage, &in, sizeof(in));
    return address;
}

/* Of getaddrinfo(3). */
static int look_up_error(int error)
{
    switch (error) {
    case EAI_AGAIN:
        return -EHOSTDOWN;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_SYSTEM:
        return -errno;
    default:
        return -ENXIO;
    }
}

int socket_look_up(const struct url *at, unsigned port,
                   struct addrinfo **ret_found)
{
    const struct addrinfo hints = {
        .ai_flags = AI_NUMERICSERV,
        .ai_socktype = SOCK_STREAM, /* each address once */
    };
    char service[8];
    int error;

    (void)snprintf(service, sizeof(service), "%u", port);
    error = getaddrinfo(at->host, service, &hints, ret_found);
    return error ? look_up_error(error) : 0;
}

int socket_resolve(const struct url *at, unsigned port,
                   struct socket_address *ret_address)
{
    struct addrinfo *found;
    int r;

    if (!at) {
        *ret_address = loopback(port);
        return 0;
    }
    r = socket_look_up(at, port, &found);
    if (r < 0)
        return r;
    memcpy(&ret_address->storage, found->ai_addr, found->ai_addrlen);
    ret_address->length = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

int socket_bind(const struct url *at, unsigned port, int type, int *ret_fd)
{
    struct socket_address address;
    const int on = 1;
    int fd, r;

    r = socket_resolve(at, port, &address);
    if (r < 0)
        return r;
    fd = socket(address.storage.ss_family, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    /* A port that somebody chose is in use again at once. */
    if ((port > 0 &&
         setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0) ||
        bind(fd, (const struct sockaddr *)&address.storage, address.length) <
            0) {
        r = -errno;
        fd_close(&fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

int socket_port(int fd)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    struct sockaddr_in in;

    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return -errno;
    /* Both versions have the port at the same place. */
    memcpy(&in, &address, sizeof(in));
    return ntohs(in.sin_port);
}

int socket_publish(int fd, const char *dir, const char *name,
                   char ret_token[static TOKEN_SIZE + 1])
{
    char text[RECORD_TEXT_MAX];
    int port, r;

    port = socket_port(fd);
    if (port < 0)
        return port;
    r = token_make(ret_token);
    if (r < 0)
        return r;
    (void)snprintf(text, sizeof(text), "%d %s", port, ret_token);
    return record_write(dir, name, "port", text);
}

int socket_find(const char *dir, const char *name, const struct url *at,
                struct socket_address *ret_address,
                char ret_token[static TOKEN_SIZE + 1])
{
    char text[RECORD_TEXT_MAX], token[TOKEN_SIZE + 1];
    unsigned port;
    int end = 0, r;

    r = record_read(dir, name, "port", text);
    if (r < 0)
        return r;
    if (sscanf(text, "%5u %64s%n", &port, token, &end) != 2 || text[end] ||
        port == 0 || port > UINT16_MAX || strlen(token) != TOKEN_SIZE)
        return -EPROTO;
    r = socket_resolve(at, port, ret_address);
    if (r == 0)
        memcpy(ret_token, token, sizeof(token));
    return r;
}

int socket_connect(int fd, const struct socket_address *address)
{
    while (connect(fd, (const struct sockaddr *)&address->storage,
                   address->length) < 0)
        if (errno != EINTR)
            return fd_error(errno);
    return 0;
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
static int check_answer(int fd, const char *half)
{
    char shown[HALF];
    ssize_t n;
    int r;

    r = fd_await(fd, POLLIN);
    if (r < 0)
        return r;
    n = recv(fd, shown, HALF, MSG_DONTWAIT);
    if (n != HALF)
        return n < 0 ? fd_error(errno) : -EPIPE;
    return CRYPTO_memcmp(shown, half, HALF) == 0 ? 0 : -EPERM;
}

int token_show(int fd, const char *token)
{
    const int r = write_all(fd, token, HALF);

    return r < 0 ? fd_error(-r) : check_answer(fd, token + HALF);
}

int token_demand(int listener, const char *token, int *ret_fd)
{
    struct guests guests = { .word = token, .word_size = HALF };
    int fd, r;

    for (;;) {
        r = guests_find(&guests, listener, &fd);
        if (r < 0 || write_all(fd, token + HALF, HALF) == 0)
            break;
        fd_close(&fd); /* it has gone */
    }
    guests_close(&guests);
    if (r == 0)
        *ret_fd = fd;
    return r;
}
