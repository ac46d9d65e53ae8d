/* SPDX-License-Identifier: MIT */
/*
 * pipe_buffer.h -- how much a pipe holds between write and read: pipe(7)
 */
#ifndef SHARED_FRAME_PIPE_BUFFER_H
#define SHARED_FRAME_PIPE_BUFFER_H

#include <stddef.h>

/* pipe_set_size asks for a size (F_SETPIPE_SZ), 0 for none, and returns the one
 * there is: not everybody may have it, and a user with many pipes gets no more
 * than two pages for a new one. */
int pipe_set_size(int fd, size_t wanted);

/* pipe_frames_held returns how many frames of a stream, frame_max bytes long,
 * surely fit while nobody receives. */
size_t pipe_frames_held(size_t pipe_size, size_t frame_max);

#endif
