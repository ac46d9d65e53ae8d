/* SPDX-License-Identifier: MIT */
#include "ipc/job/image.h"

#include "ipc/job/image_paint.h"
#include "ipc/job/jpeg.h"
#include "ipc/job/picture.h"
#include "ipc/job/png.h"
#include "ipc/job/shrink.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

enum { RGB = 3 }; /* bytes a pixel of a landscape */
enum { THUMBNAIL_QUALITY = 85, RENDER_QUALITY = 93 };

static int decode(struct picture *p)
{
    const char *extension = image_extension(p->file, p->file_size);

    if (!extension)
        return picture_remark(
            p, -EBADMSG, p->file_size > 0 ? "neither JPEG nor PNG" : "empty");
    return strcmp(extension, "jpg") == 0 ? jpeg_decode(p) : png_decode(p);
}

/* Where an upright pixel (x, y) lies in the picture as it was stored. */
struct turn {
    bool swap_xy; /* first */
    bool flip_x;
    bool flip_y;
};

static const struct turn turns[] = {
    [2] = { .flip_x = true },
    [3] = { .flip_x = true, .flip_y = true },
    [4] = { .flip_y = true },
    [5] = { .swap_xy = true },
    [6] = { .swap_xy = true, .flip_y = true },
    [7] = { .swap_xy = true, .flip_x = true, .flip_y = true },
    [8] = { .swap_xy = true, .flip_x = true },
};

static const unsigned char *stored_pixel(const struct picture *p, unsigned x,
                                         unsigned y)
{
    const struct turn *turn = &turns[p->orientation];
    size_t from_x = turn->swap_xy ? y : x, from_y = turn->swap_xy ? x : y;

    if (turn->flip_x)
        from_x = p->thumb_width - 1 - from_x;
    if (turn->flip_y)
        from_y = p->thumb_height - 1 - from_y;
    return p->pixels + (from_y * p->thumb_width + from_x) * SHRINK_PIXEL;
}

/* turn_upright is cheap after shrinking, and would not be before. */
static int turn_upright(struct picture *p)
{
    const bool swap = turns[p->orientation].swap_xy;
    const unsigned width = swap ? p->thumb_height : p->thumb_width;
    const unsigned height = swap ? p->thumb_width : p->thumb_height;
    unsigned char *pixels, *to;

    if (p->orientation == 1)
        return 0;
    pixels = to = malloc(picture_size(width, height));
    if (!pixels)
        return -ENOMEM;
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < width; x++, to += SHRINK_PIXEL)
            memcpy(to, stored_pixel(p, x, y), SHRINK_PIXEL);
    free(p->pixels);
    p->pixels = pixels;
    p->thumb_width = width;
    p->thumb_height = height;
    return 0;
}

/* encode allocates with malloc, whatever libturbojpeg would allocate with. The
 * format is one of its own. */
static int encode(const unsigned char *pixels, int format, unsigned width,
                  unsigned height, int quality, unsigned char **ret_bytes,
                  size_t *ret_size)
{
    unsigned long size;
    unsigned char *bytes, *shorter;
    tjhandle tj;
    int r;

    size = tjBufSize((int)width, (int)height, TJSAMP_420);
    bytes = malloc(size);
    tj = tjInitCompress();
    r = bytes && tj ? 0 : -ENOMEM;
    if (r == 0 &&
        tjCompress2(tj, pixels, (int)width, 0, (int)height, format, &bytes,
                    &size, TJSAMP_420, quality, TJFLAG_NOREALLOC) < 0)
        r = -ENOMEM;
    (void)tjDestroy(tj);
    if (r < 0) {
        free(bytes);
        return r;
    }
    shorter = realloc(bytes, size);
    if (shorter)
        bytes = shorter;
    *ret_bytes = bytes;
    *ret_size = size;
    return 0;
}

const char *image_extension(const void *bytes, size_t size)
{
    static const unsigned char jpeg[] = { 0xff, 0xd8, 0xff };
    static const unsigned char png[] = { 0x89, 'P',  'N',  'G',
                                         '\r', '\n', 0x1a, '\n' };

    if (size >= sizeof(jpeg) && memcmp(bytes, jpeg, sizeof(jpeg)) == 0)
        return "jpg";
    if (size >= sizeof(png) && memcmp(bytes, png, sizeof(png)) == 0)
        return "png";
    return NULL;
}

int image_thumbnail_make(const void *bytes, size_t size, unsigned box_width,
                         unsigned box_height,
                         struct image_thumbnail *ret_thumbnail,
                         char ret_remark[static IMAGE_REMARK_MAX])
{
    struct picture p = {
        .file = bytes,
        .file_size = size,
        .box_width = box_width > 0 ? box_width : 1,
        .box_height = box_height > 0 ? box_height : 1,
        .remark = ret_remark,
    };
    struct image_thumbnail thumbnail;
    int r;

    ret_remark[0] = '\0';
    r = decode(&p);
    if (r == 0)
        r = turn_upright(&p);
    if (r == 0)
        r = encode(p.pixels, TJPF_RGBX, p.thumb_width, p.thumb_height,
                   THUMBNAIL_QUALITY, &thumbnail.bytes, &thumbnail.size);
    free(p.pixels);
    if (r < 0)
        return r;
    thumbnail.width = p.thumb_width;
    thumbnail.height = p.thumb_height;
    *ret_thumbnail = thumbnail;
    return 0;
}

void image_thumbnail_free(struct image_thumbnail *thumbnail)
{
    free(thumbnail->bytes);
    *thumbnail = (struct image_thumbnail){ 0 };
}

int image_render(unsigned width, unsigned height, unsigned variant,
                 unsigned char **ret_bytes, size_t *ret_size)
{
    unsigned char *rgb;
    int r;

    if (width == 0 || height == 0 || width > IMAGE_SIDE_MAX ||
        height > IMAGE_SIDE_MAX || (uint64_t)width * height > IMAGE_PIXELS_MAX)
        return -EINVAL;
    rgb = malloc((size_t)width * height * RGB);
    if (!rgb)
        return -ENOMEM;
    r = paint_landscape(rgb, width, height, variant);
    if (r == 0)
        r = encode(rgb, TJPF_RGB, width, height, RENDER_QUALITY, ret_bytes,
                   ret_size);
    free(rgb);
    return r;
}
