/* SPDX-License-Identifier: MIT */
/*
 * channel_facts.h -- what can be said of a mechanism, and what can be set
 *
 * A mechanism states both in its struct channel_ops (ipc/channel.h). Whoever
 * calls it acts on them, and ipc/advice chooses by them; tests/test_traits.c
 * tries them out.
 */
#ifndef IPC_CHANNEL_FACTS_H
#define IPC_CHANNEL_FACTS_H

#include <stddef.h>

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
    CHANNEL_SIGNALS = 1 << 12,           /* ends signal each other's process */
    CHANNEL_READS_PEER = 1 << 13,        /* or read its memory */
    CHANNEL_OWN_THREADS = 1 << 14,       /* attach starts some, detach ends
                                            them */
};

/* A setting of the mechanism itself, given as NAME=SIZE. */
struct channel_option {
    const char *name; /* NULL ends the list */
    const char *help; /* one line */
    size_t fallback;  /* when not given */
    size_t least;     /* what may be given */
    size_t most;      /* 0: create finds out what the system takes */
};

#endif
