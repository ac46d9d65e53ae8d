/* SPDX-License-Identifier: MIT */
/*
 * unix_dgram.c -- a Unix domain socket of datagrams
 *
 * Rendezvous   the receiver's path in the private directory, to send to
 * Framing      datagrams, half a buffer long: a larger frame travels in several
 * Copies       2: sender's buffer -> kernel's datagram -> receiver's buffer
 * Waiting      send(2) while 11 datagrams wait, recv(2) while none does
 * End          the sender sees that nobody receives; the receiver sees nothing
 * Limits       11 datagrams in flight (max_dgram_qlen), 1 MiB at a sender
 * Leftovers    the path, until unlink(2); what was in flight dies with the ends
 * Trust        the path's mode, 0600: any process of the same user may send
 * Manual       unix(7), send(2), recv(2)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "shared/base/fd.h"
#include "shared/base/kernel.h"
#include "shared/dir/record.h"
#include "shared/dir/watch.h"
#include "shared/frame/packet.h"
#include "shared/net/socket_buffer.h"
#include "shared/net/unix_socket.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEND_BUFFER }; /* options; SO_RCVBUF means nothing here */

enum {
    MESSAGE_MAX = 131072, /* more is not faster */
    QUEUE_LENGTH = 10,    /* the kernel's default */
};

struct state {
    int fd;
    struct channel_config config; /* the creator's */
    bool created; /* this process made the record, destroy removes it */
    char path[PATH_MAX];
    char draft[PATH_MAX]; /* its name until it is bound */
    struct packet packet;
};

static const struct channel_option options[] = {
    [SEND_BUFFER] = { "send-buffer", "bytes, as the kernel counts them",
                      1 << 20, .most = INT_MAX },
    { 0 },
};

/* A datagram that is longer than the buffer is refused: two shall fit. */
static size_t message_size(size_t buffer)
{
    return buffer / 2 < MESSAGE_MAX ? buffer / 2 : MESSAGE_MAX;
}

/* How many datagrams a receiver holds: the system's limit and one more. */
static size_t queue_length(void)
{
    return kernel_limit("/proc/sys/net/unix/max_dgram_qlen", QUEUE_LENGTH) + 1;
}

static size_t frames_held(size_t buffer, size_t frame_max)
{
    const size_t size = message_size(buffer);
    const size_t in_queue = queue_length() / packet_count(frame_max, size);
    const size_t in_buffer =
        socket_frames_held(buffer, PACKET_PREFIX + frame_max, size);

    return in_queue < in_buffer ? in_queue : in_buffer;
}

static int find_paths(struct state *s, const struct channel_config *config)
{
    int r;

    r = channel_path(config, ".sock", s->path);
    return r < 0 ? r : channel_path(config, ".bind", s->draft);
}

static int bind_to(struct state *s, const char *path)
{
    struct sockaddr_un address;
    int r;

    r = unix_address(path, &address);
    if (r < 0)
        return r;
    s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0)
        return -errno;
    /* bind(2) gives the path the mode of its socket: never a moment wider. */
    if (fchmod(s->fd, 0600) < 0 ||
        bind(s->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    return 0;
}

/* The receiver binds the path itself. So that no two channels take the same, a
 * record stands for it until then. */
static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    int size, r;

    r = find_paths(s, config);
    if (r == 0)
        r = bind_to(s, s->path);
    if (r < 0)
        return r;
    size = socket_set_buffer(s->fd, SO_SNDBUF, config->options[SEND_BUFFER]);
    (void)unlink(s->path);
    fd_close(&s->fd);
    if (size < 0)
        return size;
    r = record_write(config->dir, config->name, "dgram", "");
    if (r < 0)
        return r;
    s->config = *config;
    s->created = true;
    ret_effective->options[SEND_BUFFER] = (size_t)size;
    ret_effective->frames_held = frames_held((size_t)size, config->frame_max);
    return 0;
}

/* The receiver's path may not be there yet. If the receiver has come and gone,
 * the socket stays unconnected: what is sent will find nobody. */
static int find_receiver(struct state *s, const char *dir)
{
    struct sockaddr_un address;
    int watch, r;

    r = unix_address(s->path, &address);
    if (r < 0)
        return r;
    s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0)
        return -errno;
    r = watch_open(dir, &watch);
    if (r < 0)
        return r;
    while (r == 0 &&
           connect(s->fd, (struct sockaddr *)&address, sizeof(address)) < 0 &&
           errno != ECONNREFUSED)
        r = errno == ENOENT ? watch_wait(watch) : -errno;
    fd_close(&watch);
    return r;
}

/* There is a moment when a path is there and its socket is not: so it gets its
 * name when it is whole. */
static int bind_path(struct state *s)
{
    int r;

    r = bind_to(s, s->draft);
    if (r == 0 && rename(s->draft, s->path) < 0) {
        r = -errno;
        (void)unlink(s->draft);
    }
    return r;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    int r;

    r = find_paths(s, config);
    if (r < 0)
        return r;
    r = end->role == CHANNEL_SENDER ? find_receiver(s, config->dir)
                                    : bind_path(s);
    if (r < 0)
        return r;
    r = socket_set_buffer(s->fd, SO_SNDBUF, config->options[SEND_BUFFER]);
    if (r < 0)
        return r;
    return packet_open(&s->packet, config->frame_max,
                       message_size(config->options[SEND_BUFFER]));
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

    packet_seal(&s->packet, size);
    while (packet_next(&s->packet, &part, &part_size))
        while (send(s->fd, part, part_size, 0) < 0)
            if (errno != EINTR)
                return fd_error(errno);
    return 0;
}

static ssize_t receive_packet(struct state *s)
{
    ssize_t n;

    do
        n = recv(s->fd, packet_room(&s->packet), s->packet.packet_size,
                 MSG_TRUNC);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    ssize_t n;
    int r;

    packet_restart(&s->packet);
    do {
        n = receive_packet(s);
        r = n < 0 ? (int)n : packet_add(&s->packet, (size_t)n);
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

    packet_close(&s->packet);
    fd_close(&s->fd);
}

static void destroy(void *state)
{
    struct state *s = state;

    if (!s->created)
        return;
    (void)unlink(s->path);
    (void)unlink(s->draft); /* of a receiver that was killed */
    channel_forget_name(&s->config, "dgram");
    s->created = false;
}

const struct channel_ops unix_dgram_channel = {
    .name = "unix-dgram",
    .traits = CHANNEL_POLLABLE | CHANNEL_BY_DIRECTORY |
              CHANNEL_OTHER_LANGUAGES | CHANNEL_GUARDED,
    .message_max = MESSAGE_MAX,
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
