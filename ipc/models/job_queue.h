/* SPDX-License-Identifier: MIT */
/*
 * job_queue.h -- jobs that wait for a thread, in their order
 *
 * Any threads may put and take. It has room for all jobs that a model may have
 * under way, so that putting never waits.
 */
#ifndef IPC_MODELS_JOB_QUEUE_H
#define IPC_MODELS_JOB_QUEUE_H

#include "ipc/models/tasks.h"

struct job_queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct model_job **jobs; /* a ring; owned; NULL: it is not open */
    unsigned room;
    unsigned first;
    unsigned count;
    bool closed;
};

/* job_queue_open: -ENOMEM. job_queue_free is safe on a zeroed queue; no thread
 * may wait in it any more. */
int job_queue_open(struct job_queue *queue, unsigned room);
void job_queue_free(struct job_queue *queue);

/* job_queue_put: -ENOBUFS if it is full. */
int job_queue_put(struct job_queue *queue, struct model_job *job);

/* job_queue_take waits for a job. NULL: the queue was closed. job_queue_try
 * does not wait. NULL: there is none. */
struct model_job *job_queue_take(struct job_queue *queue);
struct model_job *job_queue_try(struct job_queue *queue);

/* job_queue_close lets go all who wait; what is in it is given up. */
void job_queue_close(struct job_queue *queue);

#endif
