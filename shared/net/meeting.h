/* SPDX-License-Identifier: MIT */
/*
 * meeting.h -- how the two sides of an exchange find each other from machine
 * to machine, and how each knows that the other is still there
 *
 * In this room: addresses, sockets, and how two sides meet.
 *
 *      consumer                          producer
 *        open                              open
 *        await (text)   ---- text --->     find
 *                       <-----------       join
 *        beat ...       <---------->       beat ...
 *        close                             close
 *
 * The text, one line, is the consumer's: all that the producer has to know.
 * One producer joins, no second. Both then call beat every MEETING_TICK_MS or
 * oftener: it gives a sign of life, and finds out when the other gave none for
 * MEETING_SILENCE_MS.
 *
 * Whoever can reach the place can read the text, and so join; unless both have
 * a secret (m->at->trust), which each then proves to know, and by which the
 * text is known to be the consumer's.
 */
#ifndef SHARED_NET_MEETING_H
#define SHARED_NET_MEETING_H

#include "shared/net/guests.h"
#include "shared/net/trust.h"
#include "shared/net/url.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    MEETING_TEXT_MAX = 4096,
    MEETING_TICK_MS = 500,
    MEETING_SILENCE_MS = 5000,
    MEETING_STRANGER_MS = GUEST_MS, /* for who comes to say what it wants */
};

struct meeting {
    const struct meeting_ops *ops;
    const struct url *at;
    bool owner;    /* the consumer's */
    bool present;  /* as far as the other can see */
    bool joined;   /* a producer has */
    bool farewell; /* a consumer ends, and was not killed; not every scheme
                      lets the producer know */
    int listener, fd;
    struct guests strangers; /* the consumer's: they have proven nothing yet */
    struct guests guests;    /* likewise, until one of them joins */
    void *server;
    char text[MEETING_TEXT_MAX]; /* the consumer's */
    char peer[URL_HOST_MAX];     /* the other's address, if known, or "" */
    uint64_t spoke_ns, heard_ns;
};

struct meeting_ops {
    const char *scheme;           /* of the URLs: "tcp" */
    const char *encrypted_scheme; /* likewise, "tcp+tls"; NULL: none */
    bool secret_encrypts;         /* a secret encrypts at `scheme` already */
    unsigned port;                /* when none is given */
    int lingers_ms; /* that a killed consumer's place may look taken */

    /* open takes the place, or reaches for it; it blocks for a bounded time.
     * -EADDRINUSE when there is a consumer already; for a producer -EAGAIN:
     * there may be one soon; -EHOSTDOWN: no name server answers now; other
     * errors: there cannot. */
    int (*open)(struct meeting *m);

    /* await is the consumer's, at most for so long: 1 when a producer has
     * joined, 0 when none has; -EPROTO when somebody came who speaks something
     * else, -EKEYREJECTED: who has another secret. */
    int (*await)(struct meeting *m, int limit_ms);

    /* find is the producer's: the text. -EAGAIN when there is none yet, -EPIPE:
     * nor a word, and there may be one soon;
     * -EPROTO when what answers speaks something else, -ETIMEDOUT; -ENOKEY:
     * it asks for a secret, -EOPNOTSUPP: it has none, -EKEYREJECTED: it has
     * another one. */
    int (*find)(struct meeting *m);

    /* join tells the consumer. -EBUSY: another was quicker. */
    int (*join)(struct meeting *m);

    /* beat: -EPIPE when the other has gone, -ETIMEDOUT when it is silent. */
    int (*beat)(struct meeting *m);

    /* close leaves, and the other knows at once. Safe on a zeroed meeting. */
    void (*close)(struct meeting *m);
};

/* meeting_takes: whether URLs of that scheme are its own. */
static inline bool meeting_takes(const struct meeting_ops *ops,
                                 const char *scheme)
{
    return strcmp(scheme, ops->scheme) == 0 ||
           (ops->encrypted_scheme &&
            strcmp(scheme, ops->encrypted_scheme) == 0);
}

/* meeting_has_secret: whether both sides have one. */
static inline bool meeting_has_secret(const struct url *at)
{
    return at->trust && at->trust->has_secret;
}

/* meeting_encrypts: whether nobody on the way can read what is sent. */
static inline bool meeting_encrypts(const struct meeting_ops *ops,
                                    const struct url *at)
{
    return (ops->secret_encrypts && meeting_has_secret(at)) ||
           (ops->encrypted_scheme &&
            strcmp(at->scheme, ops->encrypted_scheme) == 0);
}

#endif
