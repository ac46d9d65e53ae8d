/* SPDX-License-Identifier: MIT */
/*
 * wake.h -- how long it is from when a worker is woken until it runs
 *
 * An exchange in ping-pong is run, once with both sides on one processor and
 * once on two, while the kernel records its scheduler (sched_trace.h). Where
 * that is not allowed, there is less: what the kernel counts anyway
 * (run_delay.h).
 */
#ifndef IPC_LAB_TRACE_WAKE_H
#define IPC_LAB_TRACE_WAKE_H

#include "ipc/exchange/exchange.h"
#include "ipc/lab/trace/sched_trace.h"

/* The two processes; where both are threads of one, it is there twice. */
struct wake_workers {
    pid_t process[WORKER_ROLES];
    uint64_t from_ns, until_ns; /* what counts of what they did */
};

/* What one exchange shows. */
struct wake_run {
    uint64_t jobs;
    double trip_ns; /* a round trip, on average */

    /* With the kernel's record. */
    double bare_ns; /* a round trip of another run, without it; 0: there was
                       none */
    struct histogram woken;
    uint64_t woken_ns;  /* all of them together */
    uint64_t from_idle; /* their processor was; */
    uint64_t took_over; /* a worker ran there that had not gone to sleep */
    uint64_t unseen;    /* those of whom it has not when they ran */
    bool full;          /* what came later has no room in it */

    /* Without: what they waited on the run queue, and how often; 0 times where
     * the kernel does not count. */
    uint64_t waited_ns;
    uint64_t times;
};

/*
 * wake_collect adds what events show, which are in the order of time: from each
 * wake-up of a thread of the workers' to when it ran. Who is woken while it
 * still runs, before it slept, does not count, nor who runs again after it only
 * gave way.
 */
void wake_collect(const struct sched_event *event, size_t count,
                  const struct wake_workers *workers, struct wake_run *run);

/*
 * wake_record runs a plan with the record, and on one processor, where that
 * makes most of a difference, before that without; wake_count runs it without.
 * 0; 128 + signal, or -1 and a line that says why not.
 */
enum { WAKE_WHY_MAX = SCHED_WHY_MAX + CAUSE_TEXT_MAX };

int wake_record(const struct exchange_plan *plan, struct wake_run *ret_run,
                char ret_why[static WAKE_WHY_MAX]);
int wake_count(const struct exchange_plan *plan, struct wake_run *ret_run,
               char ret_why[static WAKE_WHY_MAX]);

/* wake_missing returns whether there is no record to be had, and why. */
bool wake_missing(char ret_why[static SCHED_WHY_MAX]);

#endif
