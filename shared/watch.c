/* SPDX-License-Identifier: MIT */
#include "shared/watch.h"

#include "shared/fd.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <sys/inotify.h>
#include <unistd.h>

static int open_watch(const char *path, uint32_t events, int *ret_fd)
{
    int fd, r;

    fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0)
        return -errno;
    if (inotify_add_watch(fd, path, events) < 0) {
        r = -errno;
        fd_close(&fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

int watch_open(const char *dir, int *ret_fd)
{
    return open_watch(dir, IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR,
                      ret_fd);
}

int watch_open_file(const char *path, int *ret_fd)
{
    return open_watch(path, IN_MODIFY, ret_fd);
}

int watch_wait(int fd)
{
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
    char events[4096];

    if (poll(&poll_fd, 1, WATCH_RESCAN_MS) < 0 && errno != EINTR)
        return -errno;
    /* Which events does not matter: the caller looks at everything again. */
    while (read(fd, events, sizeof(events)) > 0)
        continue;
    return 0;
}
