/* SPDX-License-Identifier: MIT */
#include "shared/exif.h"
#include "shared/picture.h"

#include <errno.h>
#include <spng.h>
#include <stdlib.h>

enum { RGBA = 4 }; /* bytes a pixel */

/* What a PNG may carry besides its pixels: profiles, texts. */
enum { CHUNK_MAX = 16 << 20, CHUNKS_MAX = 32 << 20 };

static int refuse_png(const struct picture_request *request, int error)
{
    if (error == SPNG_EMEM)
        return -ENOMEM;
    return picture_remark(request, -EBADMSG, "PNG: %s", spng_strerror(error));
}

static int read_png_header(spng_ctx *png, struct picture *p,
                           const struct picture_request *request)
{
    struct spng_ihdr header;
    struct spng_exif exif;
    int r;

    (void)spng_set_chunk_limits(png, CHUNK_MAX, CHUNKS_MAX);
    r = spng_set_png_buffer(png, request->bytes, request->size);
    if (r == 0)
        r = spng_get_ihdr(png, &header);
    if (r != 0)
        return refuse_png(request, r);
    p->width = header.width;
    p->height = header.height;
    p->orientation = 1;
    r = spng_get_exif(png, &exif); /* reads all that precedes the pixels */
    if (r == 0)
        p->orientation = exif_orientation(exif.data, exif.length);
    else if (r != SPNG_ECHUNKAVAIL)
        return refuse_png(request, r);
    return picture_plan(p, request);
}

/* flatten lays RGBA over white, in place. */
static void flatten(struct picture *p)
{
    const size_t pixels = (size_t)p->width * p->height;
    const unsigned char *from = p->rgb;
    unsigned char *to = p->rgb;

    for (size_t i = 0; i < pixels; i++, from += RGBA, to += PICTURE_PIXEL) {
        unsigned alpha = from[PICTURE_PIXEL], white = 255 * (255 - alpha) + 127;

        for (size_t c = 0; c < PICTURE_PIXEL; c++)
            to[c] = (unsigned char)((from[c] * alpha + white) / 255);
    }
}

static int read_png(spng_ctx *png, struct picture *p,
                    const struct picture_request *request)
{
    size_t size;
    int r;

    r = read_png_header(png, p, request);
    if (r < 0)
        return r;
    size = (size_t)p->width * p->height * RGBA;
    p->rgb = malloc(size);
    if (!p->rgb)
        return -ENOMEM;
    r = spng_decode_image(png, p->rgb, size, SPNG_FMT_RGBA8, SPNG_DECODE_TRNS);
    if (r != 0)
        return refuse_png(request, r);
    flatten(p);
    /* The pixels are there, but only the rest of the file holds the checksum
     * that says whether they are right. */
    r = spng_decode_chunks(png);
    if (r != 0)
        return picture_remark(request, 0, "damaged, but shown: %s",
                              spng_strerror(r));
    return 0;
}

int png_decode(struct picture *p, const struct picture_request *request)
{
    spng_ctx *png;
    int r;

    png = spng_ctx_new(0);
    if (!png)
        return -ENOMEM;
    r = read_png(png, p, request);
    spng_ctx_free(png);
    return r;
}
