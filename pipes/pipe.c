/* SPDX-License-Identifier: MIT */
/*
 * pipe.c -- an anonymous pipe
 *
 * Rendezvous   descriptors inherited across fork, or stdin and stdout
 * Framing      none: a byte stream, so each frame travels behind its size
 * Copies       2: sender's buffer -> kernel -> receiver's buffer
 * Waiting      write(2) while full, read(2) while empty (shared/frame/stream.c)
 * End          closing the last write end: end of file, here a dead sender
 * Limits       pipe-size bytes in flight: 1 MiB, the most without privileges
 * Leftovers    none: the kernel frees it with the last descriptor
 * Trust        whoever inherits a descriptor, or opens /proc/PID/fd as its user
 * Manual       pipe(7)
 */
#include "ipc/channel.h"
#include "shared/base/fd.h"
#include "shared/frame/pipe_buffer.h"
#include "shared/frame/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PIPE_SIZE, WRITE_PAGES }; /* options */

struct state {
    int read_fd;
    int write_fd;
    struct stream stream;
};

static const struct channel_option options[] = {
    [PIPE_SIZE] = { "pipe-size", "bytes in flight (F_SETPIPE_SZ)", 1 << 20,
                    .most = 1 << 30 },
    /* A pipe keeps two of the pages that were read, for the next write. For
     * any more it takes new ones, and is locked meanwhile. */
    [WRITE_PAGES] = { "write-pages", "most pages of a write(2), 0: all",
                      .fallback = 2 },
    { 0 },
};

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    int fds[2], r;

    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    s->read_fd = fds[0];
    s->write_fd = fds[1];
    r = pipe_set_size(s->write_fd, config->options[PIPE_SIZE]);
    if (r < 0)
        return r;
    ret_effective->options[PIPE_SIZE] = (size_t)r;
    ret_effective->options[WRITE_PAGES] = config->options[WRITE_PAGES];
    ret_effective->frames_held = pipe_frames_held((size_t)r, config->frame_max);
    return 0;
}

/* A shell pipeline made the pipe: it is our stdin or stdout. */
static int adopt_standard(struct state *s, enum channel_role role,
                          size_t pipe_size)
{
    int *fd = role == CHANNEL_SENDER ? &s->write_fd : &s->read_fd;

    *fd = fcntl(role == CHANNEL_SENDER ? STDOUT_FILENO : STDIN_FILENO,
                F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (*fd < 0)
        return -errno;
    /* As the receiver is told: it alone is. And it may be a file. */
    if (role == CHANNEL_RECEIVER)
        (void)pipe_set_size(*fd, pipe_size);
    return 0;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    int r;

    if (!s->read_fd && !s->write_fd) {
        r = adopt_standard(s, end->role, config->options[PIPE_SIZE]);
        if (r < 0)
            return r;
    }
    if (end->role == CHANNEL_SENDER) {
        fd_close(&s->read_fd);
        return stream_open(&s->stream, s->write_fd, config->frame_max,
                           config->options[WRITE_PAGES]);
    }
    /* A receiver that keeps the write end never sees the sender die. */
    fd_close(&s->write_fd);
    return stream_open(&s->stream, s->read_fd, config->frame_max, 0);
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
    fd_close(&s->read_fd);
    fd_close(&s->write_fd);
}

static void destroy(void *state)
{
    (void)state;
}

const struct channel_ops pipe_channel = {
    .name = "pipe",
    .traits = CHANNEL_INHERITED_ONLY | CHANNEL_SEES_DEATH | CHANNEL_POLLABLE |
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
