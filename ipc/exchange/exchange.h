/* SPDX-License-Identifier: MIT */
/*
 * exchange.h -- one exchange: jobs one way, results back, judged and measured
 *
 *      producer                      consumer
 *        reserve a job
 *        (fill it)
 *        commit    ---- jobs ---->   acquire
 *                                    (check it, do the work)
 *                                    release
 *                                    reserve a result
 *        acquire   <-- results ---   commit
 *        release
 *
 * The producer keeps at most `window` jobs unanswered and ends with an END
 * frame, which the consumer answers with its tally. The window never exceeds
 * the results that the results channel holds while nobody receives: so the
 * consumer never waits for the producer while the producer waits for it.
 *
 * A supervisor makes the channels, forks the workers, watches, and always
 * cleans up. A worker's death ends the exchange. There may be several of both
 * roles: ipc/worker/channels.h says who is connected to whom.
 */
#ifndef IPC_EXCHANGE_EXCHANGE_H
#define IPC_EXCHANGE_EXCHANGE_H

#include "ipc/worker/channels.h"
#include "ipc/worker/inputs.h"
#include "ipc/worker/page.h"

#include <sys/types.h>

enum exchange_pattern {
    PATTERN_EXCHANGE,  /* every job answered, several under way */
    PATTERN_PING_PONG, /* every job answered before the next is sent */
    PATTERN_STREAM,    /* one way; one answer to them all */
};

const char *pattern_name(enum exchange_pattern pattern);
const char *work_name(enum job_work work);

/* Where each job's progress is told; total is 0 when not known. */
typedef void progress_fn(void *arg, uint64_t done, uint64_t total);

/* What to do. Everything in it stays the caller's. */
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
    const char *store; /* image work: where uploads go */
    int rejected_fd;   /* where each rejected job gets a line; 0: nowhere */
    enum placement placement;
    enum channel_wait wait; /* where the mechanism has the choice */
    uint64_t pause_ns;      /* how long a consumer sleeps over each job, */
    uint64_t slow_pause_ns; /* and the first of several */
    uint64_t stall_ns;      /* no progress for so long ends it */
    const struct channel_ops *decorator; /* wraps ops; NULL: none */
    const void *decoration;
    void (*narrate_tasks)(const struct job_result *result); /* or NULL */
    struct histogram *latency; /* takes the latencies in as well; or NULL */
    progress_fn *progress;     /* or NULL */
    void *progress_arg;
};

enum { EXCHANGE_FAILURE_MAX = 480 };

/* What a job costs the workers of one role: after the warm-up, on average. */
struct cost {
    double cpu_ns;
    double voluntary_switches;
    double involuntary_switches;
    uint64_t memory_bytes; /* of all of them, at most */
};

/* What came of it. */
struct exchange_outcome {
    struct verdict verdict;
    char failure[EXCHANGE_FAILURE_MAX]; /* one line; "" when it ran */
    int signal;             /* SIGINT, SIGTERM or SIGHUP ended it, or 0 */
    uint64_t elapsed_ns;    /* barrier to last answer */
    uint64_t bytes;         /* of payload, sent */
    double jobs_per_second; /* after the warm-up */
    struct latency latency; /* none in a stream without a rate */
    struct cost cost[WORKER_ROLES];
    pid_t pid[WORKER_ROLES]; /* the first's; threads: the same */
    uint64_t jobs_of_consumer[CHANNELS_MAX];
    bool competing;                    /* consumers took from one channel */
    struct channel_config jobs_config; /* as it really was */
    struct channel_config results_config;
    unsigned window;                      /* likewise */
    struct results results[WORKER_ROLES]; /* as each role learned of them */
};

/* exchange_run does it all and fills in *ret_outcome, also on failure. Returns
 * 0 if exchange_good, -1 otherwise. */
int exchange_run(const struct exchange_plan *plan,
                 struct exchange_outcome *ret_outcome);

/*
 * The parts of exchange_run, for a run whose two sides are two programs
 * (ipc/apart/side): each has a supervisor and one worker of its own.
 */
struct worker;
struct supervisor;

/* exchange_session returns a random number other than 0. */
uint64_t exchange_session(void);

/* exchange_payload_max returns the largest payload a plan can send. */
size_t exchange_payload_max(const struct exchange_plan *plan);

/* exchange_open_channels opens the channels of an exchange: -ENOMEM. Names
 * outside dir carry the seed. */
int exchange_open_channels(struct worker *w, const char *dir, uint64_t seed,
                           size_t payload_max);

/* exchange_create_channels creates them and sets the worker's window. A
 * failure's phase and reason go to `failure`. */
int exchange_create_channels(struct worker *w,
                             char failure[static EXCHANGE_FAILURE_MAX]);

/* exchange_collect judges, and sums up what the page holds. `again` is how
 * many jobs more than one consumer saw. */
void exchange_collect(struct supervisor *s, const struct exchange_plan *plan,
                      uint64_t again, struct exchange_outcome *outcome);

/* exchange_good: it ran, the verdict is good, and nothing was rejected. */
bool exchange_good(const struct exchange_outcome *outcome);

#endif
