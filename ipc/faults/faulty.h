/* SPDX-License-Identifier: MIT */
/*
 * faulty.h -- a decorator channel: plants one fault in what passes
 *
 * A harness that finds nothing wrong proves nothing unless it finds what is
 * wrong. This decorator does to one message what a broken mechanism, or a peer
 * that means harm, would.
 */
#ifndef IPC_FAULTS_FAULTY_H
#define IPC_FAULTS_FAULTY_H

#include "ipc/channel.h"

#include <stdatomic.h>

enum fault_kind {
    FAULT_DROP,      /* the message is not sent */
    FAULT_DUPLICATE, /* it is sent twice */
    FAULT_REORDER,   /* it is sent after the next one */
    FAULT_FLIP,      /* one bit of its last byte changes */
    FAULT_FLIP_HEADER,
    FAULT_TRUNCATE, /* its last byte is cut off */
    FAULT_SESSION,  /* it is one of another session, else whole */
    FAULT_STALE,    /* an answer of another attempt is sent before it */
    FAULT_GARBAGE,  /* a message of any bytes is sent before it */
    FAULT_DIE,      /* the process kills itself instead */
    FAULT_STOP,     /* it stops itself before, as by Ctrl-Z */
    FAULT_POISON,   /* it kills itself when it has done the job of that id */
    FAULT_HANG,     /* it waits for ever instead */
    FAULT_STALL,    /* it sleeps before, for FAULT_STALL_MS */
    FAULT_LINGER,   /* it sleeps `message` milliseconds before it detaches */
    FAULT_KINDS,
};

enum { FAULT_STALL_MS = 100 };

struct fault {
    enum fault_kind kind;
    const char *channel;    /* "jobs" or "results" */
    enum channel_role role; /* a receiver can die, hang, stall, linger */
    uint64_t message;       /* which, from 0 */
    _Atomic bool *armed;    /* shared: to go wrong once; NULL: in each
                               generation of the workers */
};

/* faulty_wrap makes the decorator; its decoration is a struct fault. */
void faulty_wrap(const struct channel_ops *inner, struct channel_ops *ret_ops);

#endif
