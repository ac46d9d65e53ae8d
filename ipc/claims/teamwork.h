/* SPDX-License-Identifier: MIT */
/*
 * teamwork.h -- the same work, done by few threads or by many
 */
#ifndef IPC_CLAIMS_TEAMWORK_H
#define IPC_CLAIMS_TEAMWORK_H

#include "ipc/claims/claim.h"

enum teamwork_kind {
    TEAMWORK_COMPUTING,
    TEAMWORK_WAITING,  /* pauses of 1 ms */
    TEAMWORK_ONE_LOCK, /* increments of one number under one lock */
    TEAMWORK_LOCKS,    /* each thread has a number and a lock of its own */
};

enum { TEAMWORK_THREADS_MAX = 256 };

/* How much there is to do, of whichever kind, for all threads together. */
struct teamwork {
    uint64_t steps; /* of tool_compute */
    unsigned pauses, increments;
};

/* teamwork_time returns how long so many threads took; 0: they could not be
 * made. */
uint64_t teamwork_time(const struct teamwork *work, enum teamwork_kind kind,
                       unsigned threads);

/* teamwork_note notes that. 0 or -EAGAIN. */
int teamwork_note(struct claim_run *run, const char *name,
                  const struct teamwork *work, enum teamwork_kind kind,
                  unsigned threads);

#endif
