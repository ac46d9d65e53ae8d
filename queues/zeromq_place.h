/* SPDX-License-Identifier: MIT */
/*
 * zeromq_place.h -- where ZeroMQ sockets meet: paths in a directory, or ports
 *
 * Each of the owner's ends has a place of its own: <dir>/<name>.zmq, .zmq-1,
 * ...; or, with a URL, a port that is listened at from the start, and recorded
 * as <dir>/<name>.port, .port-1, ... Built only where libzmq is installed.
 */
#ifndef QUEUES_ZEROMQ_PLACE_H
#define QUEUES_ZEROMQ_PLACE_H

#include "shared/net/url.h"

enum { ZEROMQ_PLACES_MAX = 32 };

struct zeromq_place {
    const char *dir, *name; /* the caller's, as at is */
    const struct url *at;   /* NULL: a path */
    unsigned claimed;       /* by this process, to be removed */
    int listener[ZEROMQ_PLACES_MAX];
};

/* zeromq_place_claim takes the next place: -EEXIST, -ENAMETOOLONG; the port is
 * `port`, 0: a free one. */
int zeromq_place_claim(struct zeromq_place *p, unsigned port);

/* zeromq_place_bind binds a socket to a place that was claimed, which then is
 * the socket's to close; zeromq_place_connect connects one to it, from any
 * process that knows the first three. */
int zeromq_place_bind(struct zeromq_place *p, unsigned index, void *socket);
int zeromq_place_connect(const struct zeromq_place *p, unsigned index,
                         void *socket);

/* zeromq_place_close closes what this process listens at; zeromq_place_remove
 * removes what was claimed. */
void zeromq_place_close(struct zeromq_place *p);
void zeromq_place_remove(struct zeromq_place *p);

#endif
