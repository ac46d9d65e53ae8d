/* SPDX-License-Identifier: MIT */
#include "shared/net/address.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static struct address loopback(unsigned port)
{
    const struct sockaddr_in in = {
        .sin_family = AF_INET,
        .sin_addr = { htonl(INADDR_LOOPBACK) },
        .sin_port = htons((uint16_t)port),
    };
    struct address address = { .length = sizeof(in) };

    memcpy(&address.storage, &in, sizeof(in));
    return address;
}

/* Turns an error of getaddrinfo(3) into a result. */
static int look_up_error(int error)
{
    switch (error) {
    case EAI_AGAIN:
        return -EHOSTDOWN;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_SYSTEM:
        return -errno;
    default:
        return -ENXIO;
    }
}

int address_look_up(const struct url *at, unsigned port,
                    struct addrinfo **ret_found)
{
    const struct addrinfo hints = {
        .ai_flags = AI_NUMERICSERV,
        .ai_socktype = SOCK_STREAM, /* each address once */
    };
    char service[8];
    int error;

    (void)snprintf(service, sizeof(service), "%u", port);
    error = getaddrinfo(at->host, service, &hints, ret_found);
    return error ? look_up_error(error) : 0;
}

int address_find(const struct url *at, unsigned port,
                 struct address *ret_address)
{
    struct addrinfo *found;
    int r;

    if (!at) {
        *ret_address = loopback(port);
        return 0;
    }
    r = address_look_up(at, port, &found);
    if (r < 0)
        return r;
    memcpy(&ret_address->storage, found->ai_addr, found->ai_addrlen);
    ret_address->length = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

int address_port(int fd)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    struct sockaddr_in in;

    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return -errno;
    /* Both versions have the port at the same place. */
    memcpy(&in, &address, sizeof(in));
    return ntohs(in.sin_port);
}
