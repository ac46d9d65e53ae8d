/* SPDX-License-Identifier: MIT */
#include "sockets/unix_fd_meeting.h"

#include "shared/base/fd.h"
#include "shared/net/unix_socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int unix_fd_listen(const char *path, int *ret_fd)
{
    struct sockaddr_un address;
    int fd, r;

    r = unix_address(path, &address);
    if (r < 0)
        return r;
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    /* bind(2) gives the path the mode of its socket: never a moment wider. */
    if (fchmod(fd, 0600) < 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        r = -errno;
    else if (listen(fd, SOMAXCONN) < 0) {
        r = -errno;
        (void)unlink(path);
    } else {
        *ret_fd = fd;
        return 0;
    }
    fd_close(&fd);
    return r;
}

int unix_fd_accept(int *listener, uint64_t session, int *ret_fd)
{
    struct guests guests = { .word = &session, .word_size = sizeof(session) };
    int r;

    do {
        r = guests_await(&guests, *listener, -1, ret_fd);
        if (r == GUESTS_KNOCK)
            r = unix_add(&guests, accept4(*listener, NULL, NULL, SOCK_CLOEXEC));
    } while (r == 0 || r == -EPROTO);
    guests_close(&guests);
    fd_close(listener);
    return r < 0 ? r : 0;
}

static int greet(int fd, const struct sockaddr_un *address, uint64_t session)
{
    int r;

    while (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
        if (errno != EINTR)
            return fd_error(errno);
    r = unix_check_peer(fd);
    while (r == 0 && send(fd, &session, sizeof(session), 0) < 0)
        r = errno == EINTR ? 0 : fd_error(errno);
    return r;
}

int unix_fd_connect(const char *path, uint64_t session, int *ret_fd)
{
    struct sockaddr_un address;
    int fd, r;

    r = unix_address(path, &address);
    if (r < 0)
        return r;
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    r = greet(fd, &address, session);
    if (r < 0)
        fd_close(&fd);
    else
        *ret_fd = fd;
    return r;
}
