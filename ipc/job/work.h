/* SPDX-License-Identifier: MIT */
/*
 * work.h -- the four tasks of an image job
 *
 * Upload the original, checksum it, resize it, upload the resized one: the
 * article's example, one after the other in one thread, each timed. Nothing
 * of a rejected image gets a name in the store.
 */
#ifndef IPC_JOB_WORK_H
#define IPC_JOB_WORK_H

#include "ipc/job/job.h"
#include "ipc/job/store.h"

enum work_task {
    WORK_UPLOAD_ORIGINAL,
    WORK_CHECKSUM,
    WORK_RESIZE,
    WORK_UPLOAD_RESIZED,
};

/* work_task_name returns "upload original" and so on. */
const char *work_task_name(enum work_task task);

/*
 * work_image does the four tasks on an encoded image and fills in *ret_result:
 * JOB_DONE, or JOB_REJECTED with the remark saying why. A negative errno means
 * that the work could not be done at all (the store is full, no memory), and
 * *ret_result is untouched.
 */
int work_image(struct store *store, const void *image, size_t size,
               unsigned box_width, unsigned box_height,
               struct job_result *ret_result);

#endif
