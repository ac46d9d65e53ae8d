/* SPDX-License-Identifier: MIT */
/*
 * zeromq_close.h -- close a ZeroMQ socket without losing what was sent on it
 *
 * ZMQ_LINGER alone does not: libzmq (seen with 4.3.4) lingers only until the
 * kernel has the last byte, and a PULL socket whose queue is full drops what
 * it has not read yet when a Unix socket is closed behind it. So a sender ends
 * its half of the connection, and waits until the receiver has read it all and
 * hung up. Built only where libzmq is installed.
 *
 *      sender                               receiver
 *        open     ------ messages ------->    open
 *        close:   lingers until the kernel
 *                 has the last byte
 *                 ------ end of file ---->    reads all that came before; takes
 *        waits                                its time
 *        closed   <----- end of file -----    close
 *
 * If the receiver leaves first, what is sent then has nobody, and the sender
 * finds its peer gone when it closes: it does not wait.
 */
#ifndef QUEUES_ZEROMQ_CLOSE_H
#define QUEUES_ZEROMQ_CLOSE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    ZEROMQ_LINGER_MS = 10000,
    ZEROMQ_PEERS_MAX = 32,
    ZEROMQ_CONNECTIONS_MAX = 128,
};

/*
 * A sender's connections, which only a monitor of its socket tells of: those of
 * its peers and, until libzmq has turned them away, of strangers. Which are
 * whose it does not tell.
 */
struct zeromq_peers {
    void *monitor; /* NULL: none */
    int fd[ZEROMQ_CONNECTIONS_MAX];
    unsigned count;
    unsigned admitted; /* of them: the peers */
    bool failed;       /* the next to be disconnected was none */
};

/* zeromq_watch makes a monitor. Called before bind or connect. */
int zeromq_watch(void *context, void *socket, struct zeromq_peers *ret_peers);

/* zeromq_await blocks until so many peers have connected. */
int zeromq_await(struct zeromq_peers *peers, unsigned count);

/* zeromq_set_send_buffer gives each Unix socket to a peer a send buffer of so
 * many bytes (socket_buffer.h): libzmq has an option for TCP's alone. */
void zeromq_set_send_buffer(struct zeromq_peers *peers, size_t size);

/* zeromq_close closes all three; context and socket may be NULL. It blocks for
 * up to twice ZEROMQ_LINGER_MS; a socket without a monitor lingers as it is
 * set. */
void zeromq_close(void *context, void *socket, struct zeromq_peers *peers);

#endif
