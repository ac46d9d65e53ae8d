/* SPDX-License-Identifier: MIT */
/*
 * partner.h -- the process at the other end of a channel, where a pid is needed
 *
 *      partner_introduce  leaves a record of who this process is
 *      partner_look       reads who the other one is, and takes a pidfd of it
 *      partner_close
 *
 * The records lie in the run's directory, <dir>/<name>.sender-pid and
 * .receiver-pid. Where the two ends are in different PID namespaces neither
 * can signal the other, nor read its memory: -EREMOTE.
 */
#ifndef SHARED_PROCESS_PARTNER_H
#define SHARED_PROCESS_PARTNER_H

#include "shared/process/process.h"

#include <stdbool.h>
#include <stddef.h>

struct partner {
    const char *dir; /* the caller's */
    const char *name;
    bool sends;             /* this process, not the peer */
    struct process process; /* the peer, when last looked at */
    int pidfd;              /* of it; 0: none, or it has ended */
};

/* partner_introduce takes the place of an earlier holder of this end. Errors of
 * process_announce. */
int partner_introduce(struct partner *partner, const char *dir,
                      const char *name, bool sends);

/* partner_look: -ENOENT when it has not introduced itself, -ESRCH when it has
 * ended, -EREMOTE, -EPROTO. partner_await is the same, and blocks until it has
 * introduced itself. */
int partner_look(struct partner *partner);
int partner_await(struct partner *partner);

/* partner_close drops the pidfd; safe on a zeroed one. partner_forget removes
 * both records. */
void partner_close(struct partner *partner);
void partner_forget(const char *dir, const char *name);

/* partner_explain, for a mechanism's `explain`: of -EREMOTE; else -ENOENT. */
int partner_explain(const char *dir, const char *name, int error,
                    char *ret_text, size_t room);

#endif
