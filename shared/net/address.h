/* SPDX-License-Identifier: MIT */
/*
 * address.h -- addresses of the Internet's, of either version: ip(7), ipv6(7)
 */
#ifndef SHARED_NET_ADDRESS_H
#define SHARED_NET_ADDRESS_H

#include "shared/net/url.h"

#include <netdb.h>
#include <sys/socket.h>

struct address {
    struct sockaddr_storage storage;
    socklen_t length;
};

/* address_look_up finds all addresses of a port at a URL's host, for the caller
 * to free with freeaddrinfo(3). It may ask a name server, and blocks. -ENXIO:
 * there is no such host; -EHOSTDOWN: no name server answers; other
 * errors of this machine. */
int address_look_up(const struct url *at, unsigned port,
                    struct addrinfo **ret_found);

/* address_find finds the first of them; where `at` is NULL the loopback's. */
int address_find(const struct url *at, unsigned port,
                 struct address *ret_address);

/* address_port returns which port a socket is bound to, or a negative errno. */
int address_port(int fd);

#endif
