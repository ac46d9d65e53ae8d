/* SPDX-License-Identifier: MIT */
#include "ipc/job/jpeg.h"

#include "ipc/job/colour.h"
#include "ipc/job/exif.h"
#include "ipc/job/jpeg_icc.h"
#include "ipc/job/segment.h"
#include "ipc/job/shrink.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

/* The grey that libjpeg paints where data are missing, and we before it. */
enum { MISSING = 0x80 };

/* libturbojpeg has no code for this, only libjpeg's words. */
static bool is_out_of_memory(tjhandle tj)
{
    const char *words = "Insufficient memory";

    return strncmp(tjGetErrorStr2(tj), words, strlen(words)) == 0;
}

static int refuse(const struct picture *p, tjhandle tj)
{
    if (is_out_of_memory(tj))
        return -ENOMEM;
    return picture_remark(p, -EBADMSG, "JPEG: %s", tjGetErrorStr2(tj));
}

/* Adobe's programs mark what they write in the inks of print, and invert it. */
static bool is_adobe(const struct picture *p)
{
    struct segment_reader reader;
    struct segment segment;

    segment_start(&reader, p->file, p->file_size);
    return segment_find(&reader, SEGMENT_ADOBE, "Adobe", 5, &segment);
}

static enum colour_model model_of(const struct picture *p, int colours)
{
    if (colours == TJCS_CMYK || colours == TJCS_YCCK)
        return is_adobe(p) ? COLOUR_INVERSE : COLOUR_INK;
    return colours == TJCS_GRAY ? COLOUR_GREY : COLOUR_RGB;
}

static unsigned components_of(enum colour_model model)
{
    if (colour_is_ink(model))
        return 4;
    return model == COLOUR_GREY ? 1 : 3;
}

/*
 * Whether libjpeg keeps all coefficients until the last scan: of a progressive
 * picture, and of one whose colours come one after another. It is enough to
 * look for the markers: no data contain them, and a small picture within the
 * EXIF data is hardly ever of that kind.
 */
static bool comes_in_scans(const struct picture *p, enum colour_model model)
{
    enum { LENGTH = 2, START = 0xff, SCAN = 0xda };
    enum { PROGRESSIVE = 0xc2, PROGRESSIVE_ARITHMETIC = 0xca };
    const unsigned char *at = p->file, *end = at + p->file_size, *colours;

    while ((at = memchr(at, START, (size_t)(end - at))) && ++at < end) {
        colours = at + 1 + LENGTH;
        if (*at == PROGRESSIVE || *at == PROGRESSIVE_ARITHMETIC)
            return true;
        if (*at == SCAN && colours < end && *colours < components_of(model))
            return true;
    }
    return false;
}

/* Two bytes for each sample of each colour, of which some may be coarser. */
static uint64_t coefficients_size(const struct picture *p,
                                  enum colour_model model, int subsampling)
{
    enum { MARGIN = 32 }; /* blocks are whole ones */
    const uint64_t samples =
        (uint64_t)(p->width + MARGIN) * (p->height + MARGIN);

    if (model == COLOUR_RGB &&
        (subsampling == TJSAMP_420 || subsampling == TJSAMP_411))
        return samples * 3;
    if (model == COLOUR_RGB &&
        (subsampling == TJSAMP_422 || subsampling == TJSAMP_440))
        return samples * 4;
    return samples * 2 * components_of(model);
}

static int read_header(tjhandle tj, struct picture *p,
                       enum colour_model *ret_model, uint64_t *ret_kept)
{
    int width = 0, height = 0, subsampling = -1, colours = 0, r;

    r = tjDecompressHeader3(tj, p->file, p->file_size, &width, &height,
                            &subsampling, &colours);
    /* Only the size tells: r is negative for a mere warning too, and 0 for
     * tables without a picture. */
    if (width <= 0 || height <= 0)
        return r < 0 ? refuse(p, tj)
                     : picture_remark(p, -EBADMSG, "JPEG: no picture in it");
    p->width = (unsigned)width;
    p->height = (unsigned)height;
    p->orientation = exif_jpeg_orientation(p->file, p->file_size);
    *ret_model = model_of(p, colours);
    *ret_kept = comes_in_scans(p, *ret_model)
                    ? coefficients_size(p, *ret_model, subsampling)
                    : 0;
    return picture_plan(p);
}

