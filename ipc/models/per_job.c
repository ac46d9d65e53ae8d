/* SPDX-License-Identifier: MIT */
/*
 * per_job.c -- a new thread for every job
 *
 * Workers  as many threads as there are jobs under way, each made for one job
 *          and gone with it
 * Waiting  each thread waits for its uploads, and the others go on
 * Gains    the code of a job reads like that of one thread
 * Costs    a thread, its stack and a connection are made for each job; nothing
 *          but the window bounds how many there are
 * Use      few jobs, and long ones
 * Manual   pthread_create(3), pthread_join(3)
 */
#include "ipc/models/job_queue.h"
#include "ipc/models/model.h"
#include "shared/base/thread.h"

struct state {
    const struct upload_target *target;
    struct job_queue done;
    _Atomic unsigned running; /* threads that are not joined yet */
};

static void *do_job(void *arg)
{
    struct model_job *job = arg;
    struct state *s = job->model;
    struct uploads uploads;
    int r;

    job->thread = pthread_self(); /* before anybody joins it */
    r = uploads_open(&uploads, s->target);
    if (r == 0)
        tasks_all(job, &uploads);
    else
        job->span[WORK_UPLOAD_ORIGINAL].error = r;
    uploads_close(&uploads);
    (void)job_queue_put(&s->done, job);
    return NULL;
}

static int start(void *state, const struct model_config *config,
                 unsigned *window)
{
    struct state *s = state;

    s->target = config->target;
    return job_queue_open(&s->done, *window);
}

static int submit(void *state, struct model_job *job)
{
    struct state *s = state;
    pthread_t thread;
    int r;

    job->model = s;
    r = thread_start(&thread, do_job, job);
    if (r == 0)
        atomic_fetch_add(&s->running, 1);
    return r;
}

static int collect(void *state, struct model_job **ret_job)
{
    struct state *s = state;
    struct model_job *job = job_queue_take(&s->done);

    (void)pthread_join(job->thread, NULL);
    atomic_fetch_sub(&s->running, 1);
    *ret_job = job;
    return 0;
}

static void stop(void *state)
{
    struct state *s = state;
    struct model_job *job;

    while (atomic_load(&s->running) > 0)
        (void)collect(s, &job);
    job_queue_free(&s->done);
}

const struct model_ops per_job_model = {
    .name = "per-job",
    .state_size = sizeof(struct state),
    .start = start,
    .submit = submit,
    .collect = collect,
    .stop = stop,
};
