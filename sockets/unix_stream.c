/* SPDX-License-Identifier: MIT */
/*
 * unix_stream.c -- a Unix domain stream socket
 *
 * Rendezvous   a socket's path in the private directory, to connect to
 * Framing      none: a byte stream, so each frame travels behind its size
 * Copies       2: sender's buffer -> kernel -> receiver's buffer
 * Waiting      write(2) while the buffer is full, read(2) while it is empty
 * End          closing the sender's socket: end of file, here a dead sender
 * Limits       send-buffer bytes with bookkeeping: 1 MiB, wmem_max permitting
 * Leftovers    the path, until unlink(2); what was in flight goes by itself
 * Trust        the path's mode, SO_PEERCRED; who connects names the session
 * Manual       unix(7)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "shared/base/fd.h"
#include "shared/frame/stream.h"
#include "shared/net/socket.h"
#include "shared/net/unix_socket.h"

#include <sys/socket.h>
#include <unistd.h>

enum { SEND_BUFFER }; /* options; SO_RCVBUF means nothing here */

struct state {
    int listener; /* until the connection stands */
    int fd;
    char path[PATH_MAX];
    bool made; /* the path, by this process */
    struct stream stream;
};

static const struct channel_option options[] = {
    [SEND_BUFFER] = { "send-buffer", "bytes, as the kernel counts them",
                      1 << 20, .most = INT_MAX },
    { 0 },
};

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    int r;

    r = channel_path(config, ".sock", s->path);
    if (r == 0)
        r = unix_listen(s->path, SOCK_STREAM, &s->listener);
    if (r < 0)
        return r;
    s->made = true;
    r = socket_set_buffer(s->listener, SO_SNDBUF, config->options[SEND_BUFFER]);
    if (r < 0)
        return r;
    ret_effective->options[SEND_BUFFER] = (size_t)r;
    ret_effective->frames_held =
        stream_frames_in_buffers((size_t)r, config->frame_max);
    return 0;
}

static int connect_peer(struct state *s, const struct channel_config *config)
{
    char path[PATH_MAX];
    int r;

    /* Kept open, this copy would hide the owner's death. */
    fd_close(&s->listener);
    r = channel_path(config, ".sock", path);
    return r < 0 ? r : unix_call(path, SOCK_STREAM, config->seed, &s->fd);
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    int r;

    r = end->owner ? unix_accept(&s->listener, config->seed, &s->fd)
                   : connect_peer(s, config);
    if (r < 0)
        return r;
    /* An accepted socket does not take over its listener's size. */
    r = socket_set_buffer(s->fd, SO_SNDBUF, config->options[SEND_BUFFER]);
    if (r < 0)
        return r;
    if (end->role == CHANNEL_SENDER)
        return stream_open_sender(&s->stream, s->fd, config->frame_max, 0);
    return stream_open_receiver(&s->stream, s->fd, config->frame_max);
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

    if (s->made)
        (void)unlink(s->path);
    s->made = false;
}

const struct channel_ops unix_stream_channel = {
    .name = "unix-stream",
    .summary = "Unix domain stream socket, by path",
    .traits = CHANNEL_SEES_DEATH,
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
