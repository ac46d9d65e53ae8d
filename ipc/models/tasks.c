/* SPDX-License-Identifier: MIT */
#include "ipc/models/tasks.h"
#include "ipc/job/cpu_clock.h"

#include "shared/base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

_Static_assert((int)UPLOAD_SHA256_SIZE == (int)STORE_SHA256_SIZE, "same hash");

void tasks_begin(struct model_job *job)
{
    job->result = (struct job_result){ .status = JOB_DONE };
    job->thumbnail = (struct image_thumbnail){ 0 };
    job->original = job->resized = (struct upload){ .owner = job };
    memset(job->span, 0, sizeof(job->span));
    job->error = 0;
    job->text[0] = '\0';
    atomic_store(&job->open, JOB_TASKS);
}

void tasks_free(struct model_job *job)
{
    image_thumbnail_free(&job->thumbnail);
}

static void span_begin(struct task_span *span)
{
    span->cpu_ns = cpu_clock_ns(CLOCK_THREAD_CPUTIME_ID);
    span->begin_ns = clock_ns();
    span->cpu = -1;
}

/* Of a task that computes from its beginning to its end. */
static void span_end(struct task_span *span, int error)
{
    span->end_ns = clock_ns();
    span->cpu_ns = cpu_clock_ns(CLOCK_THREAD_CPUTIME_ID) - span->cpu_ns;
    span->cpu = sched_getcpu();
    span->error = error;
}

void task_checksum(struct model_job *job)
{
    struct task_span *span = &job->span[WORK_CHECKSUM];

    span_begin(span);
    span_end(span, store_sha256(job->image, job->size, job->result.original));
}

void task_resize(struct model_job *job)
{
    struct task_span *span = &job->span[WORK_RESIZE];
    int r;

    span_begin(span);
    r = image_thumbnail_make(job->image, job->size, job->box_width,
                             job->box_height, &job->thumbnail,
                             job->result.remark);
    if (r == -EBADMSG) {
        job->result.status = JOB_REJECTED;
        r = 0;
    }
    span_end(span, r);
}

bool tasks_has_thumbnail(const struct model_job *job)
{
    return job->thumbnail.bytes != NULL;
}

static void begin_upload(struct model_job *job, struct uploads *u,
                         enum work_task task, struct upload *upload)
{
    struct task_span *span = &job->span[task];
    int r;

    span_begin(span);
    span->cpu_ns = 0; /* it mostly waits, and not by itself alone */
    r = uploads_begin(u, upload);
    if (r == 0)
        return;
    upload->error = r;
    task_end_upload(upload);
}

/* What is no picture has no name in a store, and is not uploaded. */
void task_begin_original(struct model_job *job, struct uploads *u)
{
    const char *extension = image_extension(job->image, job->size);

    if (!extension)
        return;
    (void)snprintf(job->original.name, sizeof(job->original.name),
                   "%" PRIu64 "-original.%s", job->number, extension);
    job->original.bytes = job->image;
    job->original.size = job->size;
    begin_upload(job, u, WORK_UPLOAD_ORIGINAL, &job->original);
}

void task_begin_resized(struct model_job *job, struct uploads *u)
{
    int r;

    job->result.thumbnail_size = job->thumbnail.size;
    job->result.thumbnail_width = job->thumbnail.width;
    job->result.thumbnail_height = job->thumbnail.height;
    r = store_sha256(job->thumbnail.bytes, job->thumbnail.size,
                     job->result.thumbnail);
    if (r < 0) {
        job->span[WORK_UPLOAD_RESIZED].error = r;
        return;
    }
    (void)snprintf(job->resized.name, sizeof(job->resized.name),
                   "%" PRIu64 "-resized.jpg", job->number);
    job->resized.bytes = job->thumbnail.bytes;
    job->resized.size = job->thumbnail.size;
    begin_upload(job, u, WORK_UPLOAD_RESIZED, &job->resized);
}

void task_end_upload(struct upload *upload)
{
    struct model_job *job = upload->owner;
    struct task_span *span =
        &job->span[upload == &job->original ? WORK_UPLOAD_ORIGINAL
                                            : WORK_UPLOAD_RESIZED];

    span->end_ns = clock_ns();
    span->error = upload->error;
}

/* Waits for the one upload that is under way, if there is any. */
static void finish_upload(struct uploads *u)
{
    struct upload *upload = uploads_await(u);

    if (upload)
        task_end_upload(upload);
}

void task_upload_original(struct model_job *job, struct uploads *u)
{
    task_begin_original(job, u);
    finish_upload(u);
}

void task_upload_resized(struct model_job *job, struct uploads *u)
{
    task_begin_resized(job, u);
    finish_upload(u);
}

void tasks_all(struct model_job *job, struct uploads *u)
{
    task_upload_original(job, u);
    task_checksum(job);
    task_resize(job);
    if (tasks_has_thumbnail(job))
        task_upload_resized(job, u);
}

static int check_arrival(struct model_job *job, const struct upload *upload,
                         const uint8_t sha256[static UPLOAD_SHA256_SIZE])
{
    if (!upload->has_sha256 ||
        memcmp(upload->sha256, sha256, UPLOAD_SHA256_SIZE) == 0)
        return 0;
    (void)snprintf(job->text, sizeof(job->text),
                   "%s: what arrived at the server is not what was sent",
                   upload->name);
    return -EIO;
}

static void note_error(struct model_job *job)
{
    const struct upload *upload = NULL;

    for (int task = 0; task < JOB_TASKS; task++) {
        if (job->error == 0 && job->span[task].error < 0) {
            job->error = job->span[task].error;
            upload = task == WORK_UPLOAD_ORIGINAL  ? &job->original
                     : task == WORK_UPLOAD_RESIZED ? &job->resized
                                                   : NULL;
        }
    }
    if (upload && upload->text[0])
        (void)snprintf(job->text, sizeof(job->text), "%s", upload->text);
}

void tasks_settle(struct model_job *job)
{
    for (int task = 0; task < JOB_TASKS; task++)
        job->result.task_ns[task] =
            job->span[task].end_ns - job->span[task].begin_ns;
    note_error(job);
    if (job->error == 0)
        job->error = check_arrival(job, &job->original, job->result.original);
    if (job->error == 0)
        job->error = check_arrival(job, &job->resized, job->result.thumbnail);
    if (job->error == 0 && job->result.status == JOB_DONE &&
        !job->original.bytes) {
        job->result.status = JOB_REJECTED; /* a peer wrote while it was read */
        (void)snprintf(job->result.remark, sizeof(job->result.remark),
                       "it changed while it was read");
    }
}
