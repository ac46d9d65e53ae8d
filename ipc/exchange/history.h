/* SPDX-License-Identifier: MIT */
/*
 * history.h -- what the generations of an exchange leave to each other
 *
 * The ledger says which jobs are settled, the journal keeps that on disk, and
 * what the verdict on the whole needs of each generation is kept beside them.
 *
 *      history_open
 *        history_watch    the workers of a generation are about to be watched
 *        ...              they run; what they settle goes to the journal
 *        history_collect  they have ended: what came of it, as a whole
 *        history_keep     it was not the end
 *        (who is to blame for it: ipc/exchange/blame)
 *        history_next     another generation begins
 *      history_close
 */
#ifndef IPC_EXCHANGE_HISTORY_H
#define IPC_EXCHANGE_HISTORY_H

#include "ipc/exchange/journal.h"
#include "ipc/exchange/outcome.h"
#include "ipc/exchange/supervisor.h"
#include "ipc/worker/ledger.h"

struct history {
    struct ledger ledger;
    struct journal journal; /* its path is "" where there is none */
    struct so_far *so_far;  /* owned; NULL: there was no other generation */
    uint64_t resumed;       /* jobs that an earlier run has settled */
    uint64_t settled;       /* when this generation began */
    unsigned idle;          /* generations since the last one with progress */
    uint64_t noted_ns;      /* in the journal, the last time */
    const struct roster *roster; /* the supervisor's; NULL: none yet */
};

/*
 * history_open begins one, with a journal in `dir`, or NULL: none. With
 * `resume` it goes on with the journal that is there. -ENOTSUP: a stream cannot
 * be resumed; -ENOMEM; errors of journal_create and journal_resume. Pair with
 * history_close, also after a failure; the journal's file stays.
 */
int history_open(struct history *h, const struct exchange_plan *plan,
                 const char *dir, bool resume);
void history_close(struct history *h);

/* history_error says an error of history_open in words. */
const char *history_error(int error);

/* history_watch lets a supervisor know the ledger, and keep the journal. */
void history_watch(struct history *h, struct supervisor *s);

/* history_collect is outcome_collect, with all that was before. */
void history_collect(struct history *h, const struct supervisor *s,
                     const struct exchange_plan *plan, uint64_t again,
                     struct exchange_outcome *outcome);

/* history_save writes what is settled into the journal at once. */
void history_save(struct history *h);

/* history_keep notes what the generation that has ended, with this outcome,
 * leaves to the next one: -ENOMEM. history_next begins that: what is settled by
 * now, also by blame, nobody sends again. */
int history_keep(struct history *h, const struct exchange_outcome *outcome);
void history_next(struct history *h);

/* history_moved: whether this generation has settled a job. */
bool history_moved(const struct history *h);

/* history_again counts the jobs that were sent and are to be sent again. */
uint64_t history_again(const struct history *h);

/* history_done: whether there are jobs, and all of them are settled.
 * history_conclude then makes the outcome a good one: no other generation is
 * needed. */
bool history_done(const struct history *h, const struct exchange_plan *plan);
void history_conclude(const struct history *h,
                      struct exchange_outcome *outcome);

#endif
