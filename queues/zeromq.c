/* SPDX-License-Identifier: MIT */
/*
 * zeromq.c -- ZeroMQ: a PUSH and a PULL socket of libzmq
 *
 * Rendezvous   a path for each end of the owner; or --at tcp://HOST:PORT
 * Framing      messages; libzmq puts a header of its own before each
 * Copies       2: sender's buffer -> kernel -> message; below 8 KiB one more
 * Waiting      zmq_msg_send(3) while it is full, zmq_msg_recv(3) while empty
 * End          not seen: libzmq hides a lost peer and connects again
 * Limits       512 KiB or depth messages on either side, more in the kernel
 * Leftovers    the paths, until destroy; messages die with their process
 * Trust        whoever names the session; with --at and --secret, CURVE's keys
 * Manual       zmq_ipc(7), zmq_tcp(7), zmq_setsockopt(3), zmq_msg_init_data(3)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "queues/zeromq_admit.h"
#include "queues/zeromq_close.h"
#include "queues/zeromq_descriptors.h"
#include "queues/zeromq_place.h"
#include "queues/zeromq_settings.h"
#include "shared/net/tcp_meeting.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zmq.h>

enum { QUEUE_SIZE, SEND_BUFFER }; /* options */

enum { DESCRIPTORS = 24 }; /* for an end; without one libzmq aborts */

struct state {
    struct zeromq_place place;
    size_t frame_max;
    void *context;
    void *socket;
    struct zeromq_admit admit; /* the owner's */
    struct zeromq_peers peers; /* the sender's */
    size_t send_buffer;        /* to be set once they are there; then 0 */
    unsigned char *memory;     /* the sender's, owned until it is sent */
    unsigned char *block;      /* its loan, in memory */
    zmq_msg_t message;         /* the receiver's loan */
};

static const struct channel_option options[] = {
    [QUEUE_SIZE] = { "queue-size", "bytes of messages on either side",
                     .fallback = 512 << 10 },
    /* A Unix socket's: TCP's is tuned by the kernel. */
    [SEND_BUFFER] = { "send-buffer", "bytes, as the kernel counts them",
                      1 << 20, .most = INT_MAX },
    { 0 },
};

static void find_place(struct state *s, const struct channel_config *config)
{
    s->place.dir = config->dir;
    s->place.name = config->name;
    s->place.at = config->at;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    const unsigned ends = config->senders > config->receivers
                              ? config->senders
                              : config->receivers;
    struct state *s = state;
    int r = 0;

    if (config->depth > INT_MAX || ends > ZEROMQ_PEERS_MAX)
        return -EINVAL;
    find_place(s, config);
    while (r == 0 && s->place.claimed < ends)
        r = zeromq_place_claim(&s->place,
                               channel_port(config, s->place.claimed));
    if (r < 0)
        return r;
    ret_effective->options[QUEUE_SIZE] = config->options[QUEUE_SIZE];
    ret_effective->options[SEND_BUFFER] = config->options[SEND_BUFFER];
    /* A queue hears in batches of half its mark what was taken from it. So a
     * side surely takes half of depth, rounded up, and both sides depth. */
    ret_effective->depth =
        zeromq_queue_depth(config, config->options[QUEUE_SIZE]);
    ret_effective->frames_held = ret_effective->depth;
    return 0;
}

/* The owner's end binds its place; the others connect to all of them. */
static int meet(struct state *s, const struct channel_config *config,
                const struct channel_end *end)
{
    const bool sender = end->role == CHANNEL_SENDER;
    const unsigned owners = sender ? config->receivers : config->senders;
    const unsigned first = end->owner ? end->index : 0;
    const unsigned count = end->owner ? 1 : owners;
    int r = 0;

    for (unsigned i = first; r == 0 && i < first + count; i++)
        r = end->owner ? zeromq_place_bind(&s->place, i, s->socket)
                       : zeromq_place_connect(&s->place, i, s->socket);
    /* Other copies would keep a port open that its owner has left. */
    zeromq_place_close(&s->place);
    if (r < 0)
        return r;
    /* Messages go to who is there: so wait for all, to share among all. */
    return s->peers.monitor && count > 1 ? zeromq_await(&s->peers, count) : 0;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    const bool sender = end->role == CHANNEL_SENDER;
    struct state *s = state;
    int r;

    find_place(s, config);
    s->frame_max = config->frame_max;
    s->send_buffer = config->options[SEND_BUFFER];
    r = zeromq_descriptors_check(DESCRIPTORS);
    if (r < 0)
        return r;
    /* Not in create: the threads of a context do not survive fork. */
    s->context = zmq_ctx_new();
    if (!s->context)
        return -errno;
    s->socket = zmq_socket(s->context, sender ? ZMQ_PUSH : ZMQ_PULL);
    if (!s->socket)
        return -errno;
    r = zeromq_set(s->socket, config, sender);
    if (r == 0 && sender)
        r = zeromq_watch(s->context, s->socket, &s->peers);
    if (r == 0)
        r = end->owner
                ? zeromq_admit_open(&s->admit, s->context, s->socket, config)
                : zeromq_admit_ask(s->socket, config);
    return r < 0 ? r : meet(s, config, end);
}

