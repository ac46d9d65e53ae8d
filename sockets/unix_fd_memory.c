/* SPDX-License-Identifier: MIT */
#include "sockets/unix_fd_memory.h"

#include "shared/base/bytes.h"
#include "shared/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PACKET_SIZE = 16,
    FDS_MAX = 4, /* of which all but one are closed at once */
    SIZE_SEALS = F_SEAL_SHRINK | F_SEAL_GROW,
};

static int map_memory(struct memfd *m, int fd, size_t size, int protection)
{
    void *bytes;

    bytes = mmap(NULL, size, protection, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED)
        return -errno;
    m->bytes = bytes;
    m->size = size;
    return 0;
}

int memfd_make(struct memfd *m, size_t size)
{
    int r = 0;

    *m = (struct memfd){ 0 };
    m->fd = memfd_create("ipc-showcase", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (m->fd < 0) {
        m->fd = 0;
        return -errno;
    }
    if (ftruncate(m->fd, (off_t)size) < 0 ||
        fcntl(m->fd, F_ADD_SEALS, SIZE_SEALS) < 0)
        r = -errno;
    if (r == 0)
        r = map_memory(m, m->fd, size, PROT_READ | PROT_WRITE);
    if (r < 0)
        memfd_close(m);
    return r;
}

int memfd_finish(struct memfd *m)
{
    /* A seal against writing is refused while anybody can write. */
    (void)munmap(m->bytes, m->size);
    m->bytes = NULL;
    if (fcntl(m->fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        return -errno;
    return 0;
}

static int check_memory(int fd, size_t size, bool finished, size_t *ret_size)
{
    const int wanted = SIZE_SEALS | (finished ? F_SEAL_WRITE : 0);
    struct stat status;
    int seals;

    /* The seals first: until they are there the size may still change. */
    seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & wanted) != wanted)
        return -EPROTO;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode) || status.st_size <= 0 ||
        (uintmax_t)status.st_size < size)
        return -EPROTO;
    *ret_size = (size_t)status.st_size;
    return 0;
}

int memfd_adopt(struct memfd *m, int fd, size_t size, bool finished)
{
    size_t real_size = 0;
    int r;

    *m = (struct memfd){ 0 };
    r = check_memory(fd, size, finished, &real_size);
    if (r == 0)
        r = map_memory(m, fd, real_size, PROT_READ);
    fd_close(&fd);
    return r;
}

void memfd_close(struct memfd *m)
{
    if (m->bytes)
        (void)munmap(m->bytes, m->size);
    fd_close(&m->fd);
    *m = (struct memfd){ 0 };
}

/* ------------------------------------------------------------- the socket */

union control {
    char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
    struct cmsghdr aligned;
};

static void add_fd(struct msghdr *message, union control *control, int fd)
{
    struct cmsghdr *header;

    *control = (union control){ { 0 } };
    message->msg_control = control->bytes;
    message->msg_controllen = CMSG_SPACE(sizeof(fd));
    header = CMSG_FIRSTHDR(message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
}

int memfd_send(int socket, const struct memfd_packet *packet, struct memfd *m)
{
    unsigned char bytes[PACKET_SIZE];
    struct iovec part = { bytes, sizeof(bytes) };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    union control control;

    put_u64(bytes, packet->index);
    put_u64(bytes + 8, packet->size);
    if (m && m->fd)
        add_fd(&message, &control, m->fd);
    while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
        if (errno != EINTR)
            return fd_error(errno);
    if (m)
        fd_close(&m->fd);
    return 0;
}

/* Takes the descriptors out of a message: the first is kept, the others are
 * closed. Returns how many there were. */
static size_t take_fds(struct msghdr *message, int *ret_fd)
{
    struct cmsghdr *header;
    size_t count = 0, bytes;
    int fd;

    for (header = CMSG_FIRSTHDR(message); header;
         header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        bytes = header->cmsg_len - CMSG_LEN(0);
        for (size_t at = 0; at + sizeof(fd) <= bytes; at += sizeof(fd)) {
            memcpy(&fd, CMSG_DATA(header) + at, sizeof(fd));
            if (count++ == 0)
                *ret_fd = fd;
            else
                fd_close(&fd);
        }
    }
    return count;
}

int memfd_receive(int socket, int flags, struct memfd_packet *ret_packet,
                  int *ret_fd)
{
    unsigned char bytes[PACKET_SIZE];
    struct iovec part = { bytes, sizeof(bytes) };
    union control control;
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    size_t count;
    ssize_t n;
    int fd = 0;

    if (ret_fd) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
    }
    /* The news that the peer is gone comes before what it sent, but once. */
    do
        n = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    while (n < 0 && (errno == EINTR || errno == ECONNRESET));
    if (n < 0)
        return -errno;
    count = ret_fd ? take_fds(&message, &fd) : 0;
    /* One came, and this process had no place for it. */
    if (ret_fd && count == 0 && (message.msg_flags & MSG_CTRUNC))
        return -EMFILE;
    if (n == 0 && count == 0)
        return -EPIPE;
    if (n != PACKET_SIZE || count > 1 ||
        (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
        fd_close(&fd);
        return -EPROTO;
    }
    ret_packet->index = get_u64(bytes);
    ret_packet->size = get_u64(bytes + 8);
    if (ret_fd)
        *ret_fd = fd;
    return 0;
}
