/* SPDX-License-Identifier: MIT */
#include "ipc/job/colour.h"

#include <errno.h>
#include <lcms2.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 4, BLACK = 3 };

static const double srgb_point[COLOUR_POINTS][2] = {
    [COLOUR_WHITE] = { 0.3127, 0.329 },
    [COLOUR_RED] = { 0.64, 0.33 },
    [COLOUR_GREEN] = { 0.3, 0.6 },
    [COLOUR_BLUE] = { 0.15, 0.06 },
};

struct colour {
    cmsHTRANSFORM transform; /* NULL: inks are multiplied */
    bool inverse;            /* those inks */
};

bool colour_is_ink(enum colour_model model)
{
    return model == COLOUR_INK || model == COLOUR_INVERSE;
}

/* format_of returns little CMS's word for such samples, or 0 if a profile of
 * that space says nothing about them. */
static cmsUInt32Number format_of(const struct colour_source *source,
                                 cmsColorSpaceSignature space)
{
    const cmsUInt32Number bytes = BYTES_SH(source->deep ? 2U : 1U);
    const enum colour_model model = source->model;

    if (space == cmsSigGrayData && model == COLOUR_GREY)
        return bytes | COLORSPACE_SH(PT_GRAY) | CHANNELS_SH(1) | EXTRA_SH(3);
    if (space == cmsSigRgbData && !colour_is_ink(model))
        return bytes | COLORSPACE_SH(PT_RGB) | CHANNELS_SH(3) | EXTRA_SH(1);
    if (space == cmsSigCmykData && colour_is_ink(model))
        return bytes | COLORSPACE_SH(PT_CMYK) | CHANNELS_SH(4) |
               FLAVOR_SH(model == COLOUR_INVERSE ? 1U : 0U);
    return 0;
}

/* Links between devices, lists of named colours and the like are profiles,
 * too, but not of a picture. */
static bool is_of_pictures(cmsHPROFILE profile)
{
    switch (cmsGetDeviceClass(profile)) {
    case cmsSigInputClass:
    case cmsSigDisplayClass:
    case cmsSigOutputClass:
    case cmsSigColorSpaceClass:
        return true;
    default:
        return false;
    }
}

static cmsHTRANSFORM make_transform(const struct colour_source *source,
                                    cmsHPROFILE from, cmsHPROFILE to)
{
    const cmsUInt32Number input = format_of(source, cmsGetColorSpace(from));
    const struct colour_source rgb = { COLOUR_RGB, source->deep };

    if (input == 0 || !is_of_pictures(from))
        return NULL;
    /* A rare form of the same for which small files can ask for hours of
     * work: any number of steps, each eight bytes. */
    (void)cmsWriteTag(from, cmsSigDToB0Tag, NULL);
    return cmsCreateTransform(from, input, to, format_of(&rgb, cmsSigRgbData),
                              INTENT_PERCEPTUAL, 0);
}

/* make_srgb says that it is of version 2: of a later one little CMS would make
 * the darkest that a printer can do black, which other programs do not. */
static cmsHPROFILE make_srgb(void)
{
    cmsHPROFILE profile = cmsCreate_sRGBProfile();

    if (profile)
        cmsSetProfileVersion(profile, 2.1);
    return profile;
}

enum { STEPS = 6, STEP = UINT8_MAX / (STEPS - 1) };
enum { PATTERN = STEPS * STEPS * STEPS * SAMPLES }; /* samples */

/* pattern_at returns a sample of a pattern of all colours, in broad steps. */
static uint8_t pattern_at(size_t at)
{
    static const unsigned every[SAMPLES] = { 1, STEPS, STEPS * STEPS, 1 };

    return (uint8_t)(at / SAMPLES / every[at % SAMPLES] % STEPS * STEP);
}

/* changes says whether the pattern becomes other colours, not just roundings.
 * The profile of most cameras is sRGB: then nothing has to be done. */
static bool changes(cmsHTRANSFORM transform, bool deep)
{
    uint8_t bytes[PATTERN];
    uint16_t words[PATTERN];
    int difference;

    for (size_t i = 0; i < PATTERN; i++) {
        bytes[i] = pattern_at(i);
        words[i] = (uint16_t)(bytes[i] * 257);
    }
    cmsDoTransform(transform, deep ? (void *)words : bytes,
                   deep ? (void *)words : bytes, PATTERN / SAMPLES);
    for (size_t i = 0; i < PATTERN; i++) {
        difference = (deep ? words[i] / 257 : bytes[i]) - pattern_at(i);
        if (difference < -1 || difference > 1)
            return true;
    }
    return false;
}

