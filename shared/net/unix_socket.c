/* SPDX-License-Identifier: MIT */
#include "shared/net/unix_socket.h"

#include "shared/base/fd.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int unix_address(const char *path, struct sockaddr_un *ret_address)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path));
    *ret_address = address;
    return 0;
}

int unix_check_peer(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
        return -errno;
    return peer.uid == geteuid() ? 0 : -EPERM;
}

int unix_add(struct guests *g, int fd)
{
    const int r = fd < 0 ? 0 : unix_check_peer(fd);

    if (r == 0)
        return guests_add(g, fd);
    fd_close(&fd);
    return r == -EPERM ? 0 : r;
}
