/* SPDX-License-Identifier: MIT */
#include "queues/zeromq_close.h"

#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/net/socket_buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#define MONITOR "inproc://monitor"

enum {
    LOOK_MS = 100,
    FAILED = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
             ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
             ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
    EVENTS = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_ACCEPTED | FAILED |
             ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED,
};

int zeromq_watch(void *context, void *socket, struct zeromq_peers *ret_peers)
{
    void *monitor;

    if (zmq_socket_monitor(socket, MONITOR, EVENTS) < 0)
        return -errno;
    monitor = zmq_socket(context, ZMQ_PAIR);
    if (!monitor)
        return -errno;
    if (zmq_connect(monitor, MONITOR) < 0) {
        int r = -errno;

        (void)zmq_close(monitor);
        return r;
    }
    *ret_peers = (struct zeromq_peers){ .monitor = monitor };
    return 0;
}

/* As zmq_socket_monitor(3) has it; the address comes in a second part. */
struct event {
    uint16_t what;
    int32_t fd;
} __attribute__((packed));

static int next_event(void *monitor, int flags, struct event *ret_event)
{
    int r;

    do
        r = zmq_recv(monitor, ret_event, sizeof(*ret_event), flags);
    while (r < 0 && errno == EINTR);
    if (r < 0)
        return -errno;
    (void)zmq_recv(monitor, NULL, 0, 0);
    return 0;
}

/* Whose handshake has failed is told so right before it is disconnected: all
 * in one thread of libzmq's. */
static void count_admitted(struct zeromq_peers *p, unsigned what)
{
    if (what == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
        p->admitted++;
    if (what & FAILED)
        p->failed = true;
    if (what != ZMQ_EVENT_DISCONNECTED)
        return;
    if (!p->failed && p->admitted > 0)
        p->admitted--;
    p->failed = false;
}

static void note_event(struct zeromq_peers *p, const struct event *event)
{
    unsigned i = 0;

    count_admitted(p, event->what);
    while (i < p->count && p->fd[i] != event->fd)
        i++;
    if (event->what == ZMQ_EVENT_DISCONNECTED && i < p->count)
        p->fd[i] = p->fd[--p->count];
    if ((event->what == ZMQ_EVENT_CONNECTED ||
         event->what == ZMQ_EVENT_ACCEPTED) &&
        i == p->count && p->count < ZEROMQ_CONNECTIONS_MAX)
        p->fd[p->count++] = event->fd;
}

int zeromq_await(struct zeromq_peers *peers, unsigned count)
{
    struct event event;
    int r = 0;

    while (r == 0 && count > 0) {
        r = next_event(peers->monitor, 0, &event);
        if (r < 0)
            break;
        note_event(peers, &event);
        count -= event.what == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
    }
    return r;
}

static void note_events_so_far(struct zeromq_peers *p)
{
    struct event event;

    while (next_event(p->monitor, ZMQ_DONTWAIT, &event) == 0)
        note_event(p, &event);
}

static bool is_unix_socket(int fd)
{
    int family = 0;
    socklen_t length = sizeof(family);

    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length) == 0 &&
           family == AF_UNIX;
}

void zeromq_set_send_buffer(struct zeromq_peers *peers, size_t size)
{
    note_events_so_far(peers);
    for (unsigned i = 0; i < peers->count; i++)
        if (is_unix_socket(peers->fd[i]))
            (void)socket_set_buffer(peers->fd[i], SO_SNDBUF, size);
}

/* With descriptors of our own for the connections. */
static void copy_connections(struct zeromq_peers *p)
{
    unsigned copied = 0;
    int fd;

    note_events_so_far(p);
    for (unsigned i = 0; i < p->count; i++) {
        fd = fcntl(p->fd[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (fd > 0)
            p->fd[copied++] = fd;
    }
    p->count = copied;
}

/* Closes those that have hung up; returns how many. */
static unsigned close_ended(struct zeromq_peers *p, int limit_ms)
{
    struct pollfd polled[ZEROMQ_CONNECTIONS_MAX];
    unsigned ended = 0;

    for (unsigned i = 0; i < p->count; i++)
        polled[i] = (struct pollfd){ .fd = p->fd[i] };
    if (poll(polled, p->count, limit_ms) <= 0)
        return 0;
    for (unsigned i = p->count; i > 0; i--) {
        if (!polled[i - 1].revents)
            continue;
        fd_close(&p->fd[i - 1]);
        p->fd[i - 1] = p->fd[--p->count];
        ended++;
    }
    return ended;
}

/* Until as many have read all as there were peers: a stranger may stay. */
static void drain(struct zeromq_peers *p)
{
    const uint64_t limit_ns = clock_ns() + ZEROMQ_LINGER_MS * 1000000ull;
    unsigned ended = 0;

    for (unsigned i = 0; i < p->count; i++)
        (void)shutdown(p->fd[i], SHUT_WR);
    while (p->count > 0 && ended < p->admitted && clock_ns() < limit_ns)
        ended += close_ended(p, LOOK_MS);
    while (p->count > 0)
        fd_close(&p->fd[--p->count]);
}

void zeromq_close(void *context, void *socket, struct zeromq_peers *peers)
{
    if (peers->monitor) {
        copy_connections(peers);
        /* Or the next event has nowhere to go, and leaks. */
        (void)zmq_socket_monitor(socket, NULL, 0);
        (void)zmq_close(peers->monitor);
    }
    if (socket)
        (void)zmq_close(socket);
    while (context && zmq_ctx_term(context) < 0 && errno == EINTR)
        continue;
    drain(peers);
    *peers = (struct zeromq_peers){ 0 };
}
