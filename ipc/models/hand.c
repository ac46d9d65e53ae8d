/* SPDX-License-Identifier: MIT */
#include "ipc/models/hand.h"

#include "shared/base/thread.h"

static void *run(void *arg)
{
    struct hand *hand = arg;
    struct model_job *job;

    while ((job = job_queue_take(hand->from)))
        hand->work(hand->arg, job, &hand->uploads);
    return NULL;
}

int hand_start(struct hand *hand, const struct upload_target *target)
{
    int r;

    r = uploads_open(&hand->uploads, target);
    if (r == 0)
        r = thread_start(&hand->thread, run, hand);
    hand->runs = r == 0;
    return r;
}

void hand_stop(struct hand *hand)
{
    if (hand->runs)
        (void)pthread_join(hand->thread, NULL);
    hand->runs = false;
    uploads_close(&hand->uploads);
}
