/* SPDX-License-Identifier: MIT */
/*
 * unix_stream.c -- a Unix domain stream socket
 *
 * Rendezvous   a socket's path in the private directory, to connect to
 * Framing      none: a byte stream, so each frame travels behind its size
 * Copies       2: sender's buffer -> kernel -> receiver's buffer
 * Waiting      write(2) while full, read(2) while empty (shared/frame/stream.c)
 * End          closing the sender's socket: end of file, here a dead sender
 * Limits       send-buffer bytes with bookkeeping: 1 MiB, wmem_max permitting
 * Leftovers    the path, until unlink(2); what was in flight goes by itself
 * Trust        the path's mode, SO_PEERCRED; whoever connects names the session
 * Manual       unix(7)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "shared/base/fd.h"
#include "shared/frame/stream.h"
#include "shared/net/socket_buffer.h"
#include "shared/net/unix_socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEND_BUFFER }; /* options; SO_RCVBUF means nothing here */

struct state {
    int listener; /* until the connection stands */
    int fd;
    struct sockaddr_un address;
    bool created; /* the path, by this process */
    struct stream stream;
};

static const struct channel_option options[] = {
    [SEND_BUFFER] = { "send-buffer", "bytes, as the kernel counts them",
                      1 << 20, .most = INT_MAX },
    { 0 },
};

static int find_address(struct state *s, const struct channel_config *config)
{
    char path[PATH_MAX];
    int r;

    r = channel_path(config, ".sock", path);
    return r < 0 ? r : unix_address(path, &s->address);
}

static int listen_at_path(struct state *s)
{
    s->listener =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->listener < 0)
        return -errno;
    /* bind(2) gives the path the mode of its socket: never a moment wider. */
    if (fchmod(s->listener, 0600) < 0 ||
        bind(s->listener, (struct sockaddr *)&s->address, sizeof(s->address)) <
            0)
        return -errno;
    s->created = true;
    return listen(s->listener, SOMAXCONN) < 0 ? -errno : 0;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    int r;

    r = find_address(s, config);
    if (r == 0)
        r = listen_at_path(s);
    if (r < 0)
        return r;
    r = socket_set_buffer(s->listener, SO_SNDBUF, config->options[SEND_BUFFER]);
    if (r < 0)
        return r;
    ret_effective->options[SEND_BUFFER] = (size_t)r;
    ret_effective->frames_held = socket_frames_held(
        (size_t)r, STREAM_PREFIX + config->frame_max, SIZE_MAX);
    return 0;
}

/* Waits until one of the same user connects and names the session. Nobody else
 * is let in after that. */
static int accept_peer(struct state *s, uint64_t session)
{
    struct guests guests = { .word = &session, .word_size = sizeof(session) };
    int r;

    do {
        r = guests_await(&guests, s->listener, -1, &s->fd);
        if (r == GUESTS_KNOCK)
            r = unix_add(&guests,
                         accept4(s->listener, NULL, NULL, SOCK_CLOEXEC));
    } while (r == 0 || r == -EPROTO);
    guests_close(&guests);
    fd_close(&s->listener);
    return r < 0 ? r : 0;
}

/* connect(2) blocks while the listener's queue is full. */
static int connect_peer(struct state *s, const struct channel_config *config)
{
    int r;

    /* Kept open, this copy would hide the owner's death. */
    fd_close(&s->listener);
    r = find_address(s, config);
    if (r < 0)
        return r;
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0)
        return -errno;
    while (connect(s->fd, (struct sockaddr *)&s->address, sizeof(s->address)) <
           0)
        if (errno != EINTR)
            return fd_error(errno);
    r = unix_check_peer(s->fd);
    while (r == 0 && send(s->fd, &config->seed, sizeof(config->seed), 0) < 0)
        r = errno == EINTR ? 0 : fd_error(errno);
    return r;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    int r;

    r = end->owner ? accept_peer(s, config->seed) : connect_peer(s, config);
    if (r < 0)
        return r;
    /* An accepted socket does not take over its listener's size. */
    r = socket_set_buffer(s->fd, SO_SNDBUF, config->options[SEND_BUFFER]);
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

static void detach(void *state)
{
    struct state *s = state;

    stream_close(&s->stream);
    fd_close(&s->fd);
    fd_close(&s->listener);
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->created)
        (void)unlink(s->address.sun_path);
    s->created = false;
}

const struct channel_ops unix_stream_channel = {
    .name = "unix-stream",
    .traits = CHANNEL_SEES_DEATH | CHANNEL_POLLABLE | CHANNEL_BY_DIRECTORY |
              CHANNEL_OTHER_LANGUAGES | CHANNEL_GUARDED,
    .message_max = 0,
    .state_size = sizeof(struct state),
    .options = options,
    .create = create,
    .attach = attach,
    .reserve = reserve,
    .commit = commit,
    .acquire = acquire,
    .release = release,
    .detach = detach,
    .destroy = destroy,
};
