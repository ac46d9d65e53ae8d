/* SPDX-License-Identifier: MIT */
/*
 * stages.h -- four processes, each of which does one task for all jobs
 *
 *      caller ---- images --> upload original ---- reports --> caller
 *             \--- images --> checksum ----------- reports --> caller
 *              \-- images --> resize ------------- reports --> caller
 *                                   \
 *                                thumbnails --> upload resized -- reports -->
 *
 * Each arrow is a channel of the same mechanism. A stage does jobs in the order
 * in which they come, so the reports of a job are the next ones everywhere. The
 * channels are private to these processes, and so is the format in them.
 */
#ifndef IPC_MODELS_STAGES_H
#define IPC_MODELS_STAGES_H

#include "ipc/checked_channel.h"
#include "ipc/models/model.h"

#include <sys/types.h>

enum { STAGE_NAME_MAX = 24 };

struct stages {
    const struct model_config *config;
    struct channel in[JOB_TASKS]; /* what each task works on */
    struct channel reports[JOB_TASKS];
    char name[2 * JOB_TASKS][STAGE_NAME_MAX];
    unsigned opened; /* channels, in[0], reports[0], in[1], ... */
    pid_t pid[JOB_TASKS];
};

/*
 * stages_start makes channels and processes. *window is lowered to as many jobs
 * as have room for their reports while the caller reads none. -EINVAL: there
 * is no mechanism, or it is for threads of one process; -ECHILD: a
 * stage has died; errors of create and attach.
 * Call stages_stop also after a failure; safe on zeroed stages.
 */
int stages_start(struct stages *s, const struct model_config *config,
                 unsigned *window);
void stages_stop(struct stages *s);

/* stages_send gives a job's image to those that begin with it. -ECHILD: a stage
 * has died; other errors of the channels. */
int stages_send(struct stages *s, const struct model_job *job);

/* stages_receive takes the reports of the oldest job that was sent. Errors as
 * above. */
int stages_receive(struct stages *s, struct model_job *job);

#endif
