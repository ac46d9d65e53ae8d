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

/* The outcome of an exchange. */
struct exchange_outcome {
    struct verdict verdict;
    char failure[CAUSE_TEXT_MAX]; /* one line; "" when it ran */
    int signal;                   /* SIGINT, SIGTERM or SIGHUP ended it, or 0 */
    uint64_t elapsed_ns;          /* barrier to last answer */
    uint64_t bytes;               /* of payload, sent */
    double jobs_per_second;       /* after the warm-up */
    struct latency latency;       /* none in a stream without a rate */
    struct cost cost[WORKER_ROLES];
    double broker_cpu_ns; /* of a job, warm-up and all (broker.h); 0: there is
                             no such process */
    pid_t pid[WORKER_ROLES]; /* the first's; threads: the same */
    uint64_t jobs_of_consumer[CHANNELS_MAX];
    bool competing;                    /* consumers took from one channel */
    struct channel_config jobs_config; /* as it really was */
    struct channel_config results_config;
    unsigned window;                      /* likewise */
    struct results results[WORKER_ROLES]; /* as each role learned of them */
};

/* outcome_collect judges, and sums up what the page of a roster holds. `signal`
 * ended it, or 0; `again` is how many jobs more than one consumer saw. */
void outcome_collect(const struct roster *roster,
                     const struct exchange_plan *plan, int signal,
                     uint64_t again, struct exchange_outcome *outcome);

/* outcome_good: it ran, the verdict is good, and nothing was rejected. */
bool outcome_good(const struct exchange_outcome *outcome);

/* outcome_exit_status: 0 good, 1 not, 128 + signal when one ended it. */
int outcome_exit_status(const struct exchange_outcome *outcome);

#endif
