/* SPDX-License-Identifier: MIT */
/*
 * channel.h -- the contract: the one interface every mechanism implements
 *
 * A channel carries messages, opaque blocks of bytes, one way. A mechanism's
 * source file defines these eight functions, so named, in this order:
 *
 *      owner        create                                      destroy
 *      sender              attach  (reserve  commit)*   detach
 *      receiver            attach  (acquire  release)*  detach
 *
 * Loans. Bytes never cross this interface by copy. Shared memory lends itself;
 * a pipe lends a private buffer and copies it through the kernel. An end holds
 * at most one loan at a time, and a loan is one contiguous block.
 *
 * State. The caller allocates state_size zeroed bytes, and create fills them
 * in. attach works on a copy of the creator's state (fork makes the copy; for
 * threads the bytes are copied), or on zeroed bytes, when it finds all it
 * needs through config: so an unrelated process joins. The owner's end is
 * always attached on a copy, and so are both of an inherited-only mechanism.
 *
 * Results. 0, or a negative errno, and then what ret_ points to is untouched.
 * No function prints or exits. Errors beyond those of the calls beneath:
 *      -EMSGSIZE  the message is larger than config->frame_max
 *      -EPROTO    the peer sent what this mechanism never sends
 *      -EPIPE     the peer is gone (with trait SEES_DEATH always noticed)
 *
 * Blocking. attach, reserve, commit and acquire block until they can complete.
 * Nothing times out because a peer died: to end that is the caller's. An end
 * belongs to one thread. Before create and attach a process ignores SIGPIPE and
 * SIGXFSZ, so that a dead peer or a full file is an error. Sizes are bytes.
 */
#ifndef IPC_CHANNEL_H
#define IPC_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct meeting_ops; /* shared/net/meeting.h */
struct url;         /* shared/net/url.h */

enum { CHANNEL_ALIGN = 64, CHANNEL_OPTIONS_MAX = 4 };

/* Facts about a mechanism that its callers act on. */
enum channel_trait {
    CHANNEL_INHERITED_ONLY = 1 << 0,     /* only relatives can share it */
    CHANNEL_SEES_DEATH = 1 << 1,         /* a dead peer shows as -EPIPE */
    CHANNEL_MANY_SENDERS = 1 << 2,       /* takes more than one sender */
    CHANNEL_MANY_RECEIVERS = 1 << 3,     /* takes more than one receiver */
    CHANNEL_SURVIVES_PROCESSES = 1 << 4, /* messages outlive both ends */
    CHANNEL_ZERO_COPY = 1 << 5,          /* loans are the shared memory */
    CHANNEL_THREADS = 1 << 6,            /* both ends in one process */
    CHANNEL_CAN_SPIN = 1 << 7,           /* takes a channel_wait */
    CHANNEL_POLLABLE = 1 << 8,           /* acquire waits at a descriptor */
    CHANNEL_BY_DIRECTORY = 1 << 9,       /* dir is all that the two share: no
                                            namespace of IPC, pids, network */
    CHANNEL_OTHER_LANGUAGES = 1 << 10,   /* bytes by calls or a library that
                                            every language has */
    CHANNEL_GUARDED = 1 << 11,           /* a hostile peer can lie or be silent;
                                            it can neither kill nor read */
};

enum channel_role { CHANNEL_SENDER, CHANNEL_RECEIVER };

/* Which end a process takes. */
struct channel_end {
    enum channel_role role;
    unsigned index; /* among the ends of this role, from 0 */
    bool owner;     /* the creator's side: listens or accepts */
};

enum channel_wait {
    CHANNEL_WAIT_ADAPTIVE, /* spins for a moment, then sleeps */
    CHANNEL_WAIT_BLOCK,    /* sleeps at once */
    CHANNEL_WAIT_SPIN,     /* never sleeps, and keeps a processor busy */
};

/* A setting of the mechanism itself, given as NAME=SIZE. */
struct channel_option {
    const char *name; /* NULL ends the list */
    const char *help; /* one line */
    size_t fallback;  /* when not given */
    size_t least;     /* what may be given */
    size_t most;      /* 0: create finds out what the system takes */
};

/* Both sides agree on it. Its strings are the caller's and stay valid until
 * destroy. In attach depth and options are what create really got. */
struct channel_config {
    const char *dir;      /* private directory, mode 0700, for every name */
    const char *name;     /* of this channel, unique in dir: "jobs" */
    const struct url *at; /* NULL, or the place beyond dir to meet at */
    uint64_t seed;        /* random per run, for names outside dir */
    unsigned number;      /* of this channel in the exchange, from 0 */
    size_t frame_max;     /* largest message */
    size_t depth;         /* messages in flight, where one can choose; in
                             create 0: nobody asked (channel_config.h) */
    unsigned senders;     /* at least 1 */
    unsigned receivers;
    enum channel_wait wait;
    size_t options[CHANNEL_OPTIONS_MAX]; /* in the order of ops->options */
};

/* The values that create really got. */
struct channel_effective {
    size_t frames_held; /* frame_max long, while nobody receives */
    size_t depth;       /* slots; 0 where the mechanism has none */
    size_t options[CHANNEL_OPTIONS_MAX];
};

/* A mechanism: const struct channel_ops NAME_channel. */
struct channel_ops {
    const char *name;   /* as people type it: "unix-stream" */
    unsigned traits;    /* enum channel_trait */
    size_t message_max; /* of its own; 0: frame_max. Beyond it, packets */
    size_t state_size;
    const struct channel_option *options; /* NULL: none */
    const struct meeting_ops *meeting;    /* of two machines; NULL: one only */
    const char *libraries;                /* it is made of; NULL: the kernel */

    /* Why this system does not let it work, in one line; NULL: it does. */
    const char *(*unavailable)(void); /* NULL: it works on every Linux */

    /* What an error of create or of an end means here, in one line: which
     * limit, what was asked, what there is, the cure. -ENOENT: no more than its
     * name says. NULL: all errors speak for themselves. */
    int (*explain)(const struct channel_config *config, int error,
                   char *ret_text, size_t room);

    /* create makes what must exist before either end does. */
    int (*create)(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective);

    /* attach takes one end. Of an exchange's channels all take jobs first. */
    int (*attach)(void *state, const struct channel_config *config,
                  const struct channel_end *end);

    /* reserve lends size bytes aligned to CHANNEL_ALIGN, until commit. */
    int (*reserve)(void *state, size_t size, void **ret_block);

    /* commit sends the first size bytes of the loan and ends it. */
    int (*commit)(void *state, size_t size);

    /* acquire lends the next message until release. It may be longer than what
     * was committed; the tail means nothing. A peer may still be able to write
     * it: check a snapshot, and use that. */
    int (*acquire)(void *state, const void **ret_block, size_t *ret_size);

    /* release ends the loan; the sender may reuse the memory. */
    int (*release)(void *state);

    /* detach delivers what was committed, for a bounded time, and drops what
     * this process holds but what destroy needs. Safe on a half-made or zeroed
     * state. */
    void (*detach)(void *state);

    /* destroy removes what create made. Safe on a half-made state. */
    void (*destroy)(void *state);
};

#endif
