/* SPDX-License-Identifier: MIT */
/*
 * past.h -- what a producer in a program of its own knows of its earlier
 * consumers, and of its own earlier runs
 *
 * It outlives a consumer (--wait): what that one has not answered goes to the
 * next one. With a journal (--resume) the jobs outlive the producer as well:
 * the same command line goes on where it was killed.
 */
#ifndef IPC_APART_PAST_H
#define IPC_APART_PAST_H

#include "ipc/exchange/history.h"
#include "ipc/exchange/rundir.h"

struct past {
    struct history history;
    struct rundir rundir; /* of the journal; its path is "": there is none */
};

/*
 * past_open prepares it by plan->resume, a directory that is made if it is not
 * there; NULL: nothing is kept on disk. 0, or the exit status after a line on
 * stderr. Pair with past_close, also after a failure: the journal stays.
 */
int past_open(struct past *past, const struct exchange_plan *plan);
void past_close(struct past *past);

/* past_has_all: whether nothing is left to be sent. past_tell_all then says so,
 * and returns the exit status. */
bool past_has_all(const struct past *past, const struct exchange_plan *plan);
int past_tell_all(const struct past *past, const struct exchange_plan *plan);

/*
 * past_add takes over what a generation has left that ended with this outcome:
 * -ENOMEM. When its consumer `died`, the job that it may have had in hand is
 * suspect, and set aside after LEDGER_ATTEMPTS deaths (ipc/worker/ledger).
 */
int past_add(struct past *past, const struct worker *worker,
             const struct exchange_outcome *outcome, bool died);

/* past_tell_late says that no consumer came to a place within
 * plan->peer_wait_ns. */
void past_tell_late(const struct past *past, const struct exchange_plan *plan,
                    const char *place);

/* past_text says how far it is: "312 of 2000 jobs are settled". */
enum { PAST_TEXT_MAX = 100 };
const char *past_text(const struct past *past, const struct exchange_plan *plan,
                      char text[static PAST_TEXT_MAX]);

#endif
