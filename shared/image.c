/* SPDX-License-Identifier: MIT */
#include "shared/image.h"

#include "shared/exif.h"
#include "shared/paint.h"

#include <errno.h>
#include <spng.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#include <stb/stb_image_resize.h>

enum { RGB = 3, RGBA = 4 }; /* bytes a pixel */
enum { THUMBNAIL_QUALITY = 85, RENDER_QUALITY = 93 };

/* The grey that libjpeg paints where data are missing, and we before it. */
enum { JPEG_MISSING = 0x80 };

/* What a PNG may carry besides its pixels: profiles, texts. */
enum { PNG_CHUNK_MAX = 16 << 20, PNG_CHUNKS_MAX = 32 << 20 };

struct request {
    const void *bytes;
    size_t size;
    unsigned box_width; /* at least 1 */
    unsigned box_height;
    char *remark;
};

/* A decoded image on its way to the thumbnail. */
struct picture {
    unsigned char *rgb; /* owned */
    unsigned width;
    unsigned height;
    unsigned thumb_width; /* before it is turned upright */
    unsigned thumb_height;
    unsigned orientation; /* as shared/exif says */
};

/* remark explains a result to people, and returns it. */
__attribute__((format(printf, 3, 4))) static int remark(
    const struct request *request, int r, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(request->remark, IMAGE_REMARK_MAX, format, arguments);
    va_end(arguments);
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

/* plan checks what the header claims, before anything is allocated for it,
 * and decides how large the thumbnail will be. */
static int plan(struct picture *p, const struct request *request)
{
    if (p->width > IMAGE_SIDE_MAX || p->height > IMAGE_SIDE_MAX ||
        (uint64_t)p->width * p->height > IMAGE_PIXELS_MAX)
        return remark(request, -EBADMSG,
                      "too large: %ux%u pixels (at most %d a side, %d in all)",
                      p->width, p->height, IMAGE_SIDE_MAX, IMAGE_PIXELS_MAX);
    /* The box is upright; the picture lies on its side from 5 on. */
    if (p->orientation >= 5)
        fit(p, request->box_height, request->box_width);
    else
        fit(p, request->box_width, request->box_height);
    return 0;
}

static size_t rgb_size(unsigned width, unsigned height)
{
    return (size_t)width * height * RGB;
}

/* libturbojpeg has no code for this, only libjpeg's words. */
static bool is_out_of_memory(tjhandle tj)
{
    const char *words = "Insufficient memory";

    return strncmp(tjGetErrorStr2(tj), words, strlen(words)) == 0;
}

static int refuse_jpeg(const struct request *request, tjhandle tj)
{
    if (is_out_of_memory(tj))
        return -ENOMEM;
    return remark(request, -EBADMSG, "JPEG: %s", tjGetErrorStr2(tj));
}

static int read_jpeg_header(tjhandle tj, struct picture *p,
                            const struct request *request)
{
    int width = 0, height = 0, subsampling, colours = 0, r;

    r = tjDecompressHeader3(tj, request->bytes, request->size, &width, &height,
                            &subsampling, &colours);
    /* Only the size tells: r is negative for a mere warning too, and 0 for
     * tables without a picture. */
    if (width <= 0 || height <= 0)
        return r < 0 ? refuse_jpeg(request, tj)
                     : remark(request, -EBADMSG, "JPEG: no picture in it");
    if (colours == TJCS_CMYK || colours == TJCS_YCCK)
        return remark(request, -EBADMSG,
                      "JPEG: in the colours of print (CMYK)");
    p->width = (unsigned)width;
    p->height = (unsigned)height;
    p->orientation = exif_jpeg_orientation(request->bytes, request->size);
    return plan(p, request);
}

/* scale_jpeg picks the smallest size that libjpeg can decode to and that
 * still covers the thumbnail. That is most of the shrinking, for free. */
static void scale_jpeg(struct picture *p)
{
    const int full_width = (int)p->width, full_height = (int)p->height;
    const tjscalingfactor *factors;
    int count;

    factors = tjGetScalingFactors(&count);
    for (int i = 0; i < count; i++) {
        unsigned width = (unsigned)TJSCALED(full_width, factors[i]);
        unsigned height = (unsigned)TJSCALED(full_height, factors[i]);

        if (width >= p->thumb_width && width < p->width &&
            height >= p->thumb_height) {
            p->width = width;
            p->height = height;
        }
    }
}

static bool is_blank(const struct picture *p)
{
    const size_t size = rgb_size(p->width, p->height);

    return p->rgb[0] == JPEG_MISSING &&
           memcmp(p->rgb, p->rgb + 1, size - 1) == 0;
}

static int read_jpeg(tjhandle tj, struct picture *p,
                     const struct request *request)
{
    int r;

    r = read_jpeg_header(tj, p, request);
    if (r < 0)
        return r;
    scale_jpeg(p);
    p->rgb = malloc(rgb_size(p->width, p->height));
    if (!p->rgb)
        return -ENOMEM;
    memset(p->rgb, JPEG_MISSING, rgb_size(p->width, p->height));
    r = tjDecompress2(tj, request->bytes, request->size, p->rgb, (int)p->width,
                      0, (int)p->height, TJPF_RGB, TJFLAG_LIMITSCANS);
    /* Warning or error, what counts is whether there is something to see. */
    if (r < 0 && is_blank(p))
        return refuse_jpeg(request, tj);
    if (r < 0)
        return remark(request, 0, "damaged, but shown: %s", tjGetErrorStr2(tj));
    return 0;
}

static int decode_jpeg(struct picture *p, const struct request *request)
{
    tjhandle tj;
    int r;

    tj = tjInitDecompress();
    if (!tj)
        return -ENOMEM;
    r = read_jpeg(tj, p, request);
    (void)tjDestroy(tj);
    return r;
}

static int refuse_png(const struct request *request, int error)
{
    if (error == SPNG_EMEM)
        return -ENOMEM;
    return remark(request, -EBADMSG, "PNG: %s", spng_strerror(error));
}

static int read_png_header(spng_ctx *png, struct picture *p,
                           const struct request *request)
{
    struct spng_ihdr header;
    struct spng_exif exif;
    int r;

    (void)spng_set_chunk_limits(png, PNG_CHUNK_MAX, PNG_CHUNKS_MAX);
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
    return plan(p, request);
}

/* flatten lays RGBA over white, in place. */
static void flatten(struct picture *p)
{
    const size_t pixels = (size_t)p->width * p->height;
    const unsigned char *from = p->rgb;
    unsigned char *to = p->rgb;

    for (size_t i = 0; i < pixels; i++, from += RGBA, to += RGB) {
        unsigned alpha = from[RGB], white = 255 * (255 - alpha) + 127;

        for (size_t c = 0; c < RGB; c++)
            to[c] = (unsigned char)((from[c] * alpha + white) / 255);
    }
}

static int read_png(spng_ctx *png, struct picture *p,
                    const struct request *request)
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
        return remark(request, 0, "damaged, but shown: %s", spng_strerror(r));
    return 0;
}

