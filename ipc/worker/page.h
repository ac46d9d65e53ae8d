/* SPDX-License-Identifier: MIT */
/*
 * page.h -- the memory that a supervisor and its workers share
 *
 * It carries no jobs: only how far each worker is, what it counted, and why it
 * stopped. Mapped before the workers are forked, so all have it at the same
 * address; what a worker that is not there would write costs no memory. The
 * supervisor reads what a worker wrote after that worker ended; what it reads
 * earlier (progress, phase) is atomic. What different processes write lies on
 * different cache lines.
 */
#ifndef IPC_WORKER_PAGE_H
#define IPC_WORKER_PAGE_H

#include "ipc/job/job.h"
#include "ipc/worker/measure.h"
#include "ipc/worker/verdict.h"

#include <stdatomic.h>

enum worker_role { WORKER_PRODUCER, WORKER_CONSUMER, WORKER_ROLES };

const char *worker_role_name(enum worker_role role);

/* The phases of a worker: the message when it stops names one. */
enum phase {
    PHASE_START,
    PHASE_ATTACH_JOBS,
    PHASE_ATTACH_RESULTS,
    PHASE_RESERVE_JOB,
    PHASE_READ_INPUT,
    PHASE_COMMIT_JOB,
    PHASE_ACQUIRE_RESULT,
    PHASE_RELEASE_RESULT,
    PHASE_ACQUIRE_JOB,
    PHASE_WORK,
    PHASE_RELEASE_JOB,
    PHASE_RESERVE_RESULT,
    PHASE_COMMIT_RESULT,
    PHASE_AWAIT_ARRIVALS,
    PHASE_AWAIT_ENDS,
    PHASE_DETACH,
    PHASE_ENDED,
};

const char *phase_text(enum phase phase);

enum { PAGE_WORKERS_MAX = 64, PAGE_REMARKS_MAX = 16, PAGE_DETAIL_MAX = 360 };

/* A remark about one job, by its number among all producers' jobs. */
struct remark {
    uint64_t number;
    char name[JOB_NAME_MAX]; /* of its file, as the producer told; or "" */
    char text[JOB_REMARK_MAX];
};

/* Results as one worker learned of them. */
struct results {
    uint64_t completed;
    uint64_t rejected;
    uint64_t damaged;        /* what arrived was not what was sent */
    uint64_t noticed;        /* completed, with a remark */
    uint64_t work_ns;        /* of all tasks of all jobs */
    struct job_result first; /* of a completed job */
    struct remark rejection[PAGE_REMARKS_MAX]; /* the first of them */
    struct remark notice[PAGE_REMARKS_MAX];
};

/* How far a worker was at some moment: what is measured begins there. */
struct milestone {
    uint64_t at_ns;
    uint64_t jobs;
    struct usage usage;
    int cpu; /* that it ran on */
};

/* Written by one worker, read by the supervisor. A worker is alone when the
 * other side is another program. */
struct worker_page {
    _Alignas(64) _Atomic uint32_t phase; /* enum phase */
    _Atomic uint64_t jobs;               /* sent, or judged, so far */
    _Atomic uint64_t frames;             /* with jobs: committed, or acquired */
    _Atomic uint64_t in_hand; /* a consumer's: 1 + the number of the job that it
                                 is doing; 0: none */
    _Atomic bool last;        /* END has come: the peer may leave */
    int error;                /* negative errno, or 0 */
    char detail[PAGE_DETAIL_MAX]; /* more about the error, or "" */
    bool explained;               /* detail says all, without a name */
    struct milestone warm;        /* when its warm-up was over */
    struct milestone done;        /* when it had nothing left to do */
    uint64_t memory_bytes;        /* that the exchange took, at most */

    /* The producer's: from answers, and of jobs it could not send. The
     * consumer's: of jobs that it does not answer, and all when alone. */
    struct results results;

    /* A consumer's; that of a producer that is alone, from the answer to its
     * END. */
    struct tally tally;

    /* A producer's; those of a consumer that is alone, from what arrives. */
    uint64_t finished_ns; /* the last answer was in */
    uint64_t submitted;   /* jobs tried, sent or not */
    uint64_t sent;
    uint64_t bytes; /* of payload, sent */

    /* A producer's. */
    uint64_t bad_answers; /* that could not be read */
    uint64_t duplicate_answers;
    uint64_t reordered_answers;
    uint64_t doubled_effects; /* settled twice */

    /* A producer's, of answers; with a rate, a stream's consumer's, of
     * arrivals. Not of the warm-up. */
    struct histogram latency;
};

struct exchange_page {
    /* The start: each worker adds 1 when attached; the last one opens. */
    _Atomic uint32_t ready;
    _Atomic uint32_t open;
    uint64_t started_ns; /* written by the worker that opens */

    _Atomic uint32_t producers_done; /* whose jobs are all accounted for */
    _Atomic uint32_t ended; /* each consumer has had its END, and may leave */
    struct worker_page worker[PAGE_WORKERS_MAX];
};

/* page_map returns zeroed shared memory, or NULL; page_unmap frees it. */
struct exchange_page *page_map(void);
void page_unmap(struct exchange_page *page);

/*
 * page_meet waits until `workers` workers have called it: the start of an
 * exchange, when every end is attached.
 */
void page_meet(struct exchange_page *page, uint32_t workers);

/* page_end lets all go that wait in page_await_end, or will. */
void page_end(struct exchange_page *page);
void page_await_end(struct exchange_page *page);

#endif
