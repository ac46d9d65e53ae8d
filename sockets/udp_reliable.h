/* SPDX-License-Identifier: MIT */
/*
 * udp_reliable.h -- every datagram once and in order, though the network loses,
 * doubles and reorders them
 *
 *      owner       reliable_answer  ...  reliable_open ... reliable_close
 *      the other   reliable_call         reliable_open ... reliable_close
 *
 * One end sends, the other receives. What TCP does, in small (RFC 9293, with
 * the selective acknowledgements of RFC 2018 and the timer of RFC 6298): the
 * packets are numbered; the sender keeps each until it is acknowledged, and
 * sends it again when that takes too long, or when one that is three later has
 * arrived (RFC 9002); the receiver keeps what comes early, drops what comes
 * twice, and says how far it has room. What it lacks is congestion control: it
 * is for the loopback, or a network of one's own.
 *
 *      sender                               receiver
 *        open    ------ DATA, ALIVE ----->    open
 *                <----- ACKNOWLEDGE ------
 *        close:  ------ END ------------->    acknowledges it, as a packet;
 *        ending   again, until it has         then waits for its user
 *                 an answer
 *                <----- ACKNOWLEDGE ------
 *        closed  <----- GONE -------------    close: answers what has come,
 *                <-- refused, no port ----    says that it goes; closed
 *
 * Either may leave first. A receiver that has all it wants does not wait for
 * the end: whatever comes later is answered by GONE, which may be lost, or
 * refused. A sender lingers until END is answered in one of these three ways,
 * or RELIABLE_LINGER_MS have passed: so nobody but the two may hold their
 * sockets, or nothing is refused.
 *
 * A thread of the endpoint does that, whatever its user does meanwhile. Twice
 * in a second it also tells the peer that it is there, which is how a peer's
 * death is seen: nobody has its port any more, so the kernel refuses. A peer
 * that is silent for RELIABLE_SILENCE_MS counts as gone, too.
 */
#ifndef SOCKETS_UDP_RELIABLE_H
#define SOCKETS_UDP_RELIABLE_H

#include "sockets/udp_round_trip.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RELIABLE_WINDOW_MAX = 64, /* packets: a bit each in an acknowledgement */
    RELIABLE_TICK_MS = 200,   /* between two signs of life */
    RELIABLE_SILENCE_MS = 10000,
    RELIABLE_LINGER_MS = 10000,
};

/* Both ends of a connection have the same. */
struct reliable_config {
    const char *token;  /* TOKEN_SIZE characters (shared/net/token.h) */
    size_t packet_size; /* largest payload */
    unsigned window;    /* packets on their way, 1 to RELIABLE_WINDOW_MAX */
    unsigned sent;      /* percent of datagrams, as a lesson; 100: all */
};

struct reliable_packet {
    unsigned char *datagram; /* header and payload */
    size_t size;             /* of the payload */
    uint64_t sent_ns;        /* last */
    unsigned sent;           /* how often */
    bool held;               /* by the receiver */
};

/* The lock guards what is below it. Owner: both threads of an endpoint. */
struct reliable {
    struct reliable_config config;
    uint64_t tag;
    int fd; /* the caller's */
    int timer;
    bool sends;
    bool answers;
    bool running;
    pthread_t thread;
    unsigned char *memory;
    unsigned char *spare; /* the receiver's, for the next datagram */
    uint64_t random;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t first;    /* not yet acknowledged; not yet given out */
    uint64_t next;     /* to be sent; the first that has not arrived */
    uint64_t room_end; /* the sender's: the first there is no room for */
    uint64_t last;     /* the receiver's: the number of the end, once known */
    struct round_trip round_trip;
    uint64_t tick_ns;  /* when the next sign of life is due */
    uint64_t timer_ns; /* when the thread wakes up for it, or before */
    unsigned silence;  /* ticks, in a row, at which nothing had been heard */
    bool heard;
    bool lent; /* the receiver's first */
    bool closing;
    int error;                /* negative errno, or 0 */
    uint64_t resent, doubled; /* how often, for who takes the lock */
    struct reliable_packet packet[RELIABLE_WINDOW_MAX];
};

/* reliable_open starts the endpoint's thread on a connected socket, which
 * stays the caller's. `answers`: the one that called reliable_answer. -ENOMEM,
 * -EAGAIN, errors of timerfd_create(2). Pair with reliable_close. */
int reliable_open(struct reliable *r, int fd, bool sends, bool answers,
                  const struct reliable_config *config);

/* reliable_send copies a packet's payload and sends it; it blocks while the
 * window is full. -EPIPE when the peer is gone. */
int reliable_send(struct reliable *r, const void *payload, size_t size);

/* reliable_receive lends the next payload, until the next call. -EPIPE at the
 * end, and when the peer is gone. */
int reliable_receive(struct reliable *r, const void **ret_payload,
                     size_t *ret_size);

/* reliable_close of a sender waits until all has been acknowledged, for up to
 * RELIABLE_LINGER_MS. Safe on zeroed memory. */
void reliable_close(struct reliable *r);

#endif