/* open_transform takes a profile, or NULL for one that could not be read. */
static int open_transform(const struct colour_source *source, cmsHPROFILE from,
                          struct colour **ret_colour)
{
    struct colour *colour = calloc(1, sizeof(*colour));
    cmsHPROFILE to = make_srgb();
    int r = 0;

    if (!colour || !to)
        r = -ENOMEM;
    else if (from)
        colour->transform = make_transform(source, from, to);
    if (r == 0 && !colour->transform)
        r = -EBADMSG;
    if (to)
        (void)cmsCloseProfile(to);
    if (from)
        (void)cmsCloseProfile(from);
    if (r < 0) {
        free(colour);
        return r;
    }
    if (!changes(colour->transform, source->deep)) {
        colour_close(colour);
        colour = NULL;
    }
    *ret_colour = colour;
    return 0;
}

int colour_open(const struct colour_source *source, struct colour **ret_colour)
{
    struct colour *colour = NULL;

    if (colour_is_ink(source->model)) {
        colour = calloc(1, sizeof(*colour));
        if (!colour)
            return -ENOMEM;
        colour->inverse = source->model == COLOUR_INVERSE;
    }
    *ret_colour = colour;
    return 0;
}

int colour_open_profile(const struct colour_source *source, const void *profile,
                        size_t size, struct colour **ret_colour)
{
    if (size > UINT32_MAX)
        return -EBADMSG;
    return open_transform(source,
                          cmsOpenProfileFromMem(profile, (cmsUInt32Number)size),
                          ret_colour);
}

/* Gammas beyond these leave black or white only. */
static bool is_gamma(const struct colour_gamma *g)
{
    if (!(g->gamma >= 0.05 && g->gamma <= 20))
        return false;
    for (int i = 0; i < COLOUR_POINTS; i++)
        if (!(g->point[i][0] >= 0 && g->point[i][1] > 0 &&
              g->point[i][0] + g->point[i][1] <= 1))
            return false;
    return true;
}

/* Programs that mean sRGB write a gamma of 1/2.2. */
static bool is_srgb(const struct colour_gamma *g)
{
    bool near = fabs(g->gamma - 1 / 2.2) < 0.005;

    for (int i = 0; i < COLOUR_POINTS; i++)
        for (int c = 0; c < 2; c++)
            near &= fabs(g->point[i][c] - srgb_point[i][c]) < 0.002;
    return near;
}

static cmsCIExyY point_of(const struct colour_gamma *g, int which)
{
    return (cmsCIExyY){ g->point[which][0], g->point[which][1], 1 };
}

static cmsHPROFILE make_profile(const struct colour_gamma *g)
{
    const cmsCIExyY white = point_of(g, COLOUR_WHITE);
    const cmsCIExyYTRIPLE primaries = {
        .Red = point_of(g, COLOUR_RED),
        .Green = point_of(g, COLOUR_GREEN),
        .Blue = point_of(g, COLOUR_BLUE),
    };
    cmsToneCurve *curve = cmsBuildGamma(NULL, 1 / g->gamma);
    cmsToneCurve *const curves[] = { curve, curve, curve };
    cmsHPROFILE profile = NULL;

    if (curve)
        profile = cmsCreateRGBProfile(&white, &primaries, curves);
    cmsFreeToneCurve(curve);
    return profile;
}

int colour_open_gamma(const struct colour_source *source,
                      const struct colour_gamma *gamma,
                      struct colour **ret_colour)
{
    struct colour_gamma g = *gamma;

    if (!g.primaries)
        memcpy(g.point, srgb_point, sizeof(g.point));
    if (!is_gamma(&g))
        return -EBADMSG;
    if (is_srgb(&g)) {
        *ret_colour = NULL;
        return 0;
    }
    return open_transform(source, make_profile(&g), ret_colour);
}

/* multiply takes what three inks leave of the light, and black leaves of it. */
static void multiply(uint8_t *at, size_t count, unsigned inverse)
{
    for (size_t i = 0; i < count; i++, at += SAMPLES) {
        const unsigned paper = at[BLACK] ^ inverse;

        for (size_t c = 0; c < BLACK; c++)
            at[c] = (uint8_t)(((at[c] ^ inverse) * paper + UINT8_MAX / 2) /
                              UINT8_MAX);
    }
}

void colour_convert(const struct colour *colour, void *pixels, size_t count)
{
    if (!colour)
        return;
    if (colour->transform)
        cmsDoTransform(colour->transform, pixels, pixels,
                       (cmsUInt32Number)count);
    else
        multiply(pixels, count, colour->inverse ? 0 : UINT8_MAX);
}

void colour_close(struct colour *colour)
{
    if (!colour)
        return;
    if (colour->transform)
        cmsDeleteTransform(colour->transform);
    free(colour);
}
