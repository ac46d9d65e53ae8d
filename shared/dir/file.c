/* SPDX-License-Identifier: MIT */
#include "shared/dir/file.h"

#include "shared/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* How open(2) refuses what is no plain file. */
static int open_error(int error)
{
    return error == ELOOP || error == EISDIR || error == ENXIO ? -EPROTO
                                                               : -error;
}

int file_open(const char *path, int flags, int *ret_fd)
{
    struct stat status;
    int fd, r = 0;

    fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0)
        return open_error(errno);
    if (fstat(fd, &status) < 0)
        r = -errno;
    else if (!S_ISREG(status.st_mode))
        r = -EPROTO;
    if (r < 0)
        fd_close(&fd);
    else
        *ret_fd = fd;
    return r;
}

int file_check_owner(int fd)
{
    struct stat status;

    if (fstat(fd, &status) < 0)
        return -errno;
    return status.st_uid == geteuid() ? 0 : -EACCES;
}
