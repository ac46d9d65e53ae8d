/* SPDX-License-Identifier: MIT */
#include "ipc/job/picture.h"

#include "ipc/job/colour.h"
#include "ipc/job/image_limits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

int picture_remark(const struct picture *p, int r, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(p->remark, IMAGE_REMARK_MAX, format, arguments);
    va_end(arguments);
    return r;
}

int picture_settle_colour(const struct picture *p, int r,
                          const struct colour_source *source,
                          struct colour **ret_colour)
{
    if (r != -EBADMSG)
        return r;
    r = colour_open(source, ret_colour);
    if (r == 0 && !p->remark[0]) /* damage matters more */
        (void)picture_remark(p, 0,
                             "its colour profile is broken, or not for "
                             "such a picture: shown without it");
    return r;
}

/* in_proportion returns side after another one went from `from` to `to`. */
static unsigned in_proportion(unsigned side, unsigned to, unsigned from)
{
    unsigned shrunk = (unsigned)(((uint64_t)side * to + from / 2) / from);

    return shrunk > 0 ? shrunk : 1;
}

static void fit(struct picture *p, unsigned box_width, unsigned box_height)
{
    p->thumb_width = p->width;
    p->thumb_height = p->height;
    if (p->width <= box_width && p->height <= box_height)
        return;
    if ((uint64_t)p->width * box_height >= (uint64_t)p->height * box_width) {
        p->thumb_width = box_width;
        p->thumb_height = in_proportion(p->height, box_width, p->width);
    } else {
        p->thumb_width = in_proportion(p->width, box_height, p->height);
        p->thumb_height = box_height;
    }
}

int picture_plan(struct picture *p)
{
    if (p->width > IMAGE_SIDE_MAX || p->height > IMAGE_SIDE_MAX ||
        (uint64_t)p->width * p->height > IMAGE_PIXELS_MAX)
        return picture_remark(
            p, -EBADMSG,
            "too large: %ux%u pixels (at most %d a side, %d in all)", p->width,
            p->height, IMAGE_SIDE_MAX, IMAGE_PIXELS_MAX);
    /* The box is upright; the picture lies on its side from 5 on. */
    if (p->orientation >= 5)
        fit(p, p->box_height, p->box_width);
    else
        fit(p, p->box_width, p->box_height);
    return 0;
}

int picture_check_memory(const struct picture *p, uint64_t bytes)
{
    const uint64_t mebibytes = bytes >> 20;

    if (mebibytes < IMAGE_MEMORY_MAX)
        return 0;
    return picture_remark(p, -EBADMSG,
                          "too large: to decode it takes %u MiB of memory (at "
                          "most %d)",
                          (unsigned)mebibytes, IMAGE_MEMORY_MAX);
}
