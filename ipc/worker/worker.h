/* SPDX-License-Identifier: MIT */
/*
 * worker.h -- one worker's view of an exchange, and what it notes of its part
 *
 * In this room: one producer or consumer from inside.
 */
#ifndef IPC_WORKER_WORKER_H
#define IPC_WORKER_WORKER_H

#include "ipc/job/store.h"
#include "ipc/worker/channels.h"
#include "ipc/worker/page.h"
#include "ipc/worker/plan.h"

/* When the clock is asked again: it costs as much as a small job. */
struct look {
    uint64_t at_ns; /* the last time */
    uint64_t next;  /* when so many jobs are done */
    uint64_t step;  /* jobs between two looks */
};

struct desk;     /* ipc/worker/desk.h */
struct ledger;   /* ipc/worker/ledger.h */
struct workshop; /* ipc/models/workshop.h */

/* One worker's view of the exchange; each has a copy. */
struct worker {
    const struct exchange_plan *plan;
    struct exchange_page *page;
    struct worker_page *self;
    enum worker_role role;
    unsigned index;            /* among the workers of its role, from 0 */
    bool alone;                /* the other side is another program */
    bool is_thread;            /* other workers share its process */
    struct channels *channels; /* opened; created, unless by another program */
    struct lanes lanes;        /* this worker's channels */
    size_t frame_max;          /* of a job */
    unsigned window;
    uint64_t session;         /* 0: the consumer takes the first one it sees */
    struct seen *const *seen; /* consumer: its own, one for each producer */
    struct ledger *ledger;    /* NULL: a death ends it all */
    struct store store;
    const struct workshop *workshop; /* plan->model's; NULL: there is none */
    struct desk *desk;               /* consumer: of plan->model; or NULL */
    char job_name[JOB_NAME_MAX];     /* consumer: as the producer told, or "" */
    struct look look;
    bool warm; /* the warm-up is over */
};

/* worker_slot returns the worker's place on the page and among the CPUs:
 * producers first. */
unsigned worker_slot(const struct worker *w);

/* worker_job_number returns the number among all producers' jobs of one that
 * has an id at its producer. */
static inline uint64_t worker_job_number(const struct worker *w,
                                         unsigned producer, uint64_t id)
{
    return id * w->plan->producers + producer;
}

/* worker_phase notes what this worker does next. */
static inline void worker_phase(struct worker *w, enum phase phase)
{
    atomic_store_explicit(&w->self->phase, phase, memory_order_relaxed);
}

/* worker_count_frame counts one of the jobs' channels: about to be committed,
 * or just acquired. Nobody else counts there: so it may be two operations. */
static inline void worker_count_frame(struct worker *w)
{
    const uint64_t frames =
        atomic_load_explicit(&w->self->frames, memory_order_relaxed);

    atomic_store_explicit(&w->self->frames, frames + 1, memory_order_relaxed);
}

/* worker_note_milestone notes how far it is, with so many jobs done. */
void worker_note_milestone(const struct worker *w, uint64_t jobs,
                           struct milestone *ret_milestone);

/* worker_note_result takes the result of `count` jobs, the first with this
 * number, into this worker's counts. */
void worker_note_result(struct worker *w, uint64_t number, uint64_t count,
                        const struct job_result *result);

/* worker_note_store: for the failure's text, that the store is to blame.
 * worker_note_detail: what a model says of its failure; "": nothing. */
void worker_note_store(struct worker *w, int error);
void worker_note_detail(struct worker *w, const char *text);

/* worker_note_rejection counts a job as rejected and keeps the reason. */
void worker_note_rejection(struct worker *w, uint64_t number,
                           const char *reason);

/* worker_list_rejection writes its line into the file of --rejected. */
void worker_list_rejection(const struct worker *w, uint64_t number,
                           const char *reason);

/* worker_open_input opens the picture of a job. If it cannot be read or is
 * larger than plan->max, the job is noted as rejected: false. */
bool worker_open_input(struct worker *w, uint64_t number,
                       struct input_reader *ret_reader);

/* worker_look is called with the jobs done so far. It asks the clock once in a
 * while only, ends the warm-up when its time has come, and returns whether the
 * time for the jobs is over. */
bool worker_look(struct worker *w, uint64_t jobs);

/* worker_began_ns returns when the exchange began: its first generation. */
uint64_t worker_began_ns(const struct worker *w);

/* worker_due_ns returns when plan->rate wants a producer's job to go off. */
uint64_t worker_due_ns(const struct worker *w, unsigned producer, uint64_t id);

#endif
