/* SPDX-License-Identifier: MIT */
/*
 * channel.h -- the contract: the one interface every mechanism implements
 *
 * A channel carries messages, opaque blocks of bytes, one way. An exchange
 * opens two channels of the same mechanism: jobs, from producer to consumer,
 * and results, back again. Every mechanism's source file defines these eight
 * functions, under these names and in this order:
 *
 *      owner        create                                      destroy
 *      sender              attach  (reserve  commit)*   detach
 *      receiver            attach  (acquire  release)*  detach
 *
 * Loans. Bytes never cross this interface by copy. reserve() lends the sender
 * memory to build the next message in; commit() sends it. acquire() lends the
 * receiver the next message; release() gives it back. Shared memory lends
 * itself, so a message is never copied; a pipe lends a private buffer and
 * copies it through the kernel. An end holds at most one loan at a time, and
 * a loan is one contiguous block.
 *
 * State. The caller allocates state_size zeroed bytes. create() fills them
 * in. attach() works on a copy of the creator's state (fork makes the copy;
 * for threads the bytes are copied), or on zeroed bytes, when it finds all it
 * needs through config: so an unrelated process joins. The owner's end (the
 * one that listens or accepts where the mechanism has such a thing) is always
 * attached on a copy, and so are both ends of an inherited-only mechanism.
 *
 * Results. 0, or a negative errno; ret_ parameters come last and are left
 * untouched on failure. No function prints or exits. Errors beyond those of
 * the system calls beneath:
 *      -EMSGSIZE  the message is larger than config->frame_max
 *      -EPROTO    the peer sent what this mechanism never sends
 *      -EPIPE     the peer is gone (with trait SEES_DEATH always noticed)
 *
 * Blocking. attach, reserve, commit and acquire block until they can
 * complete; detach for a bounded time. Nothing here times out because a peer
 * died: the supervisor deals with that. An end belongs to one thread.
 *
 * Before create and attach a process ignores SIGPIPE and SIGXFSZ, so that a
 * dead peer or a full file is an error and not its end. Sizes are bytes.
 */
#ifndef IPC_CHANNEL_H
#define IPC_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct meeting_ops; /* shared/net/meeting.h */
struct url;

enum { CHANNEL_ALIGN = 64, CHANNEL_OPTIONS_MAX = 4 };

/* What a mechanism is: facts that the harness and the tests act on. */
enum channel_trait {
    CHANNEL_INHERITED_ONLY = 1 << 0,     /* only relatives can share it */
    CHANNEL_SEES_DEATH = 1 << 1,         /* a dead peer shows as -EPIPE */
    CHANNEL_MANY_SENDERS = 1 << 2,       /* takes more than one sender */
    CHANNEL_MANY_RECEIVERS = 1 << 3,     /* takes more than one receiver */
    CHANNEL_SURVIVES_PROCESSES = 1 << 4, /* messages outlive both ends */
    CHANNEL_ZERO_COPY = 1 << 5,          /* loans are the shared memory */
    CHANNEL_THREADS = 1 << 6,            /* both ends in one process */
    CHANNEL_CAN_SPIN = 1 << 7,           /* takes a channel_wait */
};

enum channel_role { CHANNEL_SENDER, CHANNEL_RECEIVER };

/* How an end waits, where the mechanism leaves the choice. */
enum channel_wait {
    CHANNEL_WAIT_ADAPTIVE, /* spins for a moment, then sleeps */
    CHANNEL_WAIT_BLOCK,    /* sleeps at once */
    CHANNEL_WAIT_SPIN,     /* never sleeps, and keeps a processor busy */
};

/* Which end a process takes. */
struct channel_end {
    enum channel_role role;
    unsigned index; /* among the ends of this role, from 0 */
    bool owner;     /* the creator's side: listens or accepts */
};

/* A setting of the mechanism itself, given as NAME=SIZE. */
struct channel_option {
    const char *name; /* NULL ends the list */
    const char *help; /* one line */
    size_t fallback;  /* when not given */
    size_t least;     /* what may be given */
    size_t most;      /* 0: create finds out what the system takes */
};

/*
 * What both sides agree on. The strings belong to the caller and stay valid
 * until destroy. Between create and attach the effective values stand in
 * depth and options.
 */
struct channel_config {
    const char *dir;      /* private directory, mode 0700, for every name */
    const char *name;     /* of this channel, unique in dir: "jobs" */
    const struct url *at; /* NULL, or the place beyond dir to meet at */
    uint64_t seed;        /* random per run, for names outside dir */
    unsigned number;      /* of this channel in the exchange, from 0 */
    size_t frame_max;     /* largest message */
    size_t depth;         /* messages in flight, where one can choose; in
                             create 0: nobody asked (channel_depth) */
    unsigned senders;     /* at least 1 */
    unsigned receivers;
    enum channel_wait wait;
    size_t options[CHANNEL_OPTIONS_MAX]; /* in the order of ops->options */
};

/* What create() really got. */
struct channel_effective {
    size_t frames_held; /* frame_max long, while nobody receives */
    size_t depth;       /* slots; 0 where the mechanism has none */
    size_t options[CHANNEL_OPTIONS_MAX];
};

struct channel_ops {
    const char *name;    /* as people type it: "unix-stream" */
    const char *summary; /* one line */
    unsigned traits;     /* enum channel_trait */
    size_t message_max;  /* largest message of the mechanism; 0: frame_max.
                            A larger frame travels in packets. */
    size_t state_size;
    const struct channel_option *options; /* NULL: none */

    /* How two machines meet by it; NULL: it works within one. */
    const struct meeting_ops *meeting;

    /* unavailable says in one line why this system does not let it work, or
     * returns NULL: it does. A mechanism that works on every Linux has no such
     * function, and NULL here. */
    const char *(*unavailable)(void);

    /*
     * explain says in one line what an error of create or of an end means here:
     * which limit, what was asked of it, what there is, the cure. -ENOENT: no
     * more than the error's name says. A mechanism whose errors speak for
     * themselves has no such function, and NULL here.
     */
    int (*explain)(const struct channel_config *config, int error,
                   char *ret_text, size_t room);

    /* create makes what must exist before either end does. */
    int (*create)(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective);

    /* attach takes one end; jobs before results, on both sides. */
    int (*attach)(void *state, const struct channel_config *config,
                  const struct channel_end *end);

    /* reserve lends size bytes aligned to 64, valid until commit. */
    int (*reserve)(void *state, size_t size, void **ret_block);

    /* commit sends the first size bytes of the loan and ends it. */
    int (*commit)(void *state, size_t size);

    /*
     * acquire lends the next message, valid until release. It may be longer
     * than what was committed; the tail means nothing. A peer may still be
     * able to write it: check a snapshot, and use that.
     */
    int (*acquire)(void *state, const void **ret_block, size_t *ret_size);

    /* release ends the loan; the sender may reuse the memory. */
    int (*release)(void *state);

    /*
     * detach delivers what was committed and drops what this process holds,
     * keeping what destroy needs. Safe on a half-made or zeroed state.
     */
    void (*detach)(void *state);

    /* destroy removes what create made. Safe on a half-made state. */
    void (*destroy)(void *state);
};

#endif
