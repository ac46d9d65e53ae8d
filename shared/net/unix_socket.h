/* SPDX-License-Identifier: MIT */
/*
 * unix_socket.h -- two ends of one user meet at a path: unix(7)
 *
 *      owner       unix_listen  ...  unix_accept
 *      the other                     unix_call
 *
 * The path has mode 0600 from its first moment, and either end asks the kernel
 * whose the other one is (SO_PEERCRED). Descriptors are close-on-exec. Errors
 * are those of the calls beneath; -EPIPE when nobody listens any more, -EPERM
 * when the other end is another user's, -ENAMETOOLONG: a socket's path holds
 * 107 bytes.
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

#include <stdint.h>

/* unix_bind makes a socket of this type (SOCK_STREAM, ...) and its path;
 * unix_listen also waits for a connection there. -EADDRINUSE when the path is
 * taken. On failure no path of ours is left; else it is the caller's to
 * unlink. */
int unix_bind(const char *path, int type, int *ret_fd);
int unix_listen(const char *path, int type, int *ret_fd);

/* unix_accept blocks until one of the same user connects and names the session,
 * and closes the listener: one connection is all there is. Others are turned
 * away (shared/net/guests). */
int unix_accept(int *listener, uint64_t session, int *ret_fd);

/* unix_connect blocks while the listener's queue is full, and asks whose the
 * listener is where the type has connections (not SOCK_DGRAM); unix_call also
 * names the session, for unix_accept. */
int unix_connect(const char *path, int type, int *ret_fd);
int unix_call(const char *path, int type, uint64_t session, int *ret_fd);

#endif
