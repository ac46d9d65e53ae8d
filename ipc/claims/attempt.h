/* SPDX-License-Identifier: MIT */
/*
 * attempt.h -- tries one claim, in a process of its own
 */
#ifndef IPC_CLAIMS_ATTEMPT_H
#define IPC_CLAIMS_ATTEMPT_H

#include "ipc/claims/claim.h"
#include "shared/process/child.h"

/* What came of it. */
struct attempt_result {
    struct claim_run run;
    enum claim_verdict verdict;
    char failure[CLAIM_TEXT_MAX]; /* why there is no verdict, or "" */
    int signal;                   /* that ended it, or 0 */
    uint64_t took_ns;
};

/*
 * attempt_claim measures and judges. dir is a private directory, in which the
 * experiment gets one of its own, which is removed. `stop` is asked now and
 * then for a signal that came; NULL: there is none to ask. All processes of the
 * experiment are ended when it returns.
 */
void attempt_claim(const struct claim *claim, const char *dir, bool twin,
                   bool brief, child_stop_fn *stop,
                   struct attempt_result *ret_result);

#endif
