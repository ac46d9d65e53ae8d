/* SPDX-License-Identifier: MIT */
/*
 * processes.c -- a process for each of the four tasks
 *
 * Workers  four processes, made once; images and thumbnails go to them through
 *          channels of any mechanism (--over)
 * Waiting  the two that upload wait; resize and checksum go on meanwhile
 * Gains    what parallel gains; and a task that crashes or leaks takes no other
 *          with it
 * Costs    an image goes through a channel three times, once to each process
 * Use      tasks that must not harm each other, or that are other programs
 * Manual   fork(2), ipc/channel.h
 */
#include "ipc/models/job_queue.h"
#include "ipc/models/model.h"
#include "ipc/models/stages.h"

struct state {
    struct job_queue under_way; /* in the order in which they were submitted */
    struct stages stages;
};

static int start(void *state, const struct model_config *config,
                 unsigned *window)
{
    struct state *s = state;
    int r;

    r = job_queue_open(&s->under_way, *window);
    return r < 0 ? r : stages_start(&s->stages, config, window);
}

static int submit(void *state, struct model_job *job)
{
    struct state *s = state;
    int r;

    r = stages_send(&s->stages, job);
    return r < 0 ? r : job_queue_put(&s->under_way, job);
}

static int collect(void *state, struct model_job **ret_job)
{
    struct state *s = state;
    struct model_job *job = job_queue_take(&s->under_way);
    int r;

    r = stages_receive(&s->stages, job);
    if (r == 0)
        *ret_job = job;
    return r;
}

static void stop(void *state)
{
    struct state *s = state;

    stages_stop(&s->stages);
    job_queue_free(&s->under_way);
}

const struct model_ops processes_model = {
    .name = "processes",
    .state_size = sizeof(struct state),
    .start = start,
    .submit = submit,
    .collect = collect,
    .stop = stop,
};
