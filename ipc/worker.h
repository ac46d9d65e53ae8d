/* SPDX-License-Identifier: MIT */
/*
 * worker.h -- the two workers of an exchange: what a forked process runs
 */
#ifndef IPC_WORKER_H
#define IPC_WORKER_H

#include "ipc/exchange.h"
#include "shared/store.h"

/* One worker's view of the exchange; a copy in each process. */
struct worker {
    const struct exchange_plan *plan;
    struct exchange_page *page;
    struct worker_page *self;
    enum worker_role role;
    uint32_t workers;       /* that meet at the start */
    struct channel jobs;    /* opened; created, unless by another program */
    struct channel results; /* ops NULL: there is no way back */
    unsigned window;
    uint64_t session; /* 0: the consumer takes the first one it sees */
    struct store store;
};

/*
 * worker_run attaches both channels, meets the other worker, does the role's
 * part and detaches. Returns the exit status of the process: 0, or 1 with
 * error and detail on the page.
 */
int worker_run(struct worker *w);

/* The roles' parts: 0 or a negative errno. */
int producer_run(struct worker *w);
int consumer_run(struct worker *w);

/* worker_phase notes what this worker does next. */
void worker_phase(struct worker *w, enum phase phase);

/* worker_note_result takes a job's result into this worker's counts. */
void worker_note_result(struct worker *w, uint64_t id,
                        const struct job_result *result);

/* worker_note_rejection counts a job as rejected and keeps the reason. */
void worker_note_rejection(struct worker *w, uint64_t id, const char *reason);

/* worker_open_input opens the picture of a job. If it cannot be read or is
 * larger than plan->max, the job is noted as rejected: false. */
bool worker_open_input(struct worker *w, uint64_t id,
                       struct input_reader *ret_reader);

/* worker_out_of_time: whether no new job is to be begun. The clock is asked
 * once in a while only, since it costs as much as a small job. */
bool worker_out_of_time(const struct worker *w, uint64_t id);

/* worker_none does the work of all jobs in this process, without IPC. */
int worker_none(struct worker *w);

#endif