/* The memory of a zmq_msg is not aligned to 64, so the loan is our own; and
 * posix_memalign(3) would cut and join pieces for each message. */
static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;

    s->memory = malloc(size + CHANNEL_ALIGN);
    if (!s->memory)
        return -ENOMEM;
    s->block = s->memory + CHANNEL_ALIGN - (uintptr_t)s->memory % CHANNEL_ALIGN;
    *ret_block = s->block;
    return 0;
}

/* Called by libzmq, on a thread of its own, when the message has gone. */
static void free_memory(void *block, void *memory)
{
    (void)block;
    free(memory);
}

static int commit(void *state, size_t size)
{
    struct state *s = state;
    zmq_msg_t message;
    int r;

    if (zmq_msg_init_data(&message, s->block, size, free_memory, s->memory) < 0)
        return -errno;
    s->memory = NULL;
    do
        r = zmq_msg_send(&message, s->socket, 0) < 0 ? -errno : 0;
    while (r == -EINTR);
    if (r < 0)
        (void)zmq_msg_close(&message);
    /* libzmq took the message, so a peer is there. */
    else if (s->send_buffer > 0)
        zeromq_set_send_buffer(&s->peers, s->send_buffer);
    s->send_buffer = 0;
    return r;
}

static int receive(struct state *s)
{
    int r;

    do
        r = zmq_msg_recv(&s->message, s->socket, 0) < 0 ? -errno : 0;
    while (r == -EINTR);
    return r;
}

/* A message of several parts is refused, and so is its last part. */
static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    bool parts = false;
    size_t size;
    int r;

    (void)zmq_msg_init(&s->message);
    while ((r = receive(s)) == 0 && zmq_msg_more(&s->message))
        parts = true;
    size = zmq_msg_size(&s->message);
    if (r == 0 && (size == 0 || size > s->frame_max || parts))
        r = -EPROTO;
    if (r < 0) {
        (void)zmq_msg_close(&s->message);
        return r;
    }
    *ret_block = zmq_msg_data(&s->message);
    *ret_size = size;
    return 0;
}

static int release(void *state)
{
    struct state *s = state;

    return zmq_msg_close(&s->message) < 0 ? -errno : 0;
}

static void detach(void *state)
{
    struct state *s = state;

    free(s->memory);
    s->memory = NULL;
    /* Refused, and no harm done, when nothing is on loan. */
    (void)zmq_msg_close(&s->message);
    zeromq_close(s->context, s->socket, &s->peers);
    zeromq_admit_close(&s->admit);
    s->context = s->socket = NULL;
    zeromq_place_close(&s->place);
}

static void destroy(void *state)
{
    struct state *s = state;

    zeromq_place_remove(&s->place);
}

const struct channel_ops zeromq_channel = {
    .name = "zeromq",
    .traits = CHANNEL_OWN_THREADS | CHANNEL_MANY_SENDERS |
              CHANNEL_MANY_RECEIVERS | CHANNEL_POLLABLE | CHANNEL_BY_DIRECTORY |
              CHANNEL_OTHER_LANGUAGES | CHANNEL_GUARDED,
    .message_max = 0,
    .state_size = sizeof(struct state),
    .options = options,
    .meeting = &curve_meeting,
    .libraries = "libzmq, libcrypto",
    .create = create,
    .attach = attach,
    .reserve = reserve,
    .commit = commit,
    .acquire = acquire,
    .release = release,
    .detach = detach,
    .destroy = destroy,
};
