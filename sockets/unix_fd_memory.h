/* SPDX-License-Identifier: MIT */
/*
 * unix_fd_memory.h -- memory that is passed to another process as a descriptor
 *
 * Memory from memfd_create(2) has no name. Seals (fcntl(2)) tell whoever gets
 * it what nobody can do to it any more: without F_SEAL_SHRINK its owner could
 * truncate it, and reading it would be a SIGBUS. With F_SEAL_WRITE as well its
 * bytes are final; without, they may change while they are read.
 *
 * It travels over a Unix socket of type SOCK_SEQPACKET (SCM_RIGHTS, unix(7)),
 * with a packet of two numbers, little-endian u64.
 */
#ifndef SOCKETS_UNIX_FD_MEMORY_H
#define SOCKETS_UNIX_FD_MEMORY_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memfd {
    int fd;      /* until it is passed on, or mapped; 0: none */
    void *bytes; /* mapped; NULL: not */
    size_t size;
};

/* The seals that keep its size. */
enum { MEMFD_SIZE_SEALS = F_SEAL_SHRINK | F_SEAL_GROW };

/* memfd_map maps size bytes of fd, which stays the caller's. Errors of
 * mmap(2). */
int memfd_map(struct memfd *m, int fd, size_t size, int protection);

/*
 * memfd_adopt maps memory that another process made, for reading. It takes fd
 * over, and closes it. -EPROTO: it is no such memory, shorter than size, lacks
 * a seal, or is not finished though it must be.
 */
int memfd_adopt(struct memfd *m, int fd, size_t size, bool finished);

/* memfd_close is safe on a zeroed one. */
void memfd_close(struct memfd *m);

enum { MEMFD_PACKET_SIZE = 16 }; /* bytes, on the socket */

struct memfd_packet {
    uint64_t index;
    uint64_t size;
};

/*
 * memfd_receive receives one. *ret_fd becomes the descriptor that came with
 * it, or 0; it is then the caller's. ret_fd NULL: none may come. -EPIPE when
 * the peer is gone; -EMFILE when this process may not have one more; -EPROTO
 * for any other message, after closing what came with it. flags are those of
 * recvmsg(2): with 0 it blocks, with MSG_DONTWAIT it returns -EAGAIN when
 * nothing is there.
 */
int memfd_receive(int socket, int flags, struct memfd_packet *ret_packet,
                  int *ret_fd);

#endif
