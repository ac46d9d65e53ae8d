/* SPDX-License-Identifier: MIT */
#include "ipc/job/png.h"

#include "ipc/job/colour.h"
#include "ipc/job/exif.h"
#include "ipc/job/shrink.h"

#include <errno.h>
#include <spng.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALPHA = 3 }; /* its place in a pixel */

/* Bytes of a PNG: before its chunks, and in each before and behind the data. */
enum { OPENING = 8, CHUNK_HEAD = 8, CHUNK_END = 4 };

/* The most that a PNG may carry besides its pixels: profiles, texts. */
enum { CHUNK_MAX = 16 << 20, CHUNKS_MAX = 32 << 20 };

static int refuse(const struct picture *p, int error)
{
    if (error == SPNG_EMEM)
        return -ENOMEM;
    return picture_remark(p, -EBADMSG, "PNG: %s", spng_strerror(error));
}

static int read_header(spng_ctx *png, struct picture *p)
{
    struct spng_ihdr header;
    struct spng_exif exif;
    int r;

    (void)spng_set_chunk_limits(png, CHUNK_MAX, CHUNKS_MAX);
    r = spng_set_png_buffer(png, p->file, p->file_size);
    if (r == 0)
        r = spng_get_ihdr(png, &header);
    if (r != 0)
        return refuse(p, r);
    p->width = header.width;
    p->height = header.height;
    p->orientation = 1;
    r = spng_get_exif(png, &exif); /* reads all that precedes the pixels */
    if (r == 0)
        p->orientation = exif_orientation(exif.data, exif.length);
    else if (r != SPNG_ECHUNKAVAIL)
        return refuse(p, r);
    return picture_plan(p);
}

/* spng passes over a profile that it cannot unpack as if there were none. */
static bool has_profile(const struct picture *p)
{
    const unsigned char *bytes = p->file, *chunk;
    bool found = false;
    size_t length;

    for (size_t at = OPENING; at + CHUNK_HEAD <= p->file_size;
         at += CHUNK_HEAD + length + CHUNK_END) {
        chunk = bytes + at;
        length = (size_t)chunk[0] << 24 | (size_t)chunk[1] << 16 |
                 (size_t)chunk[2] << 8 | chunk[3];
        found = memcmp(chunk + 4, "iCCP", 4) == 0;
        if (found || memcmp(chunk + 4, "IDAT", 4) == 0)
            break;
    }
    return found;
}

static int open_gamma(spng_ctx *png, const struct colour_source *source,
                      struct colour **ret_colour)
{
    struct spng_chrm c = { 0 };
    struct colour_gamma gamma;
    uint8_t intent;
    double exponent;
    bool primaries;

    if (spng_get_srgb(png, &intent) == 0 || spng_get_gama(png, &exponent) != 0)
        return colour_open(source, ret_colour);
    primaries = spng_get_chrm(png, &c) == 0;
    gamma = (struct colour_gamma){
        .gamma = exponent,
        .primaries = primaries,
        .point = { [COLOUR_WHITE] = { c.white_point_x, c.white_point_y },
                   [COLOUR_RED] = { c.red_x, c.red_y },
                   [COLOUR_GREEN] = { c.green_x, c.green_y },
                   [COLOUR_BLUE] = { c.blue_x, c.blue_y } },
    };
    return colour_open_gamma(source, &gamma, ret_colour);
}

/* open_colour follows the PNG specification: the profile counts most, and the
 * primaries only beside a gamma. */
static int open_colour(spng_ctx *png, const struct picture *p,
                       const struct colour_source *source,
                       struct colour **ret_colour)
{
    struct spng_iccp iccp;
    int r;

    if (spng_get_iccp(png, &iccp) == 0)
        r = colour_open_profile(source, iccp.profile, iccp.profile_len,
                                ret_colour);
    else if (has_profile(p))
        r = -EBADMSG;
    else
        r = open_gamma(png, source, ret_colour);
    return picture_settle_colour(p, r, source, ret_colour);
}

/* Rows as spng decodes them. */
struct rows {
    spng_ctx *png;
    struct picture *picture;
    struct shrink *shrink;
    struct colour *colour;
    bool deep;       /* 16 bits a sample */
    bool interlaced; /* comes in seven passes, each finer than the last */
    bool alpha;      /* something may be transparent */
    bool plain;      /* one byte a pixel: grey, which spng so decodes faster */
    void *row;
    size_t size;
};

/* over_white mixes a sample with as much white as alpha lets through. 32 bits
 * hold the sum: it is little more than the square of `most`. */
static inline uint32_t over_white(uint32_t sample, uint32_t alpha,
                                  uint32_t most)
{
    return (sample * alpha + most * (most - alpha) + most / 2) / most;
}

/* flatten lays pixels over white, in place. */
static void flatten(void *row, size_t pixels, bool deep)
{
    uint8_t *bytes = row;
    uint16_t *words = row;

    for (size_t i = 0; i < pixels * SHRINK_PIXEL; i += SHRINK_PIXEL) {
        const uint32_t alpha = deep ? words[i + ALPHA] : bytes[i + ALPHA];

        for (size_t c = i; c < i + ALPHA; c++)
            if (deep)
                words[c] = (uint16_t)over_white(words[c], alpha, UINT16_MAX);
            else
                bytes[c] = (uint8_t)over_white(bytes[c], alpha, UINT8_MAX);
    }
}

