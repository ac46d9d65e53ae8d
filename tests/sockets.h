/* SPDX-License-Identifier: MIT */
/*
 * sockets.h -- sockets as a stranger would make them
 *
 * Descriptors are close-on-exec, and the caller's. All return 0 or a negative
 * errno.
 */
#ifndef TESTS_SOCKETS_H
#define TESTS_SOCKETS_H

#include "shared/net/address.h"

/* A port of the loopback's, or of `at`; 0: a free one. */
int socket_bind(const struct url *at, unsigned port, int type, int *ret_fd);
int socket_connect(int fd, const struct address *address);

/* A Unix socket at a path. unix_call also names a session to the listener. */
int unix_bind(const char *path, int type, int *ret_fd);
int unix_connect(const char *path, int type, int *ret_fd);
int unix_call(const char *path, int type, uint64_t session, int *ret_fd);

#endif
