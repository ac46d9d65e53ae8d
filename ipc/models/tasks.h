/* SPDX-License-Identifier: MIT */
/*
 * tasks.h -- the four tasks of an image job, each on its own, each timed
 *
 * Of one job upload original, checksum and resize may run at once, in different
 * threads: each writes fields that no other does. Upload resized comes after
 * resize, and tasks_settle after all of them.
 */
#ifndef IPC_MODELS_TASKS_H
#define IPC_MODELS_TASKS_H

#include "ipc/job/image.h"
#include "ipc/job/job.h"
#include "ipc/job/work.h"
#include "ipc/upload/upload.h"

#include <pthread.h>
#include <stdatomic.h>

/* When and where a task ran. */
struct task_span {
    uint64_t begin_ns; /* CLOCK_MONOTONIC; 0: it did not run */
    uint64_t end_ns;
    uint64_t cpu_ns; /* of the thread that ran it; 0: not known */
    int cpu;         /* processor on which it ended; -1: it only waited */
    int error;       /* 0, or a negative errno: it could not be done */
};

struct model_job {
    /* The caller's, valid until the job is collected. */
    uint64_t number;
    const void *image;
    size_t size;
    unsigned box_width;
    unsigned box_height;
    void *owner;

    /* What became of it. */
    struct job_result result;
    struct task_span span[JOB_TASKS];
    int error;                  /* the first of its tasks', or 0 */
    char text[UPLOAD_TEXT_MAX]; /* more about it, or "" */

    /* The tasks' own. */
    struct image_thumbnail thumbnail;
    struct upload original;
    struct upload resized;
    _Atomic unsigned
        open;         /* tasks that have not ended, where they run at once */
    void *model;      /* state of the model that does it, */
    pthread_t thread; /* and its thread, in per-job */
};

/* tasks_begin prepares a job for its tasks. tasks_free frees what they made. */
void tasks_begin(struct model_job *job);
void tasks_free(struct model_job *job);

/* Each task waits for its end; `u` is the calling thread's. */
void task_upload_original(struct model_job *job, struct uploads *u);
void task_checksum(struct model_job *job);
void task_resize(struct model_job *job);
void task_upload_resized(struct model_job *job, struct uploads *u);

/* tasks_all does all four, one after another. */
void tasks_all(struct model_job *job, struct uploads *u);

/* The uploads as two halves, for a thread that does not wait: what is begun
 * has ended when uploads_take returns it. */
void task_begin_original(struct model_job *job, struct uploads *u);
void task_begin_resized(struct model_job *job, struct uploads *u);
void task_end_upload(struct upload *upload);

/* tasks_has_thumbnail: whether there is anything for upload resized. */
bool tasks_has_thumbnail(const struct model_job *job);

/* tasks_settle puts together what the tasks say: the result, or the error. What
 * arrived at the server must be what was sent: -EIO. */
void tasks_settle(struct model_job *job);

#endif
