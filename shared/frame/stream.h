/* SPDX-License-Identifier: MIT */
/*
 * stream.h -- whole frames over a byte stream
 *
 * In this room: whole frames, over bytes and over small messages.
 *
 * On the wire a frame travels behind its size, a little-endian u64. A stream
 * is one end: it sends or it receives. The sender makes one system call per
 * frame, or one for each part of it. The receiver reads ahead: what one read(2)
 * brings may hold many small frames, and they are lent one by one from the
 * buffer without another call; a large frame as long as the last one takes one
 * call, too.
 *
 * The descriptor stays the caller's. Functions block while the stream is full
 * or empty, and go on after a signal.
 */
#ifndef SHARED_FRAME_STREAM_H
#define SHARED_FRAME_STREAM_H

#include <stddef.h>

enum { STREAM_PREFIX = 8 }; /* bytes of a frame's size, before the frame */

struct stream {
    int fd;
    size_t frame_max;
    size_t write_size;     /* sender: the most bytes of one write(2) */
    unsigned char *buffer; /* owned */
    size_t start;          /* receiver: the first byte not yet given out */
    size_t end;            /* receiver: the first byte not yet read */
    size_t ahead;          /* receiver: bytes to ask for at the next frame */
};

/* stream_open: -ENOMEM. frame_max is the largest frame either way. A sender
 * writes so many pages a call, with 0 all of a frame. */
int stream_open(struct stream *s, int fd, size_t frame_max, size_t write_pages);

/* stream_loan returns the sender's memory for the next frame, aligned to 64:
 * frame_max bytes, valid until stream_send. */
void *stream_loan(struct stream *s);

/* stream_send sends the first size bytes of the loan. -EPIPE when the other
 * end is gone. */
int stream_send(struct stream *s, size_t size);

/* stream_write is how it writes: all of it, at most `most` bytes a call. */
int stream_write(int fd, const void *bytes, size_t size, size_t most);

/*
 * stream_receive lends the next frame, valid until the next call. -EPIPE when
 * the stream stops, between frames or inside one; -EPROTO for a size of 0 or
 * above frame_max, after which the stream is of no more use.
 */
int stream_receive(struct stream *s, const void **ret_frame, size_t *ret_size);

/* stream_close frees the buffer; safe on a zeroed stream. */
void stream_close(struct stream *s);

#endif
