/* SPDX-License-Identifier: MIT */
/*
 * Meeting at a TCP port. The consumer tells the text to whoever connects; the
 * producer answers "join". The connection stays, and carries a point for each
 * sign of life.
 */
#include "shared/meeting.h"

#include "shared/clock.h"
#include "shared/fd.h"
#include "shared/socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 8, CONNECT_MS = 5000 };

static const char joined[] = "join\n";

/* 1: there is something to read, or room to write; 0: not in time. */
static int await_event(int fd, short events, int limit_ms)
{
    struct pollfd polled = { .fd = fd, .events = events };
    int n;

    do
        n = poll(&polled, 1, limit_ms);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static int listen_at(struct meeting *m)
{
    int r;

    r = socket_bind(m->at, m->at->port, SOCK_STREAM, &m->listener);
    if (r == 0 && listen(m->listener, BACKLOG) < 0)
        r = -errno;
    return r;
}

/* Within bounded time: without an answer connect(2) waits for minutes. */
static int connect_to(int fd, const struct addrinfo *address)
{
    socklen_t length = sizeof(int);
    int error = 0, r;

    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return -errno;
    r = await_event(fd, POLLOUT, CONNECT_MS);
    if (r <= 0)
        return r < 0 ? r : -ETIMEDOUT;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        return -errno;
    return -error;
}

static int try_address(struct meeting *m, const struct addrinfo *address)
{
    int fd, r;

    fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                0);
    if (fd < 0)
        return -errno;
    r = connect_to(fd, address);
    if (r < 0) {
        fd_close(&fd);
        return r;
    }
    /* As digits, so that what follows goes to the same machine. */
    (void)getnameinfo(address->ai_addr, address->ai_addrlen, m->peer,
                      sizeof(m->peer), NULL, 0, NI_NUMERICHOST);
    m->fd = fd;
    return 0;
}

/* Of several addresses the first that answers. */
static int connect_at(struct meeting *m)
{
    const struct addrinfo hints = {
        .ai_flags = AI_NUMERICSERV,
        .ai_socktype = SOCK_STREAM,
    };
    struct addrinfo *found;
    char service[8];
    int error, r = -ENXIO;

    (void)snprintf(service, sizeof(service), "%u", m->at->port);
    error = getaddrinfo(m->at->host, service, &hints, &found);
    if (error)
        return error == EAI_AGAIN ? -EAGAIN : -ENXIO;
    for (struct addrinfo *a = found; a; a = a->ai_next) {
        r = try_address(m, a);
        if (r == 0)
            break;
    }
    freeaddrinfo(found);
    return r == -ECONNREFUSED ? -EAGAIN : r;
}

static int open_meeting(struct meeting *m)
{
    return m->owner ? listen_at(m) : connect_at(m);
}

/* Reads one line, whole, within a bounded time: -EPROTO when it does not fit,
 * -EPIPE when the connection ends before. */
static int read_line(int fd, char *text, size_t room)
{
    const uint64_t limit_ns = clock_ns() + MEETING_STRANGER_MS * 1000000ull;
    size_t used = 0;
    ssize_t n;
    int r;

    while (used + 1 < room) {
        r = clock_ns() < limit_ns ? await_event(fd, POLLIN, MEETING_TICK_MS)
                                  : -ETIMEDOUT;
        if (r < 0)
            return r;
        n = r > 0 ? recv(fd, text + used, 1, MSG_DONTWAIT) : 0;
        if (r > 0 && n <= 0)
            return -EPIPE;
        if (r > 0 && text[used++] == '\n') {
            text[used] = '\0';
            return 0;
        }
    }
    return -EPROTO;
}

/* One that does not ask to join is turned away. */
static int greet(struct meeting *m)
{
    char answer[sizeof(joined)];
    const int on = 1;
    int r;

    (void)setsockopt(m->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    r = fd_write_all(m->fd, m->text, strlen(m->text));
    if (r == 0)
        r = fd_write_all(m->fd, "\n", 1);
    if (r == 0)
        r = read_line(m->fd, answer, sizeof(answer));
    if (r == 0 && strcmp(answer, joined) != 0)
        r = -EPROTO;
    return r;
}

static int await(struct meeting *m, int limit_ms)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    int r;

    r = await_event(m->listener, POLLIN, limit_ms);
    if (r <= 0)
        return r;
    m->fd = accept4(m->listener, (struct sockaddr *)&address, &length,
                    SOCK_CLOEXEC);
    if (m->fd < 0) {
        m->fd = 0;
        return errno == EMFILE || errno == ENFILE ? -errno : 0;
    }
    (void)getnameinfo((struct sockaddr *)&address, length, m->peer,
                      sizeof(m->peer), NULL, 0, NI_NUMERICHOST);
    if (greet(m) < 0) {
        fd_close(&m->fd);
        return -EPROTO;
    }
    fd_close(&m->listener);
    m->spoke_ns = m->heard_ns = clock_ns();
    return 1;
}

static int find(struct meeting *m)
{
    int r;

    r = read_line(m->fd, m->text, sizeof(m->text));
    if (r < 0)
        return r == -EPIPE ? -EAGAIN : r;
    m->text[strcspn(m->text, "\n")] = '\0';
    return 0;
}

static int join(struct meeting *m)
{
    if (fd_write_all(m->fd, joined, strlen(joined)) < 0)
        return -EBUSY;
    m->spoke_ns = m->heard_ns = clock_ns();
    return 0;
}

/* What comes is of no matter; that it comes, is. */
static int hear(struct meeting *m)
{
    char signs[64];
    ssize_t n;

    do {
        n = recv(m->fd, signs, sizeof(signs), MSG_DONTWAIT);
        if (n > 0)
            m->heard_ns = clock_ns();
    } while (n == (ssize_t)sizeof(signs) || (n < 0 && errno == EINTR));
    if (n == 0 || (n < 0 && errno != EAGAIN))
        return -EPIPE;
    return 0;
}

static int beat(struct meeting *m)
{
    const uint64_t now_ns = clock_ns();
    int r;

    r = hear(m);
    if (r < 0)
        return r;
    if (now_ns - m->spoke_ns >= MEETING_TICK_MS * 1000000ull) {
        m->spoke_ns = now_ns;
        if (send(m->fd, ".", 1, MSG_DONTWAIT) < 0 && errno != EAGAIN &&
            errno != EINTR)
            return -EPIPE;
    }
    if (now_ns > m->heard_ns + MEETING_SILENCE_MS * 1000000ull)
        return -ETIMEDOUT;
    return 0;
}

static void close_meeting(struct meeting *m)
{
    fd_close(&m->listener);
    fd_close(&m->fd);
}

const struct meeting_ops tcp_meeting = {
    .scheme = "tcp",
    .port = 0,
    .open = open_meeting,
    .await = await,
    .find = find,
    .join = join,
    .beat = beat,
    .close = close_meeting,
};
