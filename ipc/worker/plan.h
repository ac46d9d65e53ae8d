/* SPDX-License-Identifier: MIT */
/*
 * plan.h -- what an exchange is to do; all workers follow the same plan
 */
#ifndef IPC_WORKER_PLAN_H
#define IPC_WORKER_PLAN_H

#include "ipc/channel.h"
#include "ipc/job/job.h"
#include "ipc/models/workshop.h"
#include "ipc/worker/inputs.h"
#include "ipc/worker/measure.h"
#include "ipc/worker/place.h"

enum exchange_pattern {
    PATTERN_EXCHANGE,  /* every job answered, several under way */
    PATTERN_PING_PONG, /* every job answered before the next is sent */
    PATTERN_STREAM,    /* one way; one answer to them all */
};

const char *pattern_name(enum exchange_pattern pattern);
const char *work_name(enum job_work work);

/* Where each job's progress is told; total is 0 when not known. */
typedef void progress_fn(void *arg, uint64_t done, uint64_t total);

/* Tells, in the supervisor, the run's directory, once it is there. */
typedef void tell_place_fn(void *arg, const char *dir);

/* All workers are about to be replaced. */
struct restart {
    uint64_t number;  /* from 1 */
    const char *why;  /* one line */
    uint64_t settled; /* jobs that nobody sends again */
    uint64_t again;   /* jobs that were sent, and are sent again */
};

/* Told in the supervisor. */
typedef void tell_restart_fn(void *arg, const struct restart *restart);

/* Tells what a picture of that name has become: once it is known to this side,
 * in the worker. */
typedef void tell_upload_fn(const char *name, const struct job_result *result);

/* Who dies on purpose. */
enum kill_whom {
    KILL_ONE, /* a worker, by lot */
    KILL_PRODUCERS,
    KILL_CONSUMERS,
    KILL_ALL, /* workers, and what stands between them: a server */
};

/* Deaths on purpose (ipc/exchange/kills). */
struct kill_plan {
    uint64_t after_ns;  /* the first progress of a generation; 0: nobody is */
    uint64_t spread_ns; /* later by at most so much, by lot */
    uint64_t seed;      /* of the lots; 0: a random one */
    enum kill_whom whom;
    int signal;                 /* 0: SIGKILL */
    struct histogram *recovery; /* takes how long it was from each kill until a
                                   job was settled again; or NULL */
};

/* The plan of an exchange. Everything in it stays the caller's. */
struct exchange_plan {
    const struct channel_ops *ops; /* NULL: `none`, no IPC, one process */
    enum exchange_pattern pattern;
    enum job_work work;
    uint64_t session;     /* in its frames and global names; 0: a random one */
    uint64_t jobs;        /* how many */
    uint64_t warmup_ns;   /* not measured, so long from the start */
    uint64_t budget_ns;   /* then no new job after this long; 0: all of them */
    double rate;          /* jobs per second, by the clock; 0: without pause */
    unsigned batch;       /* jobs in a frame; 0 is 1, more: a stream's */
    size_t size;          /* payload bytes, in header and verify work */
    size_t max;           /* largest payload that is sent */
    bool max_is_peers;    /* it is the other program's, below our own */
    unsigned producers;   /* at least 1; each does its share of the jobs */
    unsigned consumers;   /* at least 1; where they cannot compete for one
                           channel, at least as many as producers */
    unsigned window;      /* unanswered jobs of a producer; ping-pong has 1 */
    size_t depth;         /* of the jobs channel, where one can choose; or 0 */
    const struct url *at; /* beyond the run's directory; NULL: nowhere */
    size_t options[CHANNEL_OPTIONS_MAX];
    const struct inputs *inputs; /* image work: job i is input i mod count */
    unsigned box_width;          /* thumbnails fit into this; pixels */
    unsigned box_height;
    const char *store;         /* image work: where uploads go */
    const struct model *model; /* image work: who does the tasks, and when, with
                                  uploads by HTTP; NULL: the consumer, one
                                  after another, straight into the store */
    struct workshop_plan workshop; /* with a model */
    int rejected_fd; /* where each rejected job gets a line; 0: nowhere */
    enum placement placement;
    enum channel_wait wait; /* where the mechanism has the choice */
    uint64_t pause_ns;      /* how long a consumer sleeps over each job, */
    uint64_t slow_pause_ns; /* and the first of several */
    uint64_t stall_ns; /* no progress for so long ends it, or a generation */
    uint64_t
        peer_wait_ns;   /* for another program on the other side, at the start
                          and after each death; 0: not after a death */
    unsigned restarts;  /* without progress between them, at most; 0: a death
                          ends it all (ipc/worker/ledger) */
    bool sync;          /* what is settled outlives a power cut: the journal,
                           and what is stored */
    bool confine;       /* consumers keep little of what they may do, in
                           processes of their own (ipc/worker/confine) */
    const char *resume; /* the directory of a run that was killed; NULL */
    struct kill_plan kills;
    const struct channel_ops *decorator; /* wraps ops; NULL: none */
    const void *decoration;
    void (*narrate_tasks)(const struct job_result *result); /* or NULL */
    tell_upload_fn *tell_upload;                            /* or NULL */
    struct histogram *latency; /* takes the latencies in as well; or NULL */
    progress_fn *progress;     /* or NULL */
    void *progress_arg;
    tell_place_fn *tell_place;     /* or NULL; these, too, */
    tell_restart_fn *tell_restart; /* get progress_arg */
};

/* plan_payload_max returns the largest payload a plan can send. */
size_t plan_payload_max(const struct exchange_plan *plan);

/* plan_job_count returns how many of its jobs are a producer's. */
uint64_t plan_job_count(const struct exchange_plan *plan, unsigned producer);

#endif
