/* SPDX-License-Identifier: MIT */
#include "ipc/models/job_queue.h"

#include <errno.h>
#include <stdlib.h>

int job_queue_open(struct job_queue *queue, unsigned room)
{
    *queue = (struct job_queue){
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
        .jobs = calloc(room, sizeof(struct model_job *)),
        .room = room,
    };
    return queue->jobs ? 0 : -ENOMEM;
}

void job_queue_free(struct job_queue *queue)
{
    free(queue->jobs);
    queue->jobs = NULL;
}

int job_queue_put(struct job_queue *queue, struct model_job *job)
{
    int r = -ENOBUFS;

    (void)pthread_mutex_lock(&queue->lock);
    if (queue->count < queue->room) {
        queue->jobs[(queue->first + queue->count++) % queue->room] = job;
        (void)pthread_cond_signal(&queue->changed);
        r = 0;
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return r;
}

/* With the lock held. */
static struct model_job *take_first(struct job_queue *queue)
{
    struct model_job *job = NULL;

    if (!queue->closed && queue->count > 0) {
        job = queue->jobs[queue->first];
        queue->first = (queue->first + 1) % queue->room;
        queue->count--;
    }
    return job;
}

struct model_job *job_queue_take(struct job_queue *queue)
{
    struct model_job *job;

    (void)pthread_mutex_lock(&queue->lock);
    while (!queue->closed && queue->count == 0)
        (void)pthread_cond_wait(&queue->changed, &queue->lock);
    job = take_first(queue);
    (void)pthread_mutex_unlock(&queue->lock);
    return job;
}

struct model_job *job_queue_try(struct job_queue *queue)
{
    struct model_job *job;

    (void)pthread_mutex_lock(&queue->lock);
    job = take_first(queue);
    (void)pthread_mutex_unlock(&queue->lock);
    return job;
}

void job_queue_close(struct job_queue *queue)
{
    if (!queue->jobs)
        return;
    (void)pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    (void)pthread_cond_broadcast(&queue->changed);
    (void)pthread_mutex_unlock(&queue->lock);
}
