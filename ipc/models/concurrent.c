/* SPDX-License-Identifier: MIT */
/*
 * concurrent.c -- one thread that never waits while there is something to do
 *
 * Workers  one thread
 * Waiting  it waits for all uploads at once, when nothing else is left to do
 * Gains    uploads cost no thread: hundreds can be under way; nothing is shared
 * Costs    it computes one thing at a time, on one processor; while it resizes,
 *          no upload moves
 * Use      much waiting and little computing
 * Manual   libcurl-multi(3), poll(2)
 */
#include "ipc/models/job_queue.h"
#include "ipc/models/model.h"

#include <errno.h>
#include <stdlib.h>

static const uint64_t wait_ns = 1000000000;

/* What is being sent gets a moment before a task takes the processor: the other
 * side empties a full socket faster than that. */
static const uint64_t moment_ns = 1000000;

struct state {
    struct uploads uploads;
    struct job_queue submitted;
    struct model_job **jobs; /* under way, the oldest first; owned */
    unsigned count;
};

static int start(void *state, const struct model_config *config,
                 unsigned *window)
{
    struct state *s = state;
    int r;

    r = job_queue_open(&s->submitted, *window);
    if (r < 0)
        return r;
    s->jobs = calloc(s->submitted.room, sizeof(struct model_job *));
    return s->jobs ? uploads_open(&s->uploads, config->target) : -ENOMEM;
}

static int submit(void *state, struct model_job *job)
{
    struct state *s = state;
    int r;

    r = job_queue_put(&s->submitted, job);
    uploads_wake(&s->uploads);
    return r;
}

static bool has_ended(const struct model_job *job, enum work_task task)
{
    return job->span[task].end_ns > 0 || job->span[task].error < 0;
}

/* The first task that needs the processor, of the oldest job that has one: what
 * an upload waits for comes first. */
static bool find_work(const struct state *s, struct model_job **ret_job,
                      enum work_task *ret_task)
{
    static const enum work_task order[] = { WORK_RESIZE, WORK_CHECKSUM };

    for (unsigned i = 0; i < s->count; i++)
        for (unsigned j = 0; j < 2; j++)
            if (!has_ended(s->jobs[i], order[j])) {
                *ret_job = s->jobs[i];
                *ret_task = order[j];
                return true;
            }
    return false;
}

static void do_work(struct state *s, struct model_job *job, enum work_task task)
{
    if (task == WORK_CHECKSUM) {
        task_checksum(job);
        return;
    }
    task_resize(job);
    if (tasks_has_thumbnail(job))
        task_begin_resized(job, &s->uploads);
}

static bool is_done(const struct model_job *job)
{
    return has_ended(job, WORK_CHECKSUM) && has_ended(job, WORK_RESIZE) &&
           (!job->original.bytes || has_ended(job, WORK_UPLOAD_ORIGINAL)) &&
           (!job->resized.bytes || has_ended(job, WORK_UPLOAD_RESIZED));
}

/* Takes the first job that is done from the list; NULL: none is. */
static struct model_job *take_done(struct state *s)
{
    struct model_job *job;

    for (unsigned i = 0; i < s->count; i++) {
        job = s->jobs[i];
        if (!is_done(job))
            continue;
        s->count--;
        for (; i < s->count; i++)
            s->jobs[i] = s->jobs[i + 1];
        return job;
    }
    return NULL;
}

/* How long uploads are waited for before something else is done. */
static uint64_t patience_ns(const struct state *s, bool work)
{
    if (!work)
        return wait_ns;
    return uploads_sending(&s->uploads) ? moment_ns : 0;
}

/* Begins what was submitted, and notes which uploads have ended. */
static void look_around(struct state *s)
{
    struct model_job *job;
    struct upload *upload;

    while (s->count < s->submitted.room &&
           (job = job_queue_try(&s->submitted))) {
        s->jobs[s->count++] = job;
        task_begin_original(job, &s->uploads);
    }
    while ((upload = uploads_take(&s->uploads)))
        task_end_upload(upload);
}

static int collect(void *state, struct model_job **ret_job)
{
    struct state *s = state;
    struct model_job *job;
    enum work_task task;
    bool work;

    for (;;) {
        look_around(s);
        *ret_job = take_done(s);
        if (*ret_job)
            return 0;
        work = find_work(s, &job, &task);
        if (!uploads_turn(&s->uploads, patience_ns(s, work)) && work)
            do_work(s, job, task);
    }
}

static void stop(void *state)
{
    struct state *s = state;

    uploads_close(&s->uploads);
    job_queue_free(&s->submitted);
    free(s->jobs);
}

const struct model_ops concurrent_model = {
    .name = "concurrent",
    .state_size = sizeof(struct state),
    .start = start,
    .submit = submit,
    .collect = collect,
    .stop = stop,
};
