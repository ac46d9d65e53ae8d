/* SPDX-License-Identifier: MIT */
/*
 * udp.c -- UDP datagrams within this machine, made reliable by hand
 *
 * Rendezvous   a free port of 127.0.0.1, recorded in the private directory
 * Framing      datagrams of up to 15 KiB: a larger frame travels in several
 * Copies       4: sender's buffer -> window -> kernel -> window -> receiver's
 * Waiting      a condition variable; a thread of its own acknowledges, resends
 * End          told in a datagram; a dead peer's port is refused, 0.2 s later
 * Limits       a window of datagrams, as many as a receive buffer surely holds
 * Leftovers    the record; datagrams die with the sockets
 * Trust        both ends prove a secret token; then other ports are not heard
 * Manual       udp(7), RFC 9293 (what TCP does for you), sockets/udp_reliable.h
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "shared/base/fd.h"
#include "shared/frame/packet.h"
#include "shared/net/socket_buffer.h"
#include "shared/net/token.h"
#include "sockets/udp_reliable.h"
#include "sockets/udp_wire.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum { RECEIVE_BUFFER, SENT }; /* options */

/* With the kernel's own it fills four pages. */
enum { MESSAGE_MAX = 15360 };

struct state {
    int fd;
    char token[TOKEN_SIZE + 1];
    struct channel_config config; /* the creator's */
    bool created; /* this process made the record, destroy removes it */
    struct packet packet;
    struct reliable reliable;
};

static const struct channel_option options[] = {
    [RECEIVE_BUFFER] = { "receive-buffer", "bytes, as the kernel counts them",
                         1 << 20, .most = INT_MAX },
    [SENT] = { "sent", "percent of datagrams, to see it mend a loss", 100,
               .least = 10, .most = 100 },
    { 0 },
};

/* The window is so small that no datagram is lost for want of room: that shows
 * what a lost one costs. */
static unsigned window(size_t buffer)
{
    const size_t fit =
        socket_frames_held(buffer, PACKET_PREFIX + MESSAGE_MAX, MESSAGE_MAX);

    return fit < 1                     ? 1
           : fit > RELIABLE_WINDOW_MAX ? RELIABLE_WINDOW_MAX
                                       : (unsigned)fit;
}

static int bind_free_port(struct state *s)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr = { htonl(INADDR_LOOPBACK) },
    };

    s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0)
        return -errno;
    return bind(s->fd, (const struct sockaddr *)&address, sizeof(address)) < 0
               ? -errno
               : 0;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    int size, r;

    r = bind_free_port(s);
    if (r < 0)
        return r;
    size = socket_set_buffer(s->fd, SO_RCVBUF, config->options[RECEIVE_BUFFER]);
    if (size < 0)
        return size;
    r = token_publish(s->fd, config->dir, config->name, s->token);
    if (r < 0)
        return r;
    s->config = *config;
    s->created = true;
    ret_effective->options[RECEIVE_BUFFER] = (size_t)size;
    ret_effective->options[SENT] = config->options[SENT];
    ret_effective->frames_held =
        window((size_t)size) / packet_count(config->frame_max, MESSAGE_MAX);
    return 0;
}

static int call_owner(struct state *s, const struct channel_config *config)
{
    struct address address;
    int size, r;

    /* Kept open, this copy would hide the owner's death. */
    fd_close(&s->fd);
    r = token_find(config->dir, config->name, NULL, &address, s->token);
    if (r == 0)
        r = bind_free_port(s);
    if (r < 0)
        return r;
    size = socket_set_buffer(s->fd, SO_RCVBUF, config->options[RECEIVE_BUFFER]);
    if (size < 0)
        return size;
    if (connect(s->fd, (struct sockaddr *)&address.storage, address.length) < 0)
        return fd_error(errno);
    return reliable_call(s->fd, s->token);
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    struct reliable_config reliable = {
        .token = s->token,
        .packet_size = MESSAGE_MAX,
        .window = window(config->options[RECEIVE_BUFFER]),
        .sent = (unsigned)config->options[SENT],
    };
    int r;

    r = end->owner ? reliable_answer(s->fd, s->token) : call_owner(s, config);
    if (r == 0)
        r = packet_open(&s->packet, config->frame_max, MESSAGE_MAX);
    if (r < 0)
        return r;
    return reliable_open(&s->reliable, s->fd, end->role == CHANNEL_SENDER,
                         end->owner, &reliable);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;

    (void)size;
    *ret_block = packet_loan(&s->packet);
    return 0;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;
    const void *part;
    size_t part_size;
    int r = 0;

    packet_seal(&s->packet, size);
    while (r == 0 && packet_next(&s->packet, &part, &part_size))
        r = reliable_send(&s->reliable, part, part_size);
    return r;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    const void *part;
    size_t size;
    int r;

    packet_restart(&s->packet);
    do {
        r = reliable_receive(&s->reliable, &part, &size);
        if (r < 0)
            return r;
        memcpy(packet_room(&s->packet), part, size);
        r = packet_add(&s->packet, size);
    } while (r == 0);
    if (r < 0)
        return r;
    *ret_block = packet_frame(&s->packet, ret_size);
    return 0;
}

static int release(void *state)
{
    (void)state;
    return 0;
}

static void detach(void *state)
{
    struct state *s = state;

    reliable_close(&s->reliable);
    packet_close(&s->packet);
    fd_close(&s->fd);
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->created)
        channel_forget_name(&s->config, "port");
    s->created = false;
}

const struct channel_ops udp_channel = {
    .name = "udp",
    .traits = CHANNEL_OWN_THREADS | CHANNEL_SEES_DEATH | CHANNEL_GUARDED,
    .message_max = MESSAGE_MAX,
    .state_size = sizeof(struct state),
    .options = options,
    .libraries = "libxxhash, libcrypto",
    .create = create,
    .attach = attach,
    .reserve = reserve,
    .commit = commit,
    .acquire = acquire,
    .release = release,
    .detach = detach,
    .destroy = destroy,
};
