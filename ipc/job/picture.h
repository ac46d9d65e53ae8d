/* SPDX-License-Identifier: MIT */
/*
 * picture.h -- a picture on its way from a file to its thumbnail
 *
 * The decoders and ipc/job/image, which makes the thumbnail, share it.
 */
#ifndef IPC_JOB_PICTURE_H
#define IPC_JOB_PICTURE_H

#include "ipc/job/colour.h"
#include "ipc/job/shrink.h"

#include <stddef.h>
#include <stdint.h>

struct picture {
    const void *file; /* its bytes are hostile */
    size_t file_size;
    unsigned box_width; /* at least 1 */
    unsigned box_height;
    char *remark;   /* IMAGE_REMARK_MAX */
    unsigned width; /* as it is in the file */
    unsigned height;
    unsigned orientation;  /* as ipc/job/exif says */
    unsigned thumb_width;  /* before it is turned upright */
    unsigned thumb_height; /* likewise */
    unsigned char *pixels; /* the thumbnail, SHRINK_PIXEL bytes each; owned */
};

/* picture_remark explains a result to people, and returns it. */
__attribute__((format(printf, 3, 4))) int picture_remark(
    const struct picture *p, int r, const char *format, ...);

/* picture_plan checks what the header claims, before anything is allocated for
 * it, and decides how large the thumbnail will be. 0, or -EBADMSG with a
 * remark. */
int picture_plan(struct picture *p);

/* picture_check_memory: 0 if decoding may take so many bytes, or -EBADMSG with
 * a remark. It comes before the first pixel is decoded. */
int picture_check_memory(const struct picture *p, uint64_t bytes);

static inline size_t picture_size(unsigned width, unsigned height)
{
    return (size_t)width * height * SHRINK_PIXEL;
}

/* picture_settle_colour goes on after opening the colours gave r: of -EBADMSG
 * it makes colours without a profile, and a remark. Else it returns r. */
int picture_settle_colour(const struct picture *p, int r,
                          const struct colour_source *source,
                          struct colour **ret_colour);

#endif
