/* SPDX-License-Identifier: MIT */
#include "shared/stream.h"

#include "shared/bytes.h"
#include "shared/fd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ALIGN = 64,
    SIZE_PREFIX = 8,
    READ_AHEAD = 65536, /* a pipe's default size: one call can empty it */
};

static int open_buffer(struct stream *s, int fd, size_t frame_max, size_t extra)
{
    size_t capacity;

    capacity = (ALIGN + frame_max + extra + ALIGN - 1) / ALIGN * ALIGN;
    *s = (struct stream){ .fd = fd, .frame_max = frame_max };
    s->buffer = aligned_alloc(ALIGN, capacity);
    if (!s->buffer)
        return -ENOMEM;
    s->capacity = capacity;
    return 0;
}

int stream_open_sender(struct stream *s, int fd, size_t frame_max)
{
    return open_buffer(s, fd, frame_max, 0);
}

int stream_open_receiver(struct stream *s, int fd, size_t frame_max)
{
    return open_buffer(s, fd, frame_max, READ_AHEAD);
}

void *stream_loan(struct stream *s)
{
    return s->buffer + ALIGN;
}

int stream_send(struct stream *s, size_t size)
{
    unsigned char *prefix = s->buffer + ALIGN - SIZE_PREFIX;
    int r;

    put_u64(prefix, size);
    r = fd_write_all(s->fd, prefix, SIZE_PREFIX + size);
    return r == -ECONNRESET ? -EPIPE : r;
}

/* Makes room at the end for what is missing, by moving what is there to the
 * front: at most READ_AHEAD bytes, or a frame's first part. */
static void make_room(struct stream *s, size_t needed)
{
    if (s->start == s->end)
        s->start = s->end = 0;
    if (s->start + needed <= s->capacity)
        return;
    memmove(s->buffer, s->buffer + s->start, s->end - s->start);
    s->end -= s->start;
    s->start = 0;
}

/* Reads until `needed` bytes lie in the buffer. Small frames are read ahead;
 * of a large one exactly the rest, so that no large tail must be moved. */
static int fill(struct stream *s, size_t needed)
{
    size_t missing, room;
    ssize_t n;

    make_room(s, needed);
    while (s->end - s->start < needed) {
        missing = needed - (s->end - s->start);
        room = s->capacity - s->end;
        if (missing < READ_AHEAD)
            missing = room < READ_AHEAD ? room : READ_AHEAD;
        n = read(s->fd, s->buffer + s->end, missing);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == ECONNRESET ? -EPIPE : -errno;
        if (n == 0)
            return -EPIPE;
        s->end += (size_t)n;
    }
    return 0;
}

int stream_receive(struct stream *s, const void **ret_frame, size_t *ret_size)
{
    uint64_t size;
    int r;

    r = fill(s, SIZE_PREFIX);
    if (r < 0)
        return r;
    size = get_u64(s->buffer + s->start);
    if (size == 0 || size > s->frame_max)
        return -EPROTO;
    r = fill(s, SIZE_PREFIX + size);
    if (r < 0)
        return r;
    *ret_frame = s->buffer + s->start + SIZE_PREFIX;
    *ret_size = size;
    s->start += SIZE_PREFIX + size;
    return 0;
}

void stream_close(struct stream *s)
{
    free(s->buffer);
    *s = (struct stream){ 0 };
}
