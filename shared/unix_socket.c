/* SPDX-License-Identifier: MIT */
#include "shared/unix_socket.h"

#include "shared/fd.h"
#include "shared/stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int make_address(const char *path, struct sockaddr_un *ret_address)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path));
    *ret_address = address;
    return 0;
}

/* Whether the other end belongs to the same user. */
static int check_peer(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
        return -errno;
    return peer.uid == geteuid() ? 0 : -EPERM;
}

int unix_bind(const char *path, int type, int *ret_fd)
{
    struct sockaddr_un address;
    int fd, r;

    r = make_address(path, &address);
    if (r < 0)
        return r;
    fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
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

int unix_listen(const char *path, int type, int *ret_fd)
{
    int fd, r;

    r = unix_bind(path, type, &fd);
    if (r < 0)
        return r;
    if (listen(fd, SOMAXCONN) < 0) {
        r = -errno;
        (void)unlink(path);
        fd_close(&fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

int unix_accept(int *listener, int *ret_fd)
{
    int fd;

    for (;;) {
        fd = accept4(*listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0 && errno == EINTR)
            continue;
        if (fd < 0)
            return -errno;
        if (check_peer(fd) == 0)
            break;
        fd_close(&fd);
    }
    fd_close(listener);
    *ret_fd = fd;
    return 0;
}

static int connect_to(int fd, const struct sockaddr_un *address)
{
    while (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
        if (errno != EINTR)
            return stream_error(errno);
    return 0;
}

int unix_connect(const char *path, int type, int *ret_fd)
{
    struct sockaddr_un address;
    int fd, r;

    r = make_address(path, &address);
    if (r < 0)
        return r;
    fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    r = connect_to(fd, &address);
    if (r == 0 && type != SOCK_DGRAM)
        r = check_peer(fd);
    if (r < 0) {
        fd_close(&fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}
