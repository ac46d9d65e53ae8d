/* SPDX-License-Identifier: MIT */
/*
 * pool.c -- some threads, each of which does whole jobs
 *
 * Workers  as many threads as you ask for (--threads), made once
 * Waiting  a thread waits for its upload, and the others go on
 * Gains    as many jobs at once as there are threads: a limit that you choose
 * Costs    a thread that waits does not work: with many waits, many threads
 * Use      jobs that do not depend on each other; a thread for each processor
 *          where they compute, more where they wait
 * Manual   pthread_create(3), pthread_cond_wait(3)
 */
#include "ipc/models/hand.h"
#include "ipc/models/model.h"

#include <errno.h>
#include <stdlib.h>

struct state {
    struct job_queue jobs;
    struct job_queue done;
    struct hand *hands; /* owned */
    unsigned count;
};

static void do_job(void *state, struct model_job *job, struct uploads *uploads)
{
    struct state *s = state;

    tasks_all(job, uploads);
    (void)job_queue_put(&s->done, job);
}

static int start(void *state, const struct model_config *config,
                 unsigned *window)
{
    struct state *s = state;
    int r;

    r = job_queue_open(&s->jobs, *window);
    if (r == 0)
        r = job_queue_open(&s->done, *window);
    s->hands = calloc(config->workers, sizeof(*s->hands));
    if (r == 0 && !s->hands)
        r = -ENOMEM;
    while (r == 0 && s->count < config->workers) {
        struct hand *hand = &s->hands[s->count++];

        *hand = (struct hand){ .from = &s->jobs, .work = do_job, .arg = s };
        r = hand_start(hand, config->target);
    }
    return r;
}

static int submit(void *state, struct model_job *job)
{
    struct state *s = state;

    return job_queue_put(&s->jobs, job);
}

static int collect(void *state, struct model_job **ret_job)
{
    struct state *s = state;

    *ret_job = job_queue_take(&s->done);
    return 0;
}

static void stop(void *state)
{
    struct state *s = state;

    job_queue_close(&s->jobs);
    for (unsigned i = 0; i < s->count; i++)
        hand_stop(&s->hands[i]);
    free(s->hands);
    job_queue_free(&s->done);
    job_queue_free(&s->jobs);
}

const struct model_ops pool_model = {
    .name = "pool",
    .state_size = sizeof(struct state),
    .start = start,
    .submit = submit,
    .collect = collect,
    .stop = stop,
};
