/* SPDX-License-Identifier: MIT */
#include "tests/sockets.h"

#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/net/unix_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int socket_bind(const struct url *at, unsigned port, int type, int *ret_fd)
{
    struct address address;
    const int on = 1;
    int fd, r;

    r = address_find(at, port, &address);
    if (r < 0)
        return r;
    fd = socket(address.storage.ss_family, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    /* A port that somebody chose is in use again at once. */
    if ((port > 0 &&
         setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0) ||
        bind(fd, (const struct sockaddr *)&address.storage, address.length) <
            0) {
        r = -errno;
        fd_close(&fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

int socket_connect(int fd, const struct address *address)
{
    while (connect(fd, (const struct sockaddr *)&address->storage,
                   address->length) < 0)
        if (errno != EINTR)
            return fd_error(errno);
    return 0;
}

static int make_socket(const char *path, int type,
                       struct sockaddr_un *ret_address, int *ret_fd)
{
    const int r = unix_address(path, ret_address);

    if (r < 0)
        return r;
    *ret_fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    return *ret_fd < 0 ? -errno : 0;
}

int unix_bind(const char *path, int type, int *ret_fd)
{
    struct sockaddr_un address;
    int fd, r;

    r = make_socket(path, type, &address, &fd);
    if (r < 0)
        return r;
    /* bind(2) gives the path the mode of its socket: never a moment wider. */
    if (fchmod(fd, 0600) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        r = -errno;
        fd_close(&fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

int unix_connect(const char *path, int type, int *ret_fd)
{
    struct sockaddr_un address;
    int fd, r;

    r = make_socket(path, type, &address, &fd);
    if (r < 0)
        return r;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        r = fd_error(errno);
        fd_close(&fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

int unix_call(const char *path, int type, uint64_t session, int *ret_fd)
{
    int fd, r;

    r = unix_connect(path, type, &fd);
    if (r < 0)
        return r;
    r = write_all(fd, &session, sizeof(session));
    if (r < 0)
        fd_close(&fd);
    else
        *ret_fd = fd;
    return fd_error(-r);
}
