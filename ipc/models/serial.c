/* SPDX-License-Identifier: MIT */
/*
 * serial.c -- one thread, one task after another
 *
 * Workers  one thread
 * Waiting  the thread waits for each upload, and does nothing meanwhile
 * Gains    nothing to share, nothing to lock: the easiest to get right
 * Costs    while it waits no processor works; one processor at most is used
 * Use      where there is nothing to wait for, and one processor is enough
 * Manual   libcurl-easy(3)
 */
#include "ipc/models/job_queue.h"
#include "ipc/models/model.h"

struct state {
    struct uploads uploads;
    struct job_queue jobs;
};

static int start(void *state, const struct model_config *config,
                 unsigned *window)
{
    struct state *s = state;
    int r;

    r = uploads_open(&s->uploads, config->target);
    return r < 0 ? r : job_queue_open(&s->jobs, *window);
}

static int submit(void *state, struct model_job *job)
{
    struct state *s = state;

    return job_queue_put(&s->jobs, job);
}

static int collect(void *state, struct model_job **ret_job)
{
    struct state *s = state;
    struct model_job *job = job_queue_take(&s->jobs);

    tasks_all(job, &s->uploads);
    *ret_job = job;
    return 0;
}

static void stop(void *state)
{
    struct state *s = state;

    job_queue_free(&s->jobs);
    uploads_close(&s->uploads);
}

const struct model_ops serial_model = {
    .name = "serial",
    .state_size = sizeof(struct state),
    .start = start,
    .submit = submit,
    .collect = collect,
    .stop = stop,
};
