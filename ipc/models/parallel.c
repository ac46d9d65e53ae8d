/* SPDX-License-Identifier: MIT */
/*
 * parallel.c -- a thread for each of the four tasks
 *
 * Workers  four threads, made once, each with one task that it does for all
 *          jobs
 * Waiting  the two that upload wait; resize and checksum go on meanwhile
 * Gains    the tasks of a job run at once; how many resize at once is a choice
 * Costs    the slowest task sets the pace; upload resized waits for resize
 * Use      tasks of different kinds, of which each has its own limit
 * Manual   pthread_create(3), pthread_cond_wait(3)
 */
#include "ipc/models/hand.h"
#include "ipc/models/model.h"

struct state {
    struct job_queue todo[JOB_TASKS]; /* one for each task */
    struct job_queue done;
    struct hand hands[JOB_TASKS];
};

/* The last of a job's tasks to end hands it over. */
static void end_tasks(struct state *s, struct model_job *job, unsigned count)
{
    if (atomic_fetch_sub(&job->open, count) == count)
        (void)job_queue_put(&s->done, job);
}

static void upload_original(void *state, struct model_job *job,
                            struct uploads *uploads)
{
    task_upload_original(job, uploads);
    end_tasks(state, job, 1);
}

static void checksum(void *state, struct model_job *job,
                     struct uploads *uploads)
{
    (void)uploads;
    task_checksum(job);
    end_tasks(state, job, 1);
}

static void resize(void *state, struct model_job *job, struct uploads *uploads)
{
    struct state *s = state;

    (void)uploads;
    task_resize(job);
    if (!tasks_has_thumbnail(job)) {
        end_tasks(s, job, 2);
        return;
    }
    (void)job_queue_put(&s->todo[WORK_UPLOAD_RESIZED], job);
    end_tasks(s, job, 1);
}

static void upload_resized(void *state, struct model_job *job,
                           struct uploads *uploads)
{
    task_upload_resized(job, uploads);
    end_tasks(state, job, 1);
}

static int start(void *state, const struct model_config *config,
                 unsigned *window)
{
    static hand_work_fn *const work[JOB_TASKS] = {
        [WORK_UPLOAD_ORIGINAL] = upload_original,
        [WORK_CHECKSUM] = checksum,
        [WORK_RESIZE] = resize,
        [WORK_UPLOAD_RESIZED] = upload_resized,
    };
    struct state *s = state;
    int r;

    r = job_queue_open(&s->done, *window);
    for (int i = 0; r == 0 && i < JOB_TASKS; i++)
        r = job_queue_open(&s->todo[i], *window);
    for (int i = 0; r == 0 && i < JOB_TASKS; i++) {
        s->hands[i] = (struct hand){
            .from = &s->todo[i],
            .work = work[i],
            .arg = s,
        };
        r = hand_start(&s->hands[i], config->target);
    }
    return r;
}

static int submit(void *state, struct model_job *job)
{
    struct state *s = state;
    int r;

    r = job_queue_put(&s->todo[WORK_UPLOAD_ORIGINAL], job);
    if (r == 0)
        r = job_queue_put(&s->todo[WORK_RESIZE], job);
    if (r == 0)
        r = job_queue_put(&s->todo[WORK_CHECKSUM], job);
    return r;
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

    for (int i = 0; i < JOB_TASKS; i++)
        job_queue_close(&s->todo[i]);
    for (int i = 0; i < JOB_TASKS; i++)
        hand_stop(&s->hands[i]);
    for (int i = 0; i < JOB_TASKS; i++)
        job_queue_free(&s->todo[i]);
    job_queue_free(&s->done);
}

const struct model_ops parallel_model = {
    .name = "parallel",
    .state_size = sizeof(struct state),
    .start = start,
    .submit = submit,
    .collect = collect,
    .stop = stop,
};
