/* SPDX-License-Identifier: MIT */
/*
 * ledger.h -- what has become of each job, whoever dies meanwhile
 *
 * No mechanism delivers each job exactly once: whoever dies takes along what it
 * had taken. So all of them get the same few rules above them:
 *
 *  - Any death ends the generation: all workers are stopped, all channels made
 *    anew, with a new session, and all workers forked again.
 *  - A job is settled when its answer has come; what is not settled, the next
 *    generation sends again. Its attempts are counted in the header, and an
 *    answer of an earlier one changes nothing.
 *  - What a job does is the same after the first time (ipc/job/store): so one
 *    that is done again takes effect once.
 *  - A job that its consumer had in hand in LEDGER_ATTEMPTS deaths is set
 *    aside: rejected, with the reason.
 *
 * In a stream nobody answers, so nothing is settled: all of it is sent again.
 *
 * The supervisor owns the ledger. A producer settles jobs, in memory that
 * outlives it; everything else the supervisor writes, between two generations,
 * and the workers it forks then have a copy.
 */
#ifndef IPC_WORKER_LEDGER_H
#define IPC_WORKER_LEDGER_H

#include "ipc/worker/channels.h"
#include "ipc/worker/plan.h"
#include "ipc/worker/verdict.h"

enum { LEDGER_ATTEMPTS = 5 };

/* A job that was sent and not settled when a generation ended. */
struct open_job {
    uint64_t id;
    uint16_t sent;   /* how often */
    uint16_t deaths; /* of consumers that had it in hand */
};

/* Those of one producer. */
struct account {
    struct seen *settled;  /* shared; its jobs that need not be sent again, */
    struct seen *rejected; /* shared; and those of them that were rejected */
    uint64_t submitted;    /* earlier generations did with ids below it */
    struct open_job *open; /* owned; by id */
    size_t open_count;
    size_t open_room;
};

struct ledger {
    struct account account[CHANNELS_MAX];
    unsigned producers;
    bool answered;       /* jobs are: it is no stream */
    uint64_t generation; /* from 0 */
    uint64_t began_ns;   /* the first one; 0: none has yet */
};

/* ledger_open: -ENOMEM. Pair with ledger_close, also after a failure. */
int ledger_open(struct ledger *l, const struct exchange_plan *plan);
void ledger_close(struct ledger *l);

/* ledger_next returns the first id from this one on that is to be sent. */
uint64_t ledger_next(const struct ledger *l, unsigned producer, uint64_t id);

/* ledger_attempt returns what the header says of a job, from 1.
 * ledger_is_suspect: whether a consumer died with it in hand. Such a job goes
 * alone: then it is known which one it was. */
uint16_t ledger_attempt(const struct ledger *l, unsigned producer, uint64_t id);
bool ledger_is_suspect(const struct ledger *l, unsigned producer, uint64_t id);

/* ledger_settle notes an answer; false: there was one already. */
bool ledger_settle(struct ledger *l, unsigned producer, uint64_t id,
                   bool rejected);

/* ledger_settled counts the settled jobs of all producers; ledger_rejected
 * those of them that were rejected. */
uint64_t ledger_settled(const struct ledger *l);
uint64_t ledger_rejected(const struct ledger *l);

/*
 * ledger_close_account notes, at a generation's end, that a producer has
 * submitted jobs with ids below `submitted`: what is not settled of them is
 * open. -ENOMEM.
 */
int ledger_close_account(struct ledger *l, unsigned producer,
                         uint64_t submitted);

/* ledger_restore notes how many consumers have died with a job in hand, as an
 * earlier run knew. -ENOMEM. */
int ledger_restore(struct ledger *l, unsigned producer, uint64_t id,
                   uint16_t deaths);

/* ledger_blame notes that a consumer died with a job in hand. True: it is set
 * aside now. After ledger_close_account. -ENOMEM counts as false. */
bool ledger_blame(struct ledger *l, unsigned producer, uint64_t id);

#endif
