/* SPDX-License-Identifier: MIT */
/*
 * zeromq.c -- ZeroMQ: a PUSH and a PULL socket of libzmq over ipc://
 *
 * Rendezvous   the path of a socket: the owner binds it, the other connects
 * Framing      messages; libzmq puts a header of its own before each
 * Copies       2: sender's buffer -> kernel -> message; below 8 KiB one more
 * Waiting      zmq_msg_send(3) while it is full, zmq_msg_recv(3) while empty
 * End          not seen: libzmq hides a lost peer and connects again
 * Limits       depth messages queued on either side, more in the kernel
 * Leftovers    the path, until destroy; messages die with their process
 * Trust        whoever may enter the directory; too long a message is cut off
 * Manual       zmq_ipc(7), zmq_setsockopt(3), zmq_msg_init_data(3)
 */
#include "ipc/channel.h"
#include "shared/fd.h"
#include "shared/zeromq_close.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

enum {
    RECONNECT_MS = 1, /* until the first try again, then doubled */
    RECONNECT_MAX_MS = 100,
    HANDSHAKE_MAX = 256, /* bytes of libzmq's own, under the same limit */
};

struct state {
    char path[PATH_MAX];
    bool created; /* by this state, which may remove it */
    size_t frame_max;
    void *context;
    void *socket;
    void *monitor;     /* the sender's, to learn of its connection */
    void *block;       /* the sender's loan, owned until it is sent */
    zmq_msg_t message; /* the receiver's loan */
};

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    int fd, r;

    r = channel_path(config, ".zmq", s->path);
    if (r < 0)
        return r;
    if (strlen(s->path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
        return -ENAMETOOLONG;
    if (config->depth > INT_MAX)
        return -EINVAL;
    /* libzmq would take a name from whoever has it. So an empty file claims
     * it, and bind puts the socket in its place. */
    fd = open(s->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    fd_close(&fd);
    s->created = true;
    /* A queue hears in batches of half its mark what was taken from it. So a
     * side surely takes half of depth, rounded up, and both sides depth. */
    ret_effective->frames_held = config->depth;
    ret_effective->depth = config->depth;
    return 0;
}

/* Not ZMQ_IMMEDIATE at a receiver: it would drop what is queued there when
 * the sender hangs up. */
static int set_options(void *socket, const struct channel_config *config,
                       bool sender)
{
    const struct {
        int option;
        int value;
    } settings[] = {
        { ZMQ_SNDHWM, (int)config->depth },
        { ZMQ_RCVHWM, (int)config->depth },
        { ZMQ_LINGER, ZEROMQ_LINGER_MS },
        { ZMQ_IMMEDIATE, sender }, /* queue only for a peer that is there */
        { ZMQ_RECONNECT_IVL, RECONNECT_MS },
        { ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS },
    };
    const int64_t message_max = (int64_t)config->frame_max + HANDSHAKE_MAX;

    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        if (zmq_setsockopt(socket, settings[i].option, &settings[i].value,
                           sizeof(settings[i].value)) < 0)
            return -errno;
    if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &message_max,
                       sizeof(message_max)) < 0)
        return -errno;
    return 0;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    const bool sender = end->role == CHANNEL_SENDER;
    struct state *s = state;
    char endpoint[PATH_MAX + sizeof("ipc://")];
    int r;

    r = channel_path(config, ".zmq", s->path);
    if (r < 0)
        return r;
    (void)snprintf(endpoint, sizeof(endpoint), "ipc://%s", s->path);
    s->frame_max = config->frame_max;
    /* Not in create: the threads of a context do not survive fork. */
    s->context = zmq_ctx_new();
    if (!s->context)
        return -errno;
    s->socket = zmq_socket(s->context, sender ? ZMQ_PUSH : ZMQ_PULL);
    if (!s->socket)
        return -errno;
    r = set_options(s->socket, config, sender);
    if (r == 0 && sender)
        r = zeromq_watch(s->context, s->socket, &s->monitor);
    if (r < 0)
        return r;
    r = end->owner ? zmq_bind(s->socket, endpoint)
                   : zmq_connect(s->socket, endpoint);
    return r < 0 ? -errno : 0;
}

/* The memory of a zmq_msg is not aligned to 64, so the loan is our own. */
static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;

    s->block = aligned_alloc(CHANNEL_ALIGN,
                             (size / CHANNEL_ALIGN + 1) * CHANNEL_ALIGN);
    if (!s->block)
        return -ENOMEM;
    *ret_block = s->block;
    return 0;
}

/* Called by libzmq, on a thread of its own, when the message has gone. */
static void free_block(void *block, void *hint)
{
    (void)hint;
    free(block);
}

static int commit(void *state, size_t size)
{
    struct state *s = state;
    zmq_msg_t message;
    int r;

    if (zmq_msg_init_data(&message, s->block, size, free_block, NULL) < 0)
        return -errno;
    s->block = NULL;
    do
        r = zmq_msg_send(&message, s->socket, 0) < 0 ? -errno : 0;
    while (r == -EINTR);
    if (r < 0)
        (void)zmq_msg_close(&message);
    return r;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    size_t size;
    int r;

    (void)zmq_msg_init(&s->message);
    do
        r = zmq_msg_recv(&s->message, s->socket, 0) < 0 ? -errno : 0;
    while (r == -EINTR);
    size = zmq_msg_size(&s->message);
    if (r == 0 &&
        (size == 0 || size > s->frame_max || zmq_msg_more(&s->message)))
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

    free(s->block);
    s->block = NULL;
    /* Refused, and no harm done, when nothing is on loan. */
    (void)zmq_msg_close(&s->message);
    zeromq_close(s->context, s->socket, s->monitor);
    s->context = s->socket = s->monitor = NULL;
}

static void destroy(void *state)
{
    struct state *s = state;

    if (!s->created)
        return;
    (void)unlink(s->path);
    s->created = false;
}

const struct channel_ops zeromq_channel = {
    .name = "zeromq",
    .summary = "ZeroMQ PUSH and PULL sockets over ipc://",
    .traits = 0,
    .message_max = 0,
    .state_size = sizeof(struct state),
    .options = NULL,
    .create = create,
    .attach = attach,
    .reserve = reserve,
    .commit = commit,
    .acquire = acquire,
    .release = release,
    .detach = detach,
    .destroy = destroy,
};