static int decode_png(struct picture *p, const struct request *request)
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

static int decode(struct picture *p, const struct request *request)
{
    const char *extension = image_extension(request->bytes, request->size);

    if (!extension)
        return remark(request, -EBADMSG,
                      request->size > 0 ? "neither JPEG nor PNG" : "empty");
    return strcmp(extension, "jpg") == 0 ? decode_jpeg(p, request)
                                         : decode_png(p, request);
}

static void replace_pixels(struct picture *p, unsigned char *rgb,
                           unsigned width, unsigned height)
{
    free(p->rgb);
    p->rgb = rgb;
    p->width = width;
    p->height = height;
}

static int shrink(struct picture *p)
{
    unsigned char *rgb;

    if (p->width == p->thumb_width && p->height == p->thumb_height)
        return 0;
    rgb = malloc(rgb_size(p->thumb_width, p->thumb_height));
    if (!rgb)
        return -ENOMEM;
    if (!stbir_resize_uint8_srgb(p->rgb, (int)p->width, (int)p->height, 0, rgb,
                                 (int)p->thumb_width, (int)p->thumb_height, 0,
                                 RGB, STBIR_ALPHA_CHANNEL_NONE, 0)) {
        free(rgb);
        return -ENOMEM;
    }
    replace_pixels(p, rgb, p->thumb_width, p->thumb_height);
    return 0;
}

/* turn_upright is cheap after shrinking, and would not be before. */
static int turn_upright(struct picture *p)
{
    /* Where an upright pixel (x, y) lies in the picture as it was stored. */
    static const struct {
        bool swap_xy; /* first */
        bool flip_x;
        bool flip_y;
    } turns[] = {
        [2] = { .flip_x = true },
        [3] = { .flip_x = true, .flip_y = true },
        [4] = { .flip_y = true },
        [5] = { .swap_xy = true },
        [6] = { .swap_xy = true, .flip_y = true },
        [7] = { .swap_xy = true, .flip_x = true, .flip_y = true },
        [8] = { .swap_xy = true, .flip_x = true },
    };
    const bool swap = turns[p->orientation].swap_xy;
    const unsigned width = swap ? p->height : p->width;
    const unsigned height = swap ? p->width : p->height;
    unsigned char *rgb, *to;

    if (p->orientation == 1)
        return 0;
    rgb = to = malloc(rgb_size(width, height));
    if (!rgb)
        return -ENOMEM;
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < width; x++, to += RGB) {
            size_t from_x = swap ? y : x, from_y = swap ? x : y;

            if (turns[p->orientation].flip_x)
                from_x = p->width - 1 - from_x;
            if (turns[p->orientation].flip_y)
                from_y = p->height - 1 - from_y;
            memcpy(to, p->rgb + (from_y * p->width + from_x) * RGB, RGB);
        }
    replace_pixels(p, rgb, width, height);
    return 0;
}

/* encode allocates with malloc, whatever libturbojpeg would allocate with. */
static int encode(const unsigned char *rgb, unsigned width, unsigned height,
                  int quality, unsigned char **ret_bytes, size_t *ret_size)
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
        tjCompress2(tj, rgb, (int)width, 0, (int)height, TJPF_RGB, &bytes,
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
    const struct request request = {
        .bytes = bytes,
        .size = size,
        .box_width = box_width > 0 ? box_width : 1,
        .box_height = box_height > 0 ? box_height : 1,
        .remark = ret_remark,
    };
    struct picture p = { 0 };
    struct image_thumbnail thumbnail;
    int r;

    ret_remark[0] = '\0';
    r = decode(&p, &request);
    if (r == 0)
        r = shrink(&p);
    if (r == 0)
        r = turn_upright(&p);
    if (r == 0)
        r = encode(p.rgb, p.width, p.height, THUMBNAIL_QUALITY,
                   &thumbnail.bytes, &thumbnail.size);
    free(p.rgb);
    if (r < 0)
        return r;
    thumbnail.width = p.width;
    thumbnail.height = p.height;
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
        height > IMAGE_SIDE_MAX)
        return -EINVAL;
    rgb = malloc(rgb_size(width, height));
    if (!rgb)
        return -ENOMEM;
    r = paint_landscape(rgb, width, height, variant);
    if (r == 0)
        r = encode(rgb, width, height, RENDER_QUALITY, ret_bytes, ret_size);
    free(rgb);
    return r;
}
