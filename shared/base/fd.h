/* SPDX-License-Identifier: MIT */
/*
 * fd.h -- small helpers for descriptors
 *
 * Everywhere in this project 0 in a descriptor's place means "none", so that
 * zeroed memory holds nothing open. It is safe because a program starts by
 * making sure that 0, 1 and 2 are open.
 */
#ifndef SHARED_BASE_FD_H
#define SHARED_BASE_FD_H

/* fd_close closes *fd unless it is 0 (none), and makes it 0. */
void fd_close(int *fd);

/* fd_await blocks until a descriptor is ready for POLLIN or POLLOUT, as one
 * does by itself unless it is non-blocking. */
int fd_await(int fd, short events);

/* fd_error turns the errno of a call on a descriptor into a result: -EPIPE for
 * each of the ways in which the kernel says that the other end is gone. */
int fd_error(int error);

#endif
