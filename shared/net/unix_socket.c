/* SPDX-License-Identifier: MIT */
#include "shared/net/unix_socket.h"

#include "shared/base/bytes.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/net/guests.h"

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
    r = guests_listen(fd);
    if (r < 0) {
        (void)unlink(path);
        fd_close(&fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

static int greet(void *arg, int fd)
{
    (void)arg;
    return check_peer(fd);
}

int unix_accept(int *listener, uint64_t session, int *ret_fd)
{
    unsigned char word[sizeof(session)];
    struct guests guests = {
        .word = word,
        .word_size = sizeof(word),
        .greet = greet,
    };
    int r;

    put_u64(word, session);
    r = guests_find(&guests, *listener, ret_fd);
    guests_close(&guests);
    fd_close(listener);
    return r;
}

static int connect_to(int fd, const struct sockaddr_un *address)
{
    while (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
        if (errno != EINTR)
            return fd_error(errno);
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

int unix_call(const char *path, int type, uint64_t session, int *ret_fd)
{
    unsigned char word[sizeof(session)];
    int fd, r;

    put_u64(word, session);
    r = unix_connect(path, type, &fd);
    if (r < 0)
        return r;
    r = write_all(fd, word, sizeof(word));
    if (r < 0)
        fd_close(&fd);
    else
        *ret_fd = fd;
    return fd_error(-r);
}