/* spread makes a pixel of each byte, in place and thus from the end. */
static void spread(uint8_t *bytes, size_t pixels)
{
    for (size_t i = pixels; i-- > 0;)
        memset(bytes + i * SHRINK_PIXEL, bytes[i], SHRINK_PIXEL);
}

/* take_row makes what was decoded a part of the thumbnail. */
static void take_row(const struct rows *rows, const struct spng_row_info *info)
{
    /* Which pixels of a row belong to a pass (Adam7). */
    static const uint8_t first[] = { 0, 4, 0, 2, 0, 1, 0 };
    static const uint8_t step[] = { 8, 8, 4, 4, 2, 2, 1 };
    const size_t width = rows->picture->width;

    if (rows->plain)
        spread(rows->row, width);
    colour_convert(rows->colour, rows->row, width);
    if (rows->alpha)
        flatten(rows->row, width, rows->deep);
    shrink_add(rows->shrink,
               &(struct shrink_row){
                   .y = info->row_num,
                   .first = rows->interlaced ? first[info->pass] : 0,
                   .step = rows->interlaced ? step[info->pass] : 1,
                   .pixels = rows->row,
               });
}

/* read_rows returns one of spng's errors, or 0. */
static int read_rows(const struct rows *rows)
{
    struct spng_row_info info;
    int r;

    do {
        r = spng_get_row_info(rows->png, &info);
        if (r != 0)
            break;
        r = spng_decode_row(rows->png, rows->row, rows->size);
        if (r == 0 || r == SPNG_EOI)
            take_row(rows, &info);
    } while (r == 0);
    return r == SPNG_EOI ? 0 : r;
}

static bool has_alpha(spng_ctx *png, const struct spng_ihdr *header)
{
    struct spng_trns transparency;

    return header->color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ||
           header->color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA ||
           spng_get_trns(png, &transparency) == 0;
}

static bool is_grey(const struct spng_ihdr *header)
{
    return header->color_type == SPNG_COLOR_TYPE_GRAYSCALE ||
           header->color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
}

static int start_colour(struct rows *rows, const struct spng_ihdr *header)
{
    const struct colour_source source = {
        .model = is_grey(header) ? COLOUR_GREY : COLOUR_RGB,
        .deep = rows->deep,
    };

    return open_colour(rows->png, rows->picture, &source, &rows->colour);
}

static int format_of(const struct rows *rows)
{
    if (rows->plain)
        return SPNG_FMT_G8;
    return rows->deep ? SPNG_FMT_RGBA16 : SPNG_FMT_RGBA8;
}

static int start_shrink(struct rows *rows)
{
    const struct picture *p = rows->picture;
    const struct shrink_plan plan = {
        .width = p->width,
        .height = p->height,
        .to_width = p->thumb_width,
        .to_height = p->thumb_height,
        .deep = rows->deep,
        .in_order = !rows->interlaced,
    };
    int r;

    r = picture_check_memory(p, shrink_memory(&plan));
    return r < 0 ? r : shrink_start(&plan, &rows->shrink);
}

static int start_rows(struct rows *rows)
{
    const struct picture *p = rows->picture;
    struct spng_ihdr header;
    int r;

    r = spng_get_ihdr(rows->png, &header);
    if (r != 0)
        return refuse(p, r);
    rows->deep = header.bit_depth == 16;
    rows->interlaced = header.interlace_method != 0;
    rows->alpha = has_alpha(rows->png, &header);
    rows->plain = is_grey(&header) && !rows->deep && !rows->alpha;
    rows->size = (size_t)p->width * SHRINK_PIXEL * (rows->deep ? 2 : 1);
    rows->row = calloc(1, rows->size);
    if (!rows->row)
        return -ENOMEM;
    r = start_colour(rows, &header);
    if (r < 0)
        return r;
    r = spng_decode_image(rows->png, NULL, 0, format_of(rows),
                          SPNG_DECODE_TRNS | SPNG_DECODE_PROGRESSIVE);
    return r != 0 ? refuse(p, r) : start_shrink(rows);
}

/* read_png holds some rows at a time: what a small file unpacks to may be very
 * many of them. */
static int read_png(spng_ctx *png, struct picture *p)
{
    struct rows rows = { .png = png, .picture = p };
    int r;

    r = read_header(png, p);
    if (r == 0)
        r = start_rows(&rows);
    if (r == 0) {
        r = read_rows(&rows);
        if (r != 0)
            r = refuse(p, r);
    }
    if (r == 0)
        p->pixels = shrink_finish(rows.shrink);
    shrink_free(rows.shrink);
    colour_close(rows.colour);
    free(rows.row);
    if (r < 0)
        return r;
    /* The pixels are there, but only the rest of the file holds the checksum
     * that says whether they are right. */
    r = spng_decode_chunks(png);
    if (r != 0)
        return picture_remark(p, 0, "damaged, but shown: %s", spng_strerror(r));
    return 0;
}

int png_decode(struct picture *p)
{
    spng_ctx *png;
    int r;

    png = spng_ctx_new(0);
    if (!png)
        return -ENOMEM;
    r = read_png(png, p);
    spng_ctx_free(png);
    return r;
}
