/* SPDX-License-Identifier: MIT */
/*
 * image.h -- decode, resize, encode; and the test image
 *
 * JPEG (libturbojpeg, with scaled decoding) and PNG (libspng, row by row) go
 * in, JPEG comes out, upright (EXIF) and in sRGB (docs/images.md). The same
 * bytes always give the same thumbnail.
 */
#ifndef IPC_JOB_IMAGE_H
#define IPC_JOB_IMAGE_H

#include "ipc/job/image_limits.h"

#include <stddef.h>
#include <stdint.h>

struct image_thumbnail {
    unsigned char *bytes; /* a JPEG; image_thumbnail_free */
    size_t size;
    uint32_t width; /* pixels */
    uint32_t height;
};

/* image_extension returns "jpg" or "png" by the first bytes, or NULL. */
const char *image_extension(const void *bytes, size_t size);

/*
 * image_thumbnail_make shrinks an image to fit into a box, keeping its shape;
 * a smaller image keeps its size, and no side becomes 0. The bytes are
 * hostile: their own idea of width and height is checked before anything is
 * allocated for it.
 *
 * Returns 0; -EBADMSG when this is no image that can be shown, with the reason
 * in ret_remark; -ENOMEM. On 0 ret_remark is empty, or says what to know (a
 * damaged image is shown as far as it goes, a broken colour profile is left
 * aside). A remark is one line of printable ASCII.
 */
int image_thumbnail_make(const void *bytes, size_t size, unsigned box_width,
                         unsigned box_height,
                         struct image_thumbnail *ret_thumbnail,
                         char ret_remark[static IMAGE_REMARK_MAX]);
void image_thumbnail_free(struct image_thumbnail *thumbnail);

/*
 * image_render draws a photo-like picture (sky, hills, water, noise as of a
 * sensor) and encodes it as JPEG: the same bytes every time for the same size
 * and the same libturbojpeg. variant picks one of many pictures. The caller
 * frees *ret_bytes with free(3). -EINVAL for a side of 0, or for more than the
 * limits above; -ENOMEM.
 */
int image_render(unsigned width, unsigned height, unsigned variant,
                 unsigned char **ret_bytes, size_t *ret_size);

#endif
