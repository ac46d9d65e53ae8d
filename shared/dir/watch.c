/* SPDX-License-Identifier: MIT */
#include "shared/dir/watch.h"

#include "shared/base/fd.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { LOOK_MS = 10 }; /* without a watch */

/* All of a user's programs share max_user_instances and max_user_watches: where
 * others have used them up, there is no watch, and more looks. */
static int look_instead(const char *path, int *ret_fd)
{
    if (access(path, R_OK) < 0)
        return -errno;
    *ret_fd = 0;
    return 0;
}

static int open_watch(const char *path, uint32_t events, int *ret_fd)
{
    int fd, r;

    fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0)
        return look_instead(path, ret_fd);
    if (inotify_add_watch(fd, path, events) < 0) {
        r = errno == ENOSPC ? look_instead(path, ret_fd) : -errno;
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

    if (fd == 0) {
        (void)poll(NULL, 0, LOOK_MS);
        return 0;
    }
    if (poll(&poll_fd, 1, WATCH_RESCAN_MS) < 0 && errno != EINTR)
        return -errno;
    /* Which events does not matter: the caller looks at everything again. */
    while (read(fd, events, sizeof(events)) > 0)
        continue;
    return 0;
}
