/* SPDX-License-Identifier: MIT */
/*
 * drive.h -- runs a model over pictures, and notes when each task ran
 *
 * In this room: how the models of ipc/models/ fare, measured and drawn.
 *
 * A model runs in a process of its own, so that what it uses can be told from
 * what others use, and so that none of its threads or processes outlives it.
 */
#ifndef IPC_LAB_MODELS_DRIVE_H
#define IPC_LAB_MODELS_DRIVE_H

#include "ipc/models/model.h"
#include "ipc/worker/inputs.h"
#include "shared/process/child.h"

struct drive_plan {
    const struct model *model;
    struct model_config config;  /* image_max is filled in */
    const struct inputs *inputs; /* job i is input i mod count */
    uint64_t jobs;
    unsigned window; /* jobs under way at most */
    unsigned box_width;
    unsigned box_height;
    uint64_t stall_ns; /* no job done for so long ends it */
    child_stop_fn
        *stop; /* asked now and then for a signal that came; or NULL */
};

/* One job: its spans begin with the run. */
struct drive_record {
    struct task_span span[JOB_TASKS];
    struct job_result result;
};

struct drive_outcome {
    char failure[UPLOAD_TEXT_MAX]; /* why it failed, or "" */
    int signal;                    /* that ended it, or 0 */
    uint64_t elapsed_ns;
    uint64_t cpu_ns; /* of all threads and processes of the model */
    uint64_t done;
    uint64_t rejected;            /* of these */
    unsigned window;              /* jobs that were under way at most */
    struct drive_record *records; /* one for each of plan->jobs */
    size_t mapped;                /* bytes behind them */
};

/* drive_run runs it, and fills in *ret_outcome also on failure. Pair with
 * drive_free. `progress` is told of jobs done; or NULL. */
typedef void drive_progress_fn(void *arg, uint64_t done);
void drive_run(const struct drive_plan *plan, drive_progress_fn *progress,
               void *arg, struct drive_outcome *ret_outcome);
void drive_free(struct drive_outcome *outcome);

#endif
