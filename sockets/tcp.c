/* SPDX-License-Identifier: MIT */
/*
 * tcp.c -- a TCP connection, within this machine or between two
 *
 * Rendezvous   a free port of 127.0.0.1, recorded; or --at tcp://HOST:PORT
 * Framing      none: a byte stream, so each frame travels behind its size
 * Copies       2: sender's buffer -> kernel -> receiver's buffer
 * Waiting      write(2) while full, read(2) while empty (shared/frame/stream.c)
 * End          closing the sender's socket: end of file, here a dead sender
 * Limits       buffers that the kernel tunes, to some 4 MiB, or of a given size
 * Leftovers    the record; a closed port rests for a minute (TIME_WAIT)
 * Trust        each end proves a token; at a URL, by --secret or tcp+tls://
 * Manual       tcp(7), ip(7)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/frame/stream.h"
#include "shared/net/guests.h"
#include "shared/net/socket_buffer.h"
#include "shared/net/tcp_meeting.h"
#include "shared/net/tls.h"
#include "shared/net/token.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum { SEND_BUFFER, RECEIVE_BUFFER }; /* options */

struct state {
    int listener; /* until the connection stands */
    int fd;
    const struct url *at;
    char token[TOKEN_SIZE + 1];
    struct channel_config config; /* the creator's */
    bool created; /* this process made the record, destroy removes it */
    struct stream stream;
};

static const struct channel_option options[] = {
    [SEND_BUFFER] = { "send-buffer",
                      "bytes, as the kernel counts them, 0: it tunes",
                      .most = INT_MAX },
    [RECEIVE_BUFFER] = { "receive-buffer", "bytes, likewise", .most = INT_MAX },
    { 0 },
};

static int bind_port(struct state *s, const struct url *at, unsigned port)
{
    struct address address;
    const int on = 1;
    int r;

    r = address_find(at, port, &address);
    if (r < 0)
        return r;
    s->listener = socket(address.storage.ss_family,
                         SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->listener < 0)
        return -errno;
    /* A port that somebody chose is in use again at once. */
    if ((port > 0 && setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &on,
                                sizeof(on)) < 0) ||
        bind(s->listener, (struct sockaddr *)&address.storage, address.length) <
            0)
        return -errno;
    return 0;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    const size_t *wanted = config->options;
    int send_size, receive_size, r;

    r = bind_port(s, config->at, channel_port(config, 0));
    if (r < 0)
        return r;
    send_size = socket_set_buffer(s->listener, SO_SNDBUF, wanted[SEND_BUFFER]);
    if (send_size < 0)
        return send_size;
    receive_size =
        socket_set_buffer(s->listener, SO_RCVBUF, wanted[RECEIVE_BUFFER]);
    if (receive_size < 0)
        return receive_size;
    if (listen(s->listener, SOMAXCONN) < 0)
        return -errno;
    r = token_publish(s->listener, config->dir, config->name, s->token);
    if (r < 0)
        return r;
    s->config = *config;
    s->created = true;
    /* Only what was given: told a size, the kernel stops tuning a buffer. */
    if (wanted[SEND_BUFFER])
        ret_effective->options[SEND_BUFFER] = (size_t)send_size;
    if (wanted[RECEIVE_BUFFER])
        ret_effective->options[RECEIVE_BUFFER] = (size_t)receive_size;
    ret_effective->frames_held =
        socket_frames_held((size_t)send_size + (size_t)receive_size,
                           STREAM_PREFIX + config->frame_max, SIZE_MAX);
    return 0;
}

/* Off by default: a small frame would wait for the last to be answered. And
 * encrypted, where --at says so. */
