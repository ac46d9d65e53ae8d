/* SPDX-License-Identifier: MIT */
#include "ipc/job/work.h"

#include "ipc/job/image.h"
#include "shared/base/clock.h"

#include <errno.h>
#include <stdio.h>

_Static_assert((int)JOB_SHA256_SIZE == (int)STORE_SHA256_SIZE, "same hash");
_Static_assert((int)JOB_REMARK_MAX == (int)IMAGE_REMARK_MAX, "same remark");
_Static_assert((int)JOB_TASKS == (int)WORK_UPLOAD_RESIZED + 1, "same tasks");

const char *work_task_name(enum work_task task)
{
    static const char *const names[JOB_TASKS] = {
        [WORK_UPLOAD_ORIGINAL] = "upload original",
        [WORK_CHECKSUM] = "checksum",
        [WORK_RESIZE] = "resize",
        [WORK_UPLOAD_RESIZED] = "upload resized",
    };

    return names[task];
}

/* take_lap returns the time since *start, and starts the next lap. */
static uint64_t take_lap(uint64_t *start)
{
    uint64_t now = clock_ns(), lap = now - *start;

    *start = now;
    return lap;
}

/* upload_resized ends by naming both files: of a rejected image nothing stays,
 * nor of one whose thumbnail the disk has no room for. */
static int upload_resized(struct store *store,
                          const struct image_thumbnail *thumbnail,
                          struct unnamed *original, const char *extension,
                          struct job_result *result)
{
    struct unnamed resized;
    int r;

    r = store_write(store, thumbnail->bytes, thumbnail->size, &resized);
    if (r < 0)
        return r;
    result->thumbnail_size = thumbnail->size;
    result->thumbnail_width = thumbnail->width;
    result->thumbnail_height = thumbnail->height;
    r = store_sha256(thumbnail->bytes, thumbnail->size, result->thumbnail);
    if (r == 0)
        r = store_publish(store, original, result->original, extension);
    if (r == 0)
        r = store_publish(store, &resized, result->thumbnail, "jpg");
    unnamed_close(&resized);
    return r;
}

int work_image(struct store *store, const void *image, size_t size,
               unsigned box_width, unsigned box_height,
               struct job_result *ret_result)
{
    /* Looked at once: a peer may still write the image. */
    const char *extension = image_extension(image, size);
    struct job_result result = { .status = JOB_DONE };
    struct image_thumbnail thumbnail = { 0 };
    struct unnamed original;
    uint64_t start = clock_ns();
    int r;

    r = store_write(store, image, size, &original);
    if (r < 0)
        return r;
    result.task_ns[WORK_UPLOAD_ORIGINAL] = take_lap(&start);
    r = store_sha256(image, size, result.original);
    result.task_ns[WORK_CHECKSUM] = take_lap(&start);
    if (r == 0)
        r = image_thumbnail_make(image, size, box_width, box_height, &thumbnail,
                                 result.remark);
    result.task_ns[WORK_RESIZE] = take_lap(&start);
    if (r == 0 && !extension) {
        (void)snprintf(result.remark, sizeof(result.remark),
                       "it changed while it was read");
        r = -EBADMSG;
    }
    if (r == 0) {
        r = upload_resized(store, &thumbnail, &original, extension, &result);
        result.task_ns[WORK_UPLOAD_RESIZED] = take_lap(&start);
    } else if (r == -EBADMSG) {
        result.status = JOB_REJECTED;
        r = 0;
    }
    unnamed_close(&original);
    image_thumbnail_free(&thumbnail);
    if (r == 0)
        *ret_result = result;
    return r;
}