/* The rows that libjpeg decodes to. */
struct decoded {
    unsigned width;
    unsigned height;
    enum colour_model model;
    uint64_t kept;         /* bytes that libjpeg keeps meanwhile */
    unsigned char *pixels; /* owned */
};

/* scale lets libjpeg halve as often as what remains still covers the thumbnail.
 * That is most of the shrinking, for free; by other factors it is slower. */
static void scale(const struct picture *p, struct decoded *d)
{
    d->width = p->width;
    d->height = p->height;
    for (int by = 2; by <= 8; by *= 2) {
        const tjscalingfactor factor = { 1, by };
        const unsigned width = (unsigned)TJSCALED((int)p->width, factor);
        const unsigned height = (unsigned)TJSCALED((int)p->height, factor);

        if (width >= p->thumb_width && height >= p->thumb_height) {
            d->width = width;
            d->height = height;
        }
    }
}

/* is_blank does not look at the fourth sample, which may be anything. */
static bool is_blank(const struct decoded *d)
{
    const size_t size = picture_size(d->width, d->height);

    for (size_t i = 0; i < size; i++)
        if (i % SHRINK_PIXEL < SHRINK_PIXEL - 1 && d->pixels[i] != MISSING)
            return false;
    return true;
}

static int read_pixels(tjhandle tj, const struct picture *p, struct decoded *d)
{
    int r;

    scale(p, d);
    r = picture_check_memory(p, d->kept + picture_size(d->width, d->height));
    if (r < 0)
        return r;
    d->pixels = malloc(picture_size(d->width, d->height));
    if (!d->pixels)
        return -ENOMEM;
    memset(d->pixels, MISSING, picture_size(d->width, d->height));
    r = tjDecompress2(
        tj, p->file, p->file_size, d->pixels, (int)d->width, 0, (int)d->height,
        colour_is_ink(d->model) ? TJPF_CMYK : TJPF_RGBX, TJFLAG_LIMITSCANS);
    /* Warning or error, what counts is whether there is something to see. */
    if (r < 0 && is_blank(d))
        return refuse(p, tj);
    if (r < 0)
        return picture_remark(p, 0, "damaged, but shown: %s",
                              tjGetErrorStr2(tj));
    return 0;
}

static int open_colour(const struct picture *p, const struct decoded *d,
                       struct colour **ret_colour)
{
    const struct colour_source source = { .model = d->model };
    unsigned char *profile = NULL;
    size_t size;
    int r;

    r = icc_read_jpeg(p->file, p->file_size, &profile, &size);
    if (r == 0 && profile)
        r = colour_open_profile(&source, profile, size, ret_colour);
    else if (r == 0)
        r = colour_open(&source, ret_colour);
    free(profile);
    return picture_settle_colour(p, r, &source, ret_colour);
}

static int convert(const struct picture *p, const struct decoded *d)
{
    struct colour *colour;
    int r;

    r = open_colour(p, d, &colour);
    if (r < 0)
        return r;
    colour_convert(colour, d->pixels, (size_t)d->width * d->height);
    colour_close(colour);
    return 0;
}

/* finish makes the thumbnail of what was decoded, and takes its pixels. */
static int finish(struct picture *p, struct decoded *d)
{
    const struct shrink_plan plan = {
        .width = d->width,
        .height = d->height,
        .to_width = p->thumb_width,
        .to_height = p->thumb_height,
        .softened = d->width < p->width,
        .in_order = true,
    };
    struct shrink *s;
    int r;

    if (d->width == p->thumb_width && d->height == p->thumb_height) {
        p->pixels = d->pixels;
        d->pixels = NULL;
        return 0;
    }
    r = shrink_start(&plan, &s);
    if (r < 0)
        return r;
    for (unsigned y = 0; y < d->height; y++)
        shrink_add(s, &(struct shrink_row){
                          .y = y,
                          .step = 1,
                          .pixels = d->pixels + picture_size(d->width, y),
                      });
    p->pixels = shrink_finish(s);
    shrink_free(s);
    return 0;
}

int jpeg_decode(struct picture *p)
{
    struct decoded decoded = { 0 };
    tjhandle tj;
    int r;

    tj = tjInitDecompress();
    if (!tj)
        return -ENOMEM;
    r = read_header(tj, p, &decoded.model, &decoded.kept);
    if (r == 0)
        r = read_pixels(tj, p, &decoded);
    if (r == 0)
        r = convert(p, &decoded);
    if (r == 0)
        r = finish(p, &decoded);
    free(decoded.pixels);
    (void)tjDestroy(tj);
    return r;
}
