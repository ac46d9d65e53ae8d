/* SPDX-License-Identifier: MIT */
/*
 * confine.h -- the process that decodes pictures keeps little of what it may do
 *
 * Image libraries get bytes of strangers. Should such bytes take the process
 * over, it is left with the store, the run's own directory and the channels
 * that it has attached (docs/limits.md says what that keeps in). In two steps,
 * since what a thread may open has to be settled before it starts:
 *
 *      confine_begin      no new privileges; where attaching starts threads
 *                         (CHANNEL_OWN_THREADS) files and ports: the store, the
 *                         run's directory, what attaching takes
 *      (attach)
 *      confine_finish     files and ports: the store and the run's directory;
 *                         and system calls, for all threads
 */
#ifndef IPC_WORKER_CONFINE_H
#define IPC_WORKER_CONFINE_H

#include "ipc/worker/worker.h"

/* confine_missing returns why a process cannot be confined on this system, a
 * string that stays, or NULL: it can. */
const char *confine_missing(void);

/* Both do nothing unless the plan asks for it, and for a producer. -ENOTSUP for
 * a thread, and for a mechanism that is CHANNEL_READS_PEER; -EBUSY: there are
 * threads that were not expected; errors of prctl(2), landlock(7) and
 * seccomp(2); -ENOMEM. */
int confine_begin(const struct worker *w);
int confine_finish(const struct worker *w);

#endif
