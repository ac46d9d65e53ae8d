/* SPDX-License-Identifier: MIT */
/*
 * outcome.h -- what came of an exchange: the verdict, the failure, the figures
 */
#ifndef IPC_EXCHANGE_OUTCOME_H
#define IPC_EXCHANGE_OUTCOME_H

#include "ipc/exchange/cause.h"
#include "ipc/worker/channels.h"
#include "ipc/worker/plan.h"

/* The cost of a job to the workers of a role, on average after the warm-up. */
struct cost {
    double cpu_ns;
    double voluntary_switches;
    double involuntary_switches;
    uint64_t memory_bytes; /* of all of them, at most */
};

/* What earlier generations left for the verdict (ipc/worker/ledger). */
struct so_far {
    uint64_t settled;       /* jobs, when this generation began; */
    uint64_t rejected;      /* of them */
    struct verdict verdict; /* its faults, restarts and redundant jobs count */
    uint64_t sent;          /* jobs, each time that one was; */
    uint64_t sent_bytes;    /* and of their payloads */
    uint64_t jobs_of_consumer[CHANNELS_MAX];
    struct results results[WORKER_ROLES];
    struct histogram latency;
};

/* The outcome of an exchange. */
struct exchange_outcome {
    struct verdict verdict;
    char failure[CAUSE_TEXT_MAX]; /* one line; "" when it ran */
    int signal;                   /* SIGINT, SIGTERM or SIGHUP ended it, or 0 */
    uint64_t kills;               /* on purpose */
    uint64_t finished_ns;         /* the last answer was in */
    uint64_t elapsed_ns;          /* from the barrier, or the first one, on */
    uint64_t sent;                /* jobs, each time that one was; */
    uint64_t sent_bytes;          /* and of their payloads */
    uint64_t bytes;               /* of payload, sent; of each job once */
    double jobs_per_second;       /* after the warm-up */
    struct latency latency;       /* none in a stream without a rate */
    struct cost cost[WORKER_ROLES];
    double broker_cpu_ns; /* of a job, warm-up and all (broker.h); 0: there is
                             no such process */
    pid_t pid[WORKER_ROLES]; /* the first's; threads: the same */
    int cpu[WORKER_ROLES];   /* the first's, at the end of the warm-up and at
                                its own; -1: not the same, or not known */
    uint64_t jobs_of_consumer[CHANNELS_MAX];
    bool competing;                    /* consumers took from one channel */
    struct channel_config jobs_config; /* as it really was */
    struct channel_config results_config;
    unsigned window;                      /* likewise */
    struct results results[WORKER_ROLES]; /* as each role learned of them */
};

/*
 * outcome_collect judges, and sums up what the page of a roster holds. `signal`
 * ended it, or 0; `again` is how many jobs more than one consumer saw. With
 * `before` (NULL: this is the first generation) the whole exchange is judged.
 */
void outcome_collect(const struct roster *roster,
                     const struct exchange_plan *plan, int signal,
                     uint64_t again, const struct so_far *before,
                     struct exchange_outcome *outcome);

/* outcome_keep notes what the next generation's outcome needs of this one's. In
 * a stream all jobs are done again: then only faults are kept. */
void outcome_keep(const struct exchange_outcome *outcome,
                  const struct roster *roster, bool stream,
                  struct so_far *so_far);

/* results_reject adds a rejected job; the first of them are listed. */
void results_reject(struct results *results, uint64_t number, const char *text);

/* results_reason returns why a job was rejected, or NULL. */
const char *results_reason(const struct results *results, uint64_t number);

/* outcome_good: it ran, the verdict is good, and nothing was rejected. */
bool outcome_good(const struct exchange_outcome *outcome);

/* outcome_exit_status: 0 good, 1 not, 128 + signal when one ended it. */
int outcome_exit_status(const struct exchange_outcome *outcome);

#endif
