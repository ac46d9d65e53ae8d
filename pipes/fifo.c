/* SPDX-License-Identifier: MIT */
/*
 * fifo.c -- a named pipe
 *
 * Rendezvous   a name in the private directory; open(2) waits for the other end
 * Framing      none: a byte stream, so each frame travels behind its size
 * Copies       2: sender's buffer -> kernel -> receiver's buffer
 * Waiting      write(2) while full, read(2) while empty (shared/frame/stream.c)
 * End          closing the last write end: end of file, here a dead sender
 * Limits       pipe-size bytes in flight: 1 MiB, the most without privileges
 * Leftovers    the name, until unlink(2); what was in the pipe goes by itself
 * Trust        the name's mode, 0600: processes of the same user
 * Manual       fifo(7)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "shared/base/fd.h"
#include "shared/frame/pipe_buffer.h"
#include "shared/frame/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIPE_SIZE, WRITE_PAGES }; /* options */

struct state {
    int fd;
    char path[PATH_MAX];
    bool created; /* this process made the name, destroy removes it */
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

/* Opening to read waits for a writer, and the other way round. */
static int open_own(struct state *s, int flags)
{
    struct stat found;

    do
        s->fd = open(s->path, flags | O_NOFOLLOW | O_CLOEXEC);
    while (s->fd < 0 && errno == EINTR);
    if (s->fd < 0 || fstat(s->fd, &found) < 0)
        return -errno;
    if (!S_ISFIFO(found.st_mode) || found.st_uid != geteuid())
        return -EPROTO;
    return 0;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    int r;

    r = channel_path(config, ".fifo", s->path);
    if (r < 0)
        return r;
    if (mkfifo(s->path, 0600) < 0)
        return -errno;
    s->created = true;
    /* Both ends at once, which waits for nobody, and only to try the size:
     * kept open, they would hide either side's death from the other. */
    r = open_own(s, O_RDWR);
    if (r < 0)
        return r;
    r = pipe_set_size(s->fd, config->options[PIPE_SIZE]);
    fd_close(&s->fd);
    if (r < 0)
        return r;
    ret_effective->options[PIPE_SIZE] = (size_t)r;
    ret_effective->options[WRITE_PAGES] = config->options[WRITE_PAGES];
    ret_effective->frames_held = pipe_frames_held((size_t)r, config->frame_max);
    return 0;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    int r;

    r = channel_path(config, ".fifo", s->path);
    if (r < 0)
        return r;
    r = open_own(s, end->role == CHANNEL_SENDER ? O_WRONLY : O_RDONLY);
    if (r < 0)
        return r;
    /* The kernel freed the pipe that create had sized when create closed it.
     * This is another one, and by now its user may have no more pages. */
    r = pipe_set_size(s->fd, config->options[PIPE_SIZE]);
    if (r < 0)
        return r;
    if ((size_t)r < config->options[PIPE_SIZE])
        return -ENOBUFS;
    return stream_open(&s->stream, s->fd, config->frame_max,
                       config->options[WRITE_PAGES]);
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
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->created)
        (void)unlink(s->path);
    s->created = false;
}

const struct channel_ops fifo_channel = {
    .name = "fifo",
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
