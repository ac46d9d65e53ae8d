/* SPDX-License-Identifier: MIT */
/*
 * unix_stream.c -- a Unix domain stream socket
 *
 * Rendezvous   a socket's path in the private directory, to connect to
 * Framing      none: a byte stream, so each frame travels behind its size
 * Copies       2: sender's buffer -> kernel -> receiver's buffer
 * Waiting      write(2) while the buffer is full, read(2) while it is empty
 * End          closing the sender's socket: end of file, here a dead sender
 * Limits       208 KiB in flight with bookkeeping, unless send-buffer raises it
 * Leftovers    the path, until unlink(2); what was in flight goes by itself
 * Trust        the path's mode, 0600, and SO_PEERCRED: processes of one user
 * Manual       unix(7)
 */
#include "ipc/channel.h"
#include "shared/fd.h"
#include "shared/socket.h"
#include "shared/stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { SEND_BUFFER }; /* options; SO_RCVBUF means nothing here */

struct state {
    int listener; /* until the connection stands */
    int fd;
    struct sockaddr_un address;
    bool made; /* the path, by this process */
    struct stream stream;
};

static const struct channel_option options[] = {
    [SEND_BUFFER] = { "send-buffer", "bytes, as the kernel counts them", 0 },
    { 0 },
};

static int find_address(struct state *s, const struct channel_config *config)
{
    char path[PATH_MAX];
    int r;

    r = channel_path(config, ".sock", path);
    if (r < 0)
        return r;
    if (strlen(path) >= sizeof(s->address.sun_path))
        return -ENAMETOOLONG;
    s->address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(s->address.sun_path, path, strlen(path));
    return 0;
}

/* Whether the other end belongs to the same user. */
static int check_peer(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
        return -errno;
    return peer.uid == geteuid() ? 0 : -EPERM;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    struct sockaddr *address = (struct sockaddr *)&s->address;
    int r;

    r = find_address(s, config);
    if (r < 0)
        return r;
    s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->listener < 0)
        return -errno;
    r = socket_set_buffer(s->listener, SO_SNDBUF, config->options[SEND_BUFFER]);
    if (r < 0)
        return r;
    /* bind(2) gives the path the mode of its socket: never a moment wider. */
    if (fchmod(s->listener, 0600) < 0)
        return -errno;
    if (bind(s->listener, address, sizeof(s->address)) < 0)
        return -errno;
    s->made = true;
    if (listen(s->listener, SOMAXCONN) < 0)
        return -errno;
    ret_effective->options[SEND_BUFFER] = (size_t)r;
    ret_effective->frames_held =
        stream_frames_in_buffers((size_t)r, config->frame_max);
    return 0;
}

/* A stranger is turned away, and the next one asked. */
static int accept_peer(struct state *s)
{
    for (;;) {
        s->fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
        if (s->fd < 0 && errno == EINTR)
            continue;
        if (s->fd < 0)
            return -errno;
        if (check_peer(s->fd) == 0)
            break;
        fd_close(&s->fd);
    }
    fd_close(&s->listener);
    return 0;
}

static int connect_peer(struct state *s, const struct channel_config *config)
{
    struct sockaddr *address = (struct sockaddr *)&s->address;
    int r;

    /* Kept open, this copy would hide the owner's death. */
    fd_close(&s->listener);
    r = find_address(s, config);
    if (r < 0)
        return r;
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0)
        return -errno;
    while (connect(s->fd, address, sizeof(s->address)) < 0)
        if (errno != EINTR)
            return stream_error(errno);
    return check_peer(s->fd);
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    int r;

    r = end->owner ? accept_peer(s) : connect_peer(s, config);
    if (r < 0)
        return r;
    /* An accepted socket does not take over its listener's size. */
    r = socket_set_buffer(s->fd, SO_SNDBUF, config->options[SEND_BUFFER]);
    if (r < 0)
        return r;
    if (end->role == CHANNEL_SENDER)
        return stream_open_sender(&s->stream, s->fd, config->frame_max);
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
        (void)unlink(s->address.sun_path);
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
