/* SPDX-License-Identifier: MIT */
#include "shared/frame/stream.h"

#include "shared/base/bytes.h"
#include "shared/base/fd.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ALIGN = 64,
    FIRST = ALIGN - STREAM_PREFIX, /* a prefix here: its frame is aligned */
    AHEAD_LEAST = 4096, /* small frames are read that many bytes at a time */
};

int stream_open(struct stream *s, int fd, size_t frame_max, size_t write_pages)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t capacity = ALIGN + frame_max + 2 * AHEAD_LEAST;
    void *memory;

    *s = (struct stream){ .fd = fd, .frame_max = frame_max };
    s->start = s->end = FIRST;
    s->ahead = AHEAD_LEAST;
    s->write_size = STREAM_PREFIX + frame_max;
    if (write_pages && write_pages <= s->write_size / page)
        s->write_size = write_pages * page;
    if (posix_memalign(&memory, ALIGN, capacity) != 0)
        return -ENOMEM;
    s->buffer = memory;
    return 0;
}

void *stream_loan(struct stream *s)
{
    return s->buffer + ALIGN;
}

int stream_write(int fd, const void *bytes, size_t size, size_t most)
{
    const unsigned char *next = bytes;
    ssize_t n;
    int r = 0;

    while (r == 0 && size > 0) {
        n = write(fd, next, size < most ? size : most);
        if (n >= 0) {
            next += n;
            size -= (size_t)n;
        } else if (errno == EAGAIN)
            r = fd_await(fd, POLLOUT);
        else if (errno != EINTR)
            r = fd_error(errno);
    }
    return r;
}

int stream_send(struct stream *s, size_t size)
{
    put_u64(s->buffer + FIRST, size);
    return stream_write(s->fd, s->buffer + FIRST, STREAM_PREFIX + size,
                        s->write_size);
}

/* Moves what is left, less than one frame, to the front. */
static void make_room(struct stream *s)
{
    const size_t left = s->end - s->start;

    if (s->start == FIRST)
        return;
    memmove(s->buffer + FIRST, s->buffer + s->start, left);
    s->start = FIRST;
    s->end = FIRST + left;
}

/* Reads until `needed` bytes lie in the buffer, asking for `ahead` or more at a
 * time. */
static int fill(struct stream *s, size_t needed, size_t ahead)
{
    size_t missing;
    ssize_t n;
    int r = 0;

    while (r == 0 && s->end - s->start < needed) {
        make_room(s);
        missing = FIRST + needed - s->end;
        n = read(s->fd, s->buffer + s->end, missing > ahead ? missing : ahead);
        if (n > 0)
            s->end += (size_t)n;
        else if (n == 0)
            r = -EPIPE;
        else if (errno == EAGAIN)
            r = fd_await(s->fd, POLLIN);
        else if (errno != EINTR)
            r = fd_error(errno);
    }
    return r;
}

/*
 * Frames tend to be alike: a large one is asked for whole, in the hope that it
 * is as long as the last. More at a time would be slower: a pipe is locked
 * while it is emptied, and its pages cannot be used again until then.
 */
int stream_receive(struct stream *s, const void **ret_frame, size_t *ret_size)
{
    uint64_t size;
    int r;

    r = fill(s, STREAM_PREFIX, s->ahead);
    if (r < 0)
        return r;
    size = get_u64(s->buffer + s->start);
    if (size == 0 || size > s->frame_max)
        return -EPROTO;
    s->ahead = STREAM_PREFIX + size;
    if (s->ahead < AHEAD_LEAST)
        s->ahead = AHEAD_LEAST;
    /* A large frame is read exactly: no large tail must be moved. */
    r = fill(s, STREAM_PREFIX + size, s->ahead > AHEAD_LEAST ? 0 : s->ahead);
    if (r < 0)
        return r;
    *ret_frame = s->buffer + s->start + STREAM_PREFIX;
    *ret_size = size;
    s->start += STREAM_PREFIX + size;
    return 0;
}

void stream_close(struct stream *s)
{
    free(s->buffer);
    *s = (struct stream){ 0 };
}
