/* SPDX-License-Identifier: MIT */
/*
 * unix_fd_meeting.h -- the two ends connect, by a socket of packets: unix(7)
 *
 * Descriptors are close-on-exec, and the caller's. Errors of the calls beneath.
 */
#ifndef SOCKETS_UNIX_FD_MEETING_H
#define SOCKETS_UNIX_FD_MEETING_H

#include <stdint.h>
#include <sys/un.h>

/* unix_fd_listen: after it there is the path; on failure no path of ours. */
int unix_fd_listen(const struct sockaddr_un *address, int *ret_fd);

/* unix_fd_accept waits until one of the same user connects and names the
 * session, and closes the listener: nobody else is let in. */
int unix_fd_accept(int *listener, uint64_t session, int *ret_fd);

/* unix_fd_connect blocks while the listener's queue is full, and names the
 * session. -EPIPE: nobody listens; -EPERM: another user does. */
int unix_fd_connect(const struct sockaddr_un *address, uint64_t session,
                    int *ret_fd);

#endif
