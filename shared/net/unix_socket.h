/* SPDX-License-Identifier: MIT */
/*
 * unix_socket.h -- two ends of one user meet at a path: unix(7)
 *
 * Each mechanism makes its sockets itself; here are the checks that go with it.
 * Either end asks the kernel whose the other one is (SO_PEERCRED).
 *
 * How the two part. What is sent lies in the receiver's queue at once, so a
 * sender that closes has nothing to wait for:
 *
 *      sender                                receiver
 *        close: gone                           reads all that was sent; then
 *                                               end of file: closes
 *
 *        send: -EPIPE <--- all at once ---     close: what is unread goes
 *
 * If something comes back the other way (unix-fd's slots) and the sender
 * leaves it unread, then the receiver is told so (ECONNRESET) before it has
 * read the rest, but once only: it goes on. Datagrams have no end of file. A
 * receiver's listener is closed when it has its peer: nobody else is let in,
 * and nobody waits in a queue that nobody looks at.
 */
#ifndef SHARED_NET_UNIX_SOCKET_H
#define SHARED_NET_UNIX_SOCKET_H

#include "shared/net/guests.h"

#include <sys/un.h>

/* unix_address: -ENAMETOOLONG; a socket's path holds 107 bytes. */
int unix_address(const char *path, struct sockaddr_un *ret_address);

/* unix_check_peer: -EPERM when the other end is another user's. */
int unix_check_peer(int fd);

/* unix_add is guests_add, but for another user's. */
int unix_add(struct guests *g, int fd);

#endif