static int begin(int *fd, const struct url *at, bool owner)
{
    const int on = 1;

    if (setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
        return fd_error(errno);
    return tls_begin(at, owner, fd);
}

/* What it is asked begins what it says. If it has gone again, that shows. */
static int let_in(struct guests *guests, int fd, const struct url *at)
{
    struct guest *guest;
    int r;

    if (fd > 0 && begin(&fd, at, true) < 0)
        fd_close(&fd);
    if (fd == 0)
        return 0;
    r = guests_add(guests, fd);
    if (r < 0 || fd < 0)
        return r;
    guest = &guests->guest[guests->count - 1];
    r = proof_draw(guest->said);
    guest->said_size = PROOF_NUMBER;
    (void)write_all(fd, guest->said, PROOF_NUMBER);
    return r;
}

/* Waits until one connects who knows the token. Nobody else is let in after
 * that. */
static int accept_peer(struct state *s, const struct url *at)
{
    struct guests guests = { .word_size = PROOF_TALK };
    int r;

    do {
        r = guests_await(&guests, s->listener, -1, &s->fd);
        if (r == GUESTS_KNOCK)
            r = let_in(&guests, accept4(s->listener, NULL, NULL, SOCK_CLOEXEC),
                       at);
        if (r == GUESTS_FOUND &&
            token_answer(s->fd, s->token, at, guests.guest[guests.count].said) <
                0) {
            fd_close(&s->fd); /* it does not, or has gone */
            r = 0;
        }
    } while (r == 0 || r == -EPROTO);
    guests_close(&guests);
    fd_close(&s->listener);
    return r < 0 ? r : 0;
}

static int connect_peer(struct state *s, const struct channel_config *config)
{
    struct address address;
    int r;

    /* Kept open, this copy would hide the owner's death. */
    fd_close(&s->listener);
    r = token_find(config->dir, config->name, config->at, &address, s->token);
    if (r < 0)
        return r;
    s->fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0)
        return -errno;
    r = socket_set_buffer(s->fd, SO_SNDBUF, config->options[SEND_BUFFER]);
    if (r < 0)
        return r;
    r = socket_set_buffer(s->fd, SO_RCVBUF, config->options[RECEIVE_BUFFER]);
    if (r < 0)
        return r;
    while (connect(s->fd, (struct sockaddr *)&address.storage, address.length) <
           0)
        if (errno != EINTR)
            return fd_error(errno);
    r = begin(&s->fd, config->at, false);
    return r < 0 ? r : token_show(s->fd, s->token, config->at);
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    int r;

    s->at = config->at;
    r = end->owner ? accept_peer(s, config->at) : connect_peer(s, config);
    if (r < 0)
        return r;
    return stream_open(&s->stream, s->fd, config->frame_max, 0);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;

    (void)size;
    *ret_block = stream_loan(&s->stream);
    return 0;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;

    /* The first frame after the receiver's death may still seem to be sent. */
    return stream_send(&s->stream, size);
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;

    return stream_receive(&s->stream, ret_block, ret_size);
}

static int release(void *state)
{
    (void)state;
    return 0;
}

/*
 * How the two part: the kernel stays behind for a sender that has gone.
 *
 *      sender                                receiver
 *        close: gone --- data, FIN ------->    reads all that was sent; then
 *                    again, until they are      end of file
 *                    <-- acknowledged ----
 *                    <-- FIN -------------     close: gone
 *
 *        send        --- data ------------>    close, too early: gone
 *        -EPIPE: the <-- RST, no such -----
 *        next time       connection
 *
 * A socket that is closed with input unread would send RST as well, and the
 * peer lose what is on its way: but a channel goes one way, and what the two
 * said before is read.
 */
static void detach(void *state)
{
    struct state *s = state;

    stream_close(&s->stream);
    tls_drain(s->at, s->fd);
    fd_close(&s->fd);
    fd_close(&s->listener);
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->created)
        channel_forget_name(&s->config, "port");
    s->created = false;
}

const struct channel_ops tcp_channel = {
    .name = "tcp",
    .traits = CHANNEL_SEES_DEATH | CHANNEL_POLLABLE | CHANNEL_OTHER_LANGUAGES |
              CHANNEL_GUARDED,
    .message_max = 0,
    .state_size = sizeof(struct state),
    .options = options,
    .meeting = &tcp_meeting,
    .create = create,
    .attach = attach,
    .reserve = reserve,
    .commit = commit,
    .acquire = acquire,
    .release = release,
    .detach = detach,
    .destroy = destroy,
};
