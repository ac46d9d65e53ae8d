/* SPDX-License-Identifier: MIT */
#include "ipc/worker/desk.h"

#include "shared/base/thread.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A job on the desk, from desk_put to its answer. */
struct paper {
    struct job_header header;
    char name[JOB_NAME_MAX];
    unsigned char *image; /* owned */
    bool damaged;
    bool done;
    struct model_job job;
};

struct desk {
    const struct model_ops *model;
    void *state;   /* the model's */
    unsigned room; /* for papers: as many as the model takes */
    desk_answer_fn *answer;
    desk_fail_fn *fail;
    void *arg;
    pthread_t thread;
    bool runs;

    /* Both threads, with the lock. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct paper *papers; /* a ring; the first is answered next */
    uint64_t put;         /* so many were put, */
    uint64_t answered;    /* and so many answered */
    bool closing;
};

static struct paper *paper_at(struct desk *d, uint64_t number)
{
    return &d->papers[number % d->room];
}

int desk_open(const struct model *model, const struct model_config *config,
              unsigned window, struct desk **ret_desk)
{
    struct desk *d = calloc(1, sizeof(*d));

    if (!d)
        return -ENOMEM;
    *ret_desk = d;
    d->model = model->ops;
    d->room = window;
    d->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    d->changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    d->papers = calloc(window, sizeof(*d->papers));
    d->state = calloc(1, d->model->state_size);
    if (!d->papers || !d->state)
        return -ENOMEM;
    return d->model->start(d->state, config, &d->room);
}

/* ---------------------------------------------------- in the desk's thread */

/* Waits for a paper; NULL: the desk is closed. */
static struct paper *first_paper(struct desk *d)
{
    struct paper *paper = NULL;

    (void)pthread_mutex_lock(&d->lock);
    while (d->put == d->answered && !d->closing)
        (void)pthread_cond_wait(&d->changed, &d->lock);
    if (d->put > d->answered)
        paper = paper_at(d, d->answered);
    (void)pthread_mutex_unlock(&d->lock);
    return paper;
}

static void clear_paper(struct desk *d, struct paper *paper)
{
    free(paper->image);
    (void)pthread_mutex_lock(&d->lock);
    paper->image = NULL;
    d->answered++;
    (void)pthread_cond_broadcast(&d->changed);
    (void)pthread_mutex_unlock(&d->lock);
}

static int answer_paper(struct desk *d, struct paper *paper)
{
    const struct job_result *result =
        paper->damaged ? &job_damaged : &paper->job.result;
    int r;

    r = d->answer(d->arg, &paper->header, paper->name, result);
    tasks_free(&paper->job);
    clear_paper(d, paper);
    return r;
}

/* Waits until the model has done a job, any one. */
static int collect_one(struct desk *d)
{
    struct model_job *job;
    struct paper *paper;
    int r;

    r = d->model->collect(d->state, &job);
    if (r < 0) {
        d->fail(d->arg, r, model_error_text(r));
        return r;
    }
    paper = job->owner;
    tasks_settle(job);
    if (job->error < 0)
        d->fail(d->arg, job->error, job->text);
    paper->done = true;
    return job->error;
}

static void *run(void *arg)
{
    struct desk *d = arg;
    struct paper *paper;
    int r = 0;

    while (r == 0 && (paper = first_paper(d))) {
        if (paper->damaged || paper->done) {
            r = answer_paper(d, paper);
            if (r < 0)
                d->fail(d->arg, r, "");
        } else
            r = collect_one(d);
    }
    return NULL;
}

int desk_start(struct desk *d, desk_answer_fn *answer, desk_fail_fn *fail,
               void *arg)
{
    int r;

    d->answer = answer;
    d->fail = fail;
    d->arg = arg;
    r = thread_start(&d->thread, run, d);
    d->runs = r == 0;
    return r;
}

/* -------------------------------------------------- in the caller's thread */

static void await_room(struct desk *d, uint64_t papers)
{
    (void)pthread_mutex_lock(&d->lock);
    while (d->put - d->answered > papers)
        (void)pthread_cond_wait(&d->changed, &d->lock);
    (void)pthread_mutex_unlock(&d->lock);
}

static int fill_paper(struct paper *paper, const struct job_header *header,
                      uint64_t number, const void *payload, const char *name,
                      bool damaged)
{
    *paper = (struct paper){ .header = *header, .damaged = damaged };
    (void)snprintf(paper->name, sizeof(paper->name), "%s", name);
    if (damaged)
        return 0;
    paper->image = malloc(header->payload_size > 0 ? header->payload_size : 1);
    if (!paper->image)
        return -ENOMEM;
    memcpy(paper->image, payload, header->payload_size);
    paper->job.number = number;
    paper->job.image = paper->image;
    paper->job.size = header->payload_size;
    paper->job.box_width = header->box_width;
    paper->job.box_height = header->box_height;
    paper->job.owner = paper;
    tasks_begin(&paper->job);
    return 0;
}

int desk_put(struct desk *d, const struct job_header *header, uint64_t number,
             const void *payload, const char *name, bool damaged)
{
    struct paper *paper;
    int r;

    await_room(d, d->room - 1);
    paper = paper_at(d, d->put);
    r = fill_paper(paper, header, number, payload, name, damaged);
    if (r == 0 && !damaged)
        r = d->model->submit(d->state, &paper->job);
    if (r < 0)
        return r;
    (void)pthread_mutex_lock(&d->lock);
    d->put++;
    (void)pthread_cond_broadcast(&d->changed);
    (void)pthread_mutex_unlock(&d->lock);
    return 0;
}

void desk_finish(struct desk *d)
{
    await_room(d, 0);
}

void desk_close(struct desk *d)
{
    if (!d)
        return;
    (void)pthread_mutex_lock(&d->lock);
    d->closing = true;
    (void)pthread_cond_broadcast(&d->changed);
    (void)pthread_mutex_unlock(&d->lock);
    if (d->runs)
        (void)pthread_join(d->thread, NULL);
    if (d->state)
        d->model->stop(d->state);
    for (unsigned i = 0; d->papers && i < d->room; i++)
        free(d->papers[i].image);
    free(d->papers);
    free(d->state);
    free(d);
}
