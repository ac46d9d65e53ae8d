/* SPDX-License-Identifier: MIT */
#include "shared/frame/pipe_buffer.h"

#include "shared/base/round_up.h"
#include "shared/frame/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int pipe_set_size(int fd, size_t wanted)
{
    int r;

    if (wanted && fcntl(fd, F_SETPIPE_SZ, (int)wanted) < 0 && errno != EPERM)
        return -errno;
    r = fcntl(fd, F_GETPIPE_SZ);
    return r < 0 ? -errno : r;
}

/* The kernel keeps pages, starts a new one when a write does not fit into the
 * rest of the last, and frees the first when all of it is read: that one may
 * hold a single frame. */
size_t pipe_frames_held(size_t pipe_size, size_t frame_max)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t frame = STREAM_PREFIX + frame_max;

    if (frame <= page)
        return (pipe_size / page - 1) * (page / frame) + 1;
    return pipe_size / round_up(frame, page);
}
