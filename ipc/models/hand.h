/* SPDX-License-Identifier: MIT */
/*
 * hand.h -- a thread that takes jobs from a queue for as long as it lives
 */
#ifndef IPC_MODELS_HAND_H
#define IPC_MODELS_HAND_H

#include "ipc/models/job_queue.h"

/* What it does with each job; `uploads` is the hand's own. */
typedef void hand_work_fn(void *arg, struct model_job *job,
                          struct uploads *uploads);

struct hand {
    struct job_queue *from;
    hand_work_fn *work;
    void *arg;
    struct uploads uploads;
    pthread_t thread;
    bool runs;
};

/* hand_start starts one; from, work and arg are filled in. -ENOMEM, -EAGAIN.
 * hand_stop waits for its end, after its queue was closed; safe on a zeroed
 * hand. */
int hand_start(struct hand *hand, const struct upload_target *target);
void hand_stop(struct hand *hand);

#endif
