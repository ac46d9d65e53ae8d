/* SPDX-License-Identifier: MIT */
/*
 * picture.h -- a picture on its way from a file to its thumbnail
 *
 * What shared/image, which makes the thumbnail, and the decoders share.
 */
#ifndef SHARED_PICTURE_H
#define SHARED_PICTURE_H

#include <stddef.h>

enum { PICTURE_PIXEL = 3 }; /* bytes: red, green, blue */

struct picture_request {
    const void *bytes;
    size_t size;
    unsigned box_width; /* at least 1 */
    unsigned box_height;
    char *remark; /* IMAGE_REMARK_MAX */
};

struct picture {
    unsigned char *rgb; /* owned */
    unsigned width;
    unsigned height;
    unsigned thumb_width; /* before it is turned upright */
    unsigned thumb_height;
    unsigned orientation; /* as shared/exif says */
};

/* picture_remark explains a result to people, and returns it. */
__attribute__((format(printf, 3, 4))) int picture_remark(
    const struct picture_request *request, int r, const char *format, ...);

/* picture_plan checks what the header claims, before anything is allocated for
 * it, and decides how large the thumbnail will be. 0, or -EBADMSG with a
 * remark. */
int picture_plan(struct picture *p, const struct picture_request *request);

static inline size_t picture_size(unsigned width, unsigned height)
{
    return (size_t)width * height * PICTURE_PIXEL;
}

/* Both decode at least as many pixels as the thumbnail has. 0, with a remark
 * if it is damaged; -EBADMSG with a remark; -ENOMEM. */
int jpeg_decode(struct picture *p, const struct picture_request *request);
int png_decode(struct picture *p, const struct picture_request *request);

#endif
