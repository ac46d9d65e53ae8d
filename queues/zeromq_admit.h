/* SPDX-License-Identifier: MIT */
/*
 * zeromq_admit.h -- let only those of this run connect to a ZeroMQ socket
 *
 * libzmq connects again by itself: so the producer of a run whose consumer was
 * killed would bring its jobs to the next consumer at the same place, or take
 * its answers. Here who connects names the session and the channel, as user and
 * password of the PLAIN mechanism; and a thread at the end that listens looks
 * at both (RFC 27/ZAP of ZeroMQ). That is no secret. Where both sides have one,
 * it is CURVE instead (queues/zeromq_curve.h), and the thread looks at the key
 * of who connects. Built only where libzmq is installed.
 */
#ifndef QUEUES_ZEROMQ_ADMIT_H
#define QUEUES_ZEROMQ_ADMIT_H

#include "ipc/channel.h"
#include "queues/zeromq_curve.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct zeromq_admit {
    char session[17];
    const char *channel; /* the caller's */
    bool curve;
    unsigned char guest[ZEROMQ_KEY]; /* by CURVE: the key of who may connect */
    void *door;                      /* the thread's, from when it runs */
    pthread_t thread;
    bool running;
};

/* zeromq_admit_open is for the end that listens, before it binds: it starts the
 * thread, on a socket of the context, and sets the socket's options. It ends
 * with the context: pair with zeromq_admit_close after zmq_ctx_term(3). */
int zeromq_admit_open(struct zeromq_admit *a, void *context, void *socket,
                      const struct channel_config *config);
void zeromq_admit_close(struct zeromq_admit *a);

/* zeromq_admit_ask is for the end that connects, before it does. */
int zeromq_admit_ask(void *socket, const struct channel_config *config);

#endif
