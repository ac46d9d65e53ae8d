/* SPDX-License-Identifier: MIT */
/*
 * socket.h -- what the mechanisms that use sockets have in common
 *
 *      owner       socket_bind  socket_publish
 *      the other                                socket_find  socket_connect
 *
 * A token lets two ends of a connection know each other where anybody may
 * connect. It is secret text that one side leaves where only the other can
 * read it. The end that connects shows the first half, the one that accepts
 * answers with the second: so each has proven that it knows the whole.
 */
#ifndef SHARED_NET_SOCKET_H
#define SHARED_NET_SOCKET_H

#include "shared/net/url.h"

#include <netdb.h>
#include <stddef.h>
#include <sys/socket.h>

enum { TOKEN_SIZE = 64 };

/* socket_set_buffer asks for a size of SO_SNDBUF or SO_RCVBUF, where one is
 * given, and returns the buffer's, in bytes. The kernel doubles what it is
 * asked for and tells the double; so does this. -EINVAL above INT_MAX. */
int socket_set_buffer(int fd, int which, size_t wanted);

/* socket_frames_held returns how many frames of frame_max bytes surely fit into
 * a send buffer of that size, in packets of packet_size, while nobody
 * receives. */
size_t socket_frames_held(size_t buffer, size_t frame_max, size_t packet_size);

/* An address of the Internet's, of either version. */
struct socket_address {
    struct sockaddr_storage storage;
    socklen_t length;
};

/* socket_look_up finds all addresses of a port at a URL's host, for the caller
 * to free with freeaddrinfo(3). It may ask a name server, and blocks. -ENXIO:
 * there is no such host; -EHOSTDOWN: no name server answers; other
 * errors of this machine. */
int socket_look_up(const struct url *at, unsigned port,
                   struct addrinfo **ret_found);

/* socket_resolve finds the first of them; where `at` is NULL the loopback's. */
int socket_resolve(const struct url *at, unsigned port,
                   struct socket_address *ret_address);

/* socket_bind makes a socket of that type (SOCK_STREAM, ...) with that port
 * there, 0: a free one. Close-on-exec. Errors of socket_resolve, bind(2). */
int socket_bind(const struct url *at, unsigned port, int type, int *ret_fd);

/* socket_port returns which port a socket is bound to, or a negative errno. */
int socket_port(int fd);

/* socket_publish makes a token, and the record <dir>/<name>.port of it and of
 * a bound socket's port: whoever can read it is no stranger. socket_find reads
 * it: -EPROTO when it makes no sense; errors of record_read. */
int socket_publish(int fd, const char *dir, const char *name,
                   char ret_token[static TOKEN_SIZE + 1]);
int socket_find(const char *dir, const char *name, const struct url *at,
                struct socket_address *ret_address,
                char ret_token[static TOKEN_SIZE + 1]);

/* socket_connect blocks, also through signals: -EPIPE when nobody is there. */
int socket_connect(int fd, const struct socket_address *address);

/* token_make writes TOKEN_SIZE random characters and a NUL. */
int token_make(char ret_token[static TOKEN_SIZE + 1]);

/* token_show is for the end that connects: it blocks until it is answered.
 * -EPERM for a wrong half, -EPIPE when the peer is gone. token_demand is for
 * the one that listens: it blocks until one connects who knows the token, and
 * turns others away (shared/net/guests). */
int token_show(int fd, const char *token);
int token_demand(int listener, const char *token, int *ret_fd);

#endif
