/* SPDX-License-Identifier: MIT */
/*
 * splice.c -- a pipe that is given the sender's pages instead of a copy
 *
 * Rendezvous   descriptors inherited across fork, or stdin and stdout
 * Framing      none: a byte stream, so each frame travels behind its size
 * Copies       1: pages -> receiver's buffer; 2 below 16 KiB, and in a shell
 * Waiting      vmsplice(2) while full, read(2) while empty: shared/frame/stream
 * End          closing the last write end: end of file, here a dead sender
 * Limits       pipe-size bytes in flight, in whole pages: 256 of 4 KiB
 * Leftovers    none: the kernel frees it with the last descriptor
 * Trust        as a pipe; whoever enlarges it or splices on may see changes
 * Manual       vmsplice(2), pipe(7)
 */
#include "ipc/channel.h"
#include "shared/base/bytes.h"
#include "shared/base/fd.h"
#include "shared/frame/pipe_buffer.h"
#include "shared/frame/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PIPE_SIZE }; /* options */

enum {
    SPLICE_LEAST = 16384,  /* a shorter frame is copied sooner than its pages
                             are looked up */
    COPY_PAGES = 2,        /* of a write: so many read pages a pipe keeps */
    FIRST = CHANNEL_ALIGN, /* of a page, where a frame begins */
};

/*
 * A page that was given to the pipe must not be written before it has left it.
 * The pipe has a slot for each page in it, and read(2), which copies, frees a
 * slot when all of its page is read. So what is not among the last `slots`
 * pages that were given has left. The sender's pages go round, and there are
 * so many that a frame never comes upon those.
 */
struct state {
    int read_fd;
    int write_fd;
    size_t page;           /* bytes: 4, 16 or 64 KiB */
    unsigned char *memory; /* the sender's pages */
    size_t pages;
    size_t next;          /* the first page of the next frame */
    bool copies;          /* the sender does not give pages away */
    struct stream stream; /* the receiver's */
};

static const struct channel_option options[] = {
    [PIPE_SIZE] = { "pipe-size", "bytes in flight (F_SETPIPE_SZ)", 1 << 20,
                    .most = 1 << 30 },
    { 0 },
};

static size_t count_pages(const struct state *s, size_t size)
{
    return (FIRST + size + s->page - 1) / s->page;
}

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
    s->page = (size_t)sysconf(_SC_PAGESIZE);
    ret_effective->frames_held =
        (size_t)r / s->page / count_pages(s, config->frame_max);
    return 0;
}

/* A shell pipeline made the pipe: it is our stdin or stdout, and what reads it
 * may move pages on to another pipe (splice(2), tee(2); pv(1) does), where
 * nobody can tell how long they stay. So there every frame is copied. */
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
    s->copies = true;
    return 0;
}

/*
 * As many pages as the pipe has slots, and two of the largest frames: the one
 * that is built, and what is left over at the end of the memory when a frame
 * does not fit there.
 */
static int map_pages(struct state *s, size_t frame_max)
{
    void *memory;
    int r;

    r = s->copies ? 0 : fcntl(s->write_fd, F_GETPIPE_SZ);
    if (r < 0)
        return -errno;
    s->page = (size_t)sysconf(_SC_PAGESIZE);
    s->pages = (size_t)r / s->page + 2 * count_pages(s, frame_max);
    memory = mmap(NULL, s->pages * s->page, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return -errno;
    s->memory = memory;
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
        return map_pages(s, config->frame_max);
    }
    /* A receiver that keeps the write end never sees the sender die. */
    fd_close(&s->write_fd);
    return stream_open(&s->stream, s->read_fd, config->frame_max, 0);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;

    if (s->next + count_pages(s, size) > s->pages)
        s->next = 0;
    *ret_block = s->memory + s->next * s->page + FIRST;
    return 0;
}

static int give_pages(int fd, unsigned char *bytes, size_t size)
{
    struct iovec part = { bytes, size };
    ssize_t n;
    int r = 0;

    while (r == 0 && part.iov_len > 0) {
        n = vmsplice(fd, &part, 1, 0);
        if (n >= 0) {
            part.iov_base = (unsigned char *)part.iov_base + n;
            part.iov_len -= (size_t)n;
        } else if (errno == EAGAIN) /* somebody set O_NONBLOCK */
            r = fd_await(fd, POLLOUT);
        else if (errno != EINTR)
            r = fd_error(errno);
    }
    return r;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;
    unsigned char *start =
        s->memory + s->next * s->page + FIRST - STREAM_PREFIX;

    put_u64(start, size);
    if (s->copies || size < SPLICE_LEAST)
        return stream_write(s->write_fd, start, STREAM_PREFIX + size,
                            COPY_PAGES * s->page);
    s->next += count_pages(s, size);
    return give_pages(s->write_fd, start, STREAM_PREFIX + size);
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

/* The frames in the pipe stay there: the kernel holds their pages. */
static void detach(void *state)
{
    struct state *s = state;

    if (s->memory)
        (void)munmap(s->memory, s->pages * s->page);
    s->memory = NULL;
    stream_close(&s->stream);
    fd_close(&s->read_fd);
    fd_close(&s->write_fd);
}

static void destroy(void *state)
{
    (void)state;
}

const struct channel_ops splice_channel = {
    .name = "splice",
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
