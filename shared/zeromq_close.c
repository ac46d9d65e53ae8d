/* SPDX-License-Identifier: MIT */
#include "shared/zeromq_close.h"

#include "shared/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#define MONITOR "inproc://monitor"

int zeromq_watch(void *context, void *socket, void **ret_monitor)
{
    const int events =
        ZMQ_EVENT_CONNECTED | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED;
    void *monitor;

    if (zmq_socket_monitor(socket, MONITOR, events) < 0)
        return -errno;
    monitor = zmq_socket(context, ZMQ_PAIR);
    if (!monitor)
        return -errno;
    if (zmq_connect(monitor, MONITOR) < 0) {
        int r = -errno;

        (void)zmq_close(monitor);
        return r;
    }
    *ret_monitor = monitor;
    return 0;
}

/* Only a monitor is told the descriptor of a connection. Returns one of our
 * own for it, or 0. */
static int copy_connection(void *monitor)
{
    struct {
        uint16_t what;
        int32_t fd;
    } __attribute__((packed)) event; /* as zmq_socket_monitor(3) has it */
    int fd = -1;

    while (zmq_recv(monitor, &event, sizeof(event), ZMQ_DONTWAIT) > 0) {
        fd = event.what == ZMQ_EVENT_DISCONNECTED ? -1 : event.fd;
        (void)zmq_recv(monitor, NULL, 0, 0); /* the address */
    }
    fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    return fd < 0 ? 0 : fd;
}

static void drain(int fd)
{
    struct pollfd poll_fd = { .fd = fd };

    (void)shutdown(fd, SHUT_WR);
    while (poll(&poll_fd, 1, ZEROMQ_LINGER_MS) < 0 && errno == EINTR)
        continue;
    fd_close(&fd);
}

void zeromq_close(void *context, void *socket, void *monitor)
{
    int connection = 0;

    if (monitor) {
        connection = copy_connection(monitor);
        /* Or the next event has nowhere to go, and leaks. */
        (void)zmq_socket_monitor(socket, NULL, 0);
        (void)zmq_close(monitor);
    }
    if (socket)
        (void)zmq_close(socket);
    while (context && zmq_ctx_term(context) < 0 && errno == EINTR)
        continue;
    if (connection)
        drain(connection);
}
