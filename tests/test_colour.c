/* SPDX-License-Identifier: MIT */
/* Colours: converted as the formulas of the standards say, or left alone. */
#include "ipc/job/colour.h"
#include "ipc/job/jpeg_icc.h"
#include "tests/allocations.h"
#include "tests/helpers.h"
#include "tests/image_files.h"
#include "tests/suites.h"

#include <errno.h>
#include <lcms2.h>
#include <math.h>
#include <spng.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

enum { SIDE = 16, RGB = 3, PIXEL = 4 };

/* A colour profile in memory. */
struct profile {
    unsigned char *bytes;
    size_t size;
};

static struct profile save(cmsHPROFILE handle)
{
    struct profile profile;
    cmsUInt32Number size = 0;

    ck_assert_ptr_nonnull(handle);
    ck_assert(cmsSaveProfileToMem(handle, NULL, &size));
    profile.bytes = malloc(size);
    profile.size = size;
    ck_assert_ptr_nonnull(profile.bytes);
    ck_assert(cmsSaveProfileToMem(handle, profile.bytes, &size));
    (void)cmsCloseProfile(handle);
    return profile;
}

/* White is sRGB's, so that no white has to be adapted to another. */
static const cmsCIExyY d65 = { 0.3127, 0.3290, 1 };

/* Adobe RGB (1998): a green that sRGB does not have. */
static const double adobe_green[2] = { 0.21, 0.71 };
static const double adobe_gamma = 563 / 256.0;

static struct profile rgb_profile(const cmsCIExyYTRIPLE *primaries,
                                  double gamma)
{
    cmsToneCurve *curve = cmsBuildGamma(NULL, gamma);
    cmsToneCurve *const curves[] = { curve, curve, curve };
    struct profile profile = save(cmsCreateRGBProfile(&d65, primaries, curves));

    cmsFreeToneCurve(curve);
    return profile;
}

static struct profile adobe_profile(void)
{
    const cmsCIExyYTRIPLE primaries = {
        .Red = { 0.64, 0.33, 1 },
        .Green = { adobe_green[0], adobe_green[1], 1 },
        .Blue = { 0.15, 0.06, 1 },
    };

    return rgb_profile(&primaries, adobe_gamma);
}

/* Its red is blue. */
static struct profile swapped_profile(void)
{
    const cmsCIExyYTRIPLE primaries = {
        .Red = { 0.15, 0.06, 1 },
        .Green = { 0.3, 0.6, 1 },
        .Blue = { 0.64, 0.33, 1 },
    };

    return rgb_profile(&primaries, 2.2);
}

static struct profile grey_profile(double gamma)
{
    cmsToneCurve *curve = cmsBuildGamma(NULL, gamma);
    struct profile profile = save(cmsCreateGrayProfile(cmsD50_xyY(), curve));

    cmsFreeToneCurve(curve);
    return profile;
}

/* Of a printer whose only ink is cyan: L* falls from 100 to 20 with it. The
 * samples are those of 16 bits as version 2 of profiles has Lab. */
static cmsInt32Number print_cyan(const cmsUInt16Number *ink,
                                 cmsUInt16Number *lab, void *nothing)
{
    (void)nothing;
    lab[0] = (cmsUInt16Number)lround(0xff00 * (1 - 0.8 * ink[0] / 65535.0));
    lab[1] = lab[2] = 0x8000;
    return 1;
}

static struct profile ink_profile(void)
{
    cmsHPROFILE handle = cmsCreateProfilePlaceholder(NULL);
    cmsPipeline *pipeline = cmsPipelineAlloc(NULL, 4, 3);
    cmsStage *table = cmsStageAllocCLut16bit(NULL, 2, 4, 3, NULL);

    ck_assert(cmsStageSampleCLut16bit(table, print_cyan, NULL, 0));
    ck_assert(cmsPipelineInsertStage(pipeline, cmsAT_END, table));
    cmsSetProfileVersion(handle, 2.1);
    cmsSetDeviceClass(handle, cmsSigOutputClass);
    cmsSetColorSpace(handle, cmsSigCmykData);
    cmsSetPCS(handle, cmsSigLabData);
    ck_assert(cmsWriteTag(handle, cmsSigAToB0Tag, pipeline));
    cmsPipelineFree(pipeline);
    return save(handle);
}

/* ----------------------------------------------------------- the formulas */

static double code_of(double light)
{
    if (light <= 0)
        return 0;
    if (light >= 1)
        return 255;
    return 255 * (light <= 0.0031308 ? light * 12.92
                                     : 1.055 * pow(light, 1 / 2.4) - 0.055);
}

/* Both have the same white, red and blue: then only green has to be told as a
 * sum of sRGB's primaries. The figures are those of Adobe's and IEC's own
 * matrices, multiplied. */
static void adobe_to_srgb(const uint8_t from[static RGB], double to[static RGB])
{
    static const double matrix[RGB][RGB] = {
        { 1.39828, -0.39828, 0 },
        { 0, 1, 0 },
        { 0, -0.04294, 1.04294 },
    };
    double light[RGB];

    for (int c = 0; c < RGB; c++)
        light[c] = pow(from[c] / 255.0, adobe_gamma);
    for (int c = 0; c < RGB; c++)
        to[c] = code_of(matrix[c][0] * light[0] + matrix[c][1] * light[1] +
                        matrix[c][2] * light[2]);
}

static double grey_of_lightness(double lightness)
{
    return code_of(pow((lightness + 16) / 116, 3));
}

/* ------------------------------------------------- samples by themselves */

static struct colour *open_profile(const struct colour_source *source,
                                   struct profile profile)
{
    struct colour *colour;

    ck_assert_int_eq(
        colour_open_profile(source, profile.bytes, profile.size, &colour), 0);
    free(profile.bytes);
    return colour;
}

/* The fourth sample stays. Words are the bytes, 257 times. */
static void expect_pixel(const struct colour *colour, bool deep,
                         const uint8_t from[static PIXEL],
                         const double to[static RGB])
{
    uint8_t bytes[PIXEL];
    uint16_t words[PIXEL];

    for (int c = 0; c < PIXEL; c++) {
        bytes[c] = from[c];
        words[c] = (uint16_t)(from[c] * 257);
    }
    colour_convert(colour, deep ? (void *)words : bytes, 1);
    for (int c = 0; c < RGB; c++)
        ck_assert_msg(fabs((deep ? words[c] / 257.0 : bytes[c]) - to[c]) < 1.6,
                      "%d %d %d: %d is %g, not %g", from[0], from[1], from[2],
                      c, deep ? words[c] / 257.0 : bytes[c], to[c]);
    ck_assert_uint_eq(deep ? words[RGB] : bytes[RGB],
                      from[RGB] * (deep ? 257U : 1U));
}

/* The profile of sRGB itself changes nothing, however it is made. */
START_TEST(test_srgb)
{
    const cmsFloat64Number curve[] = { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92,
                                       0.04045 };
    const cmsCIExyYTRIPLE primaries = {
        .Red = { 0.64, 0.33, 1 },
        .Green = { 0.3, 0.6, 1 },
        .Blue = { 0.15, 0.06, 1 },
    };
    const struct colour_source source = { COLOUR_RGB, .deep = _i };
    cmsToneCurve *tone = cmsBuildParametricToneCurve(NULL, 4, curve);
    cmsToneCurve *const tones[] = { tone, tone, tone };
    struct profile near = rgb_profile(&primaries, 2.2);
    struct colour *colour;

    colour = open_profile(&source, save(cmsCreate_sRGBProfile()));
    ck_assert_ptr_null(colour);
    colour = open_profile(&source,
                          save(cmsCreateRGBProfile(&d65, &primaries, tones)));
    ck_assert_ptr_null(colour);
    /* A gamma of 2.2 is something else. */
    colour = open_profile(&source, near);
    ck_assert_ptr_nonnull(colour);
    colour_close(colour);
    cmsFreeToneCurve(tone);
}
END_TEST

static void expect_broken(enum colour_model model, const void *profile,
                          size_t size)
{
    const struct colour_source source = { model, false };
    struct colour *colour = (struct colour *)1;

    ck_assert_int_eq(colour_open_profile(&source, profile, size, &colour),
                     -EBADMSG);
    ck_assert_ptr_eq(colour, (struct colour *)1);
}

START_TEST(test_wide_gamut)
{
    const struct colour_source source = { COLOUR_RGB, .deep = _i };
    struct colour *colour = open_profile(&source, adobe_profile());
    uint8_t from[PIXEL] = { 0, 0, 0, 99 };
    double to[RGB];

    for (unsigned i = 0; i < 6 * 6 * 6; i++) {
        from[0] = (uint8_t)(i % 6 * 51);
        from[1] = (uint8_t)(i / 6 % 6 * 51);
        from[2] = (uint8_t)(i / 36 * 51);
        adobe_to_srgb(from, to);
        /* Near black the two curves differ by more than a table can hold. */
        if (from[0] >= 51 && from[1] >= 51 && from[2] >= 51)
            expect_pixel(colour, _i, from, to);
    }
    colour_close(colour);
}
END_TEST

/* A chain of steps of any length would be worked through for each of thousands
 * of colours: it is left aside, and the rest of the profile counts. */
START_TEST(test_chain)
{
    const struct colour_source source = { COLOUR_RGB, false };
    const cmsFloat64Number to_black[RGB * RGB] = { 0 };
    cmsPipeline *chain = cmsPipelineAlloc(NULL, RGB, RGB);
    struct profile adobe = adobe_profile();
    cmsHPROFILE handle =
        cmsOpenProfileFromMem(adobe.bytes, (cmsUInt32Number)adobe.size);
    const uint8_t from[PIXEL] = { 100, 180, 90, 1 };
    struct colour *colour;
    double to[RGB];

    ck_assert(cmsPipelineInsertStage(
        chain, cmsAT_END, cmsStageAllocMatrix(NULL, RGB, RGB, to_black, NULL)));
    cmsSetProfileVersion(handle, 4.3);
    if (_i)
        ck_assert(cmsWriteTag(handle, cmsSigRedColorantTag, NULL));
    ck_assert(cmsWriteTag(handle, cmsSigDToB0Tag, chain));
    cmsPipelineFree(chain);
    free(adobe.bytes);
    adobe = save(handle);
    if (_i) {
        expect_broken(COLOUR_RGB, adobe.bytes, adobe.size);
        free(adobe.bytes);
        return;
    }
    colour = open_profile(&source, adobe);
    adobe_to_srgb(from, to);
    expect_pixel(colour, false, from, to);
    colour_close(colour);
}
END_TEST

START_TEST(test_grey_profile)
{
    const struct colour_source source = { COLOUR_GREY, .deep = _i };
    struct colour *colour = open_profile(&source, grey_profile(1));
    double light;

    for (unsigned i = 16; i < 256; i++) {
        light = code_of(i / 255.0);
        /* Only the first sample is looked at. */
        expect_pixel(colour, _i, (const uint8_t[]){ (uint8_t)i, 1, 2, 7 },
                     (const double[]){ light, light, light });
    }
    colour_close(colour);
}
END_TEST

/* A profile of RGB says what grey means, too. */
START_TEST(test_grey_rgb_profile)
{
    const struct colour_source source = { COLOUR_GREY, .deep = _i };
    struct colour *colour = open_profile(&source, adobe_profile());

    expect_pixel(colour, _i, (const uint8_t[]){ 128, 128, 128, 7 },
                 (const double[]){ 127.5, 127.5, 127.5 });
    colour_close(colour);
}
END_TEST

START_TEST(test_ink_profile)
{
    const struct colour_source source = { _i ? COLOUR_INVERSE : COLOUR_INK,
                                          false };
    struct colour *colour = open_profile(&source, ink_profile());

    for (unsigned ink = 0; ink < 256; ink += 5) {
        uint8_t pixel[PIXEL] = { (uint8_t)(_i ? 255 - ink : ink), 10, 20, 30 };
        double grey = grey_of_lightness(100 - 80.0 * ink / 255);

        colour_convert(colour, pixel, 1);
        for (int c = 0; c < RGB; c++)
            ck_assert_double_eq_tol(pixel[c], grey, 1.6);
    }
    colour_close(colour);
}
END_TEST

START_TEST(test_ink)
{
    static const struct {
        uint8_t ink[PIXEL], to[RGB];
    } pixels[] = {
        { { 0, 0, 0, 0 }, { 255, 255, 255 } },
        { { 255, 0, 0, 0 }, { 0, 255, 255 } },
        { { 0, 255, 0, 0 }, { 255, 0, 255 } },
        { { 0, 0, 255, 0 }, { 255, 255, 0 } },
        { { 0, 0, 0, 255 }, { 0, 0, 0 } },
        { { 255, 255, 255, 255 }, { 0, 0, 0 } },
        { { 55, 105, 155, 51 }, { 160, 120, 80 } },
    };
    const struct colour_source source = { _i ? COLOUR_INVERSE : COLOUR_INK,
                                          false };
    struct colour *colour;
    uint8_t pixel[PIXEL];

    ck_assert_int_eq(colour_open(&source, &colour), 0);
    for (size_t i = 0; i < sizeof(pixels) / sizeof(pixels[0]); i++) {
        for (int c = 0; c < PIXEL; c++)
            pixel[c] =
                (uint8_t)(_i ? 255 - pixels[i].ink[c] : pixels[i].ink[c]);
        colour_convert(colour, pixel, 1);
        ck_assert_mem_eq(pixel, pixels[i].to, RGB);
    }
    colour_close(colour);
}
END_TEST

START_TEST(test_nothing_to_do)
{
    const struct colour_source source = { COLOUR_RGB, false };
    struct colour *colour = (struct colour *)1;

    ck_assert_int_eq(colour_open(&source, &colour), 0);
    ck_assert_ptr_null(colour);
    colour_convert(NULL, NULL, 1);
    colour_close(NULL);
}
END_TEST

/* A profile of other colours than the picture's, or of no picture's. */
START_TEST(test_wrong_profile)
{
    struct profile rgb = adobe_profile(), grey = grey_profile(1);
    struct profile ink = ink_profile();

    expect_broken(COLOUR_INK, rgb.bytes, rgb.size);
    expect_broken(COLOUR_INVERSE, grey.bytes, grey.size);
    expect_broken(COLOUR_RGB, grey.bytes, grey.size);
    expect_broken(COLOUR_RGB, ink.bytes, ink.size);
    expect_broken(COLOUR_GREY, ink.bytes, ink.size);
    expect_broken(COLOUR_RGB, "", 0);
    expect_broken(COLOUR_RGB, "no profile at all", 17);
    memcpy(rgb.bytes + 12, "link", 4); /* its class */
    expect_broken(COLOUR_RGB, rgb.bytes, rgb.size);
    free(rgb.bytes);
    free(grey.bytes);
    free(ink.bytes);
}
END_TEST

/* Any bit may be wrong, and any end missing: an answer, and no step beyond. */
static void disturb(enum colour_model model, struct profile profile,
                    size_t step)
{
    const struct colour_source source = { model, false };
    struct colour *colour;
    uint8_t pixel[PIXEL] = { 1, 2, 3, 4 };

    for (size_t bit = 0; bit < 8 * profile.size; bit += step) {
        struct file file = file_copy(profile.bytes, profile.size);

        file.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        if (bit % 3 == 0)
            file.size = bit / 8;
        if (colour_open_profile(&source, file.bytes, file.size, &colour) == 0) {
            colour_convert(colour, pixel, 1);
            colour_close(colour);
        }
        free(file.bytes);
    }
    free(profile.bytes);
}

START_TEST(test_disturbed_profile)
{
    disturb(COLOUR_RGB, adobe_profile(), 7);
    disturb(COLOUR_GREY, grey_profile(2), 7);
    disturb(COLOUR_INVERSE, ink_profile(), 61); /* slow */
}
END_TEST

/* ------------------------------------------------------- pieces in a JPEG */

enum { HEAD = 18 }; /* of a piece: FF E2, length, mark, number, count */

static void insert(struct file *jpeg, size_t at, const void *bytes, size_t size)
{
    unsigned char *more = malloc(jpeg->size + size);

    ck_assert_ptr_nonnull(more);
    memcpy(more, jpeg->bytes, at);
    memcpy(more + at, bytes, size);
    memcpy(more + at + size, jpeg->bytes + at, jpeg->size - at);
    free(jpeg->bytes);
    jpeg->bytes = more;
    jpeg->size += size;
}

/* In front of all that precedes the picture. */
static void insert_piece(struct file *jpeg, unsigned number, unsigned count,
                         const void *bytes, size_t size)
{
    unsigned char *piece = malloc(HEAD + size);

    ck_assert_ptr_nonnull(piece);
    memcpy(piece, "\xff\xe2", 2);
    put16(piece + 2, true, (unsigned)(HEAD - 2 + size));
    memcpy(piece + 4, "ICC_PROFILE", 12);
    piece[16] = (unsigned char)number;
    piece[17] = (unsigned char)count;
    memcpy(piece + HEAD, bytes, size);
    insert(jpeg, 2, piece, HEAD + size);
    free(piece);
}

static struct file one_colour_jpeg(const unsigned char *pixel, int format)
{
    const size_t size = format == TJPF_GRAY ? 1 : format == TJPF_CMYK ? 4 : 3;
    unsigned char pixels[SIDE * SIDE * PIXEL];

    for (size_t i = 0; i < SIDE * SIDE; i++)
        memcpy(pixels + i * size, pixel, size);
    return file_jpeg(pixels, SIDE, SIDE, format,
                     format == TJPF_GRAY ? TJSAMP_GRAY : TJSAMP_444, 0);
}

static const unsigned char red[] = { 254, 0, 0 }, blue[] = { 0, 0, 254 };
static const char broken[] = "profile is broken";

/* Which pieces there are, what they say, and whether that is a profile. */
static const struct {
    unsigned pieces;
    unsigned number[4]; /* of each, in the order of the file */
    unsigned count[4];
    int r;
} splits[] = {
    { 1, { 1 }, { 1 }, 0 },
    { 3, { 1, 2, 3 }, { 3, 3, 3 }, 0 },
    { 3, { 3, 1, 2 }, { 3, 3, 3 }, 0 },
    { 1, { 0 }, { 1 }, -EBADMSG },
    { 1, { 1 }, { 0 }, -EBADMSG },
    { 1, { 2 }, { 1 }, -EBADMSG },
    { 1, { 1 }, { 2 }, -EBADMSG },
    { 1, { 255 }, { 255 }, -EBADMSG },
    { 2, { 1, 1 }, { 2, 2 }, -EBADMSG },
    { 2, { 1, 1 }, { 1, 1 }, -EBADMSG },
    { 2, { 1, 3 }, { 3, 3 }, -EBADMSG },
    { 3, { 1, 2, 3 }, { 3, 3, 4 }, -EBADMSG },
    { 3, { 1, 2, 4 }, { 3, 3, 3 }, -EBADMSG },
    { 4, { 1, 2, 3, 0 }, { 3, 3, 3, 3 }, -EBADMSG },
};

enum { SPLITS = sizeof(splits) / sizeof(splits[0]) };

static struct file split_jpeg(const struct profile *profile, int which)
{
    struct file jpeg = one_colour_jpeg(red, TJPF_RGB);
    const unsigned pieces = splits[which].pieces;
    const size_t share = profile->size / pieces;

    for (unsigned i = pieces; i-- > 0;) {
        const unsigned number = splits[which].number[i];
        const size_t at =
            number >= 1 && number <= pieces ? (number - 1) * share : 0;

        insert_piece(&jpeg, number, splits[which].count[i], profile->bytes + at,
                     number == pieces ? profile->size - at : share);
    }
    return jpeg;
}

START_TEST(test_pieces)
{
    struct profile profile = swapped_profile();
    struct file jpeg = split_jpeg(&profile, _i);
    unsigned char *bytes = NULL;
    size_t size = 0;

    ck_assert_int_eq(icc_read_jpeg(jpeg.bytes, jpeg.size, &bytes, &size),
                     splits[_i].r);
    if (splits[_i].r == 0) {
        ck_assert_uint_eq(size, profile.size);
        ck_assert_mem_eq(bytes, profile.bytes, size);
        expect_shown(&jpeg, 100, blue, "");
    } else {
        ck_assert_ptr_null(bytes); /* untouched */
        expect_shown(&jpeg, 100, red, broken);
    }
    free(bytes);
    free(jpeg.bytes);
    free(profile.bytes);
}
END_TEST

/* The most there may be, and the least. */
START_TEST(test_most_pieces)
{
    struct file jpeg = file_copy("\xff\xd8", 2);
    unsigned char piece[65519] = { 0 };
    unsigned char *bytes;
    size_t size;

    ck_assert_int_eq(icc_read_jpeg(jpeg.bytes, jpeg.size, &bytes, &size), 0);
    ck_assert_ptr_null(bytes);
    for (unsigned number = 255; number > 0; number--) {
        piece[0] = (unsigned char)number;
        insert_piece(&jpeg, number, 255, piece, number % 2 ? 1 : 0);
    }
    ck_assert_int_eq(icc_read_jpeg(jpeg.bytes, jpeg.size, &bytes, &size), 0);
    ck_assert_uint_eq(size, 128);
    for (unsigned i = 0; i < 128; i++)
        ck_assert_uint_eq(bytes[i], 2 * i + 1);
    free(bytes);
    free(jpeg.bytes);
    jpeg = file_copy("\xff\xd8", 2);
    insert_piece(&jpeg, 2, 2, piece, sizeof(piece));
    insert_piece(&jpeg, 1, 2, piece, sizeof(piece));
    ck_assert_int_eq(icc_read_jpeg(jpeg.bytes, jpeg.size, &bytes, &size), 0);
    ck_assert_uint_eq(size, 2 * sizeof(piece));
    free(bytes);
    free(jpeg.bytes);
}
END_TEST

/* Cut anywhere, a sanitizer sees no step beyond; and a piece may be too short
 * for its numbers. */
START_TEST(test_cut_pieces)
{
    struct file jpeg = file_copy("\xff\xd8", 2);
    unsigned char *bytes;
    size_t size, whole;

    insert_piece(&jpeg, 1, 1, "abc", 3);
    whole = jpeg.size;
    for (size_t end = 0; end <= whole; end++) {
        struct file cut = file_copy(jpeg.bytes, end);

        ck_assert_int_eq(icc_read_jpeg(cut.bytes, end, &bytes, &size), 0);
        ck_assert(bytes ? end == whole : end < whole);
        if (bytes)
            ck_assert_mem_eq(bytes, "abc", 3);
        free(bytes);
        free(cut.bytes);
    }
    for (unsigned length = 14; length < 16; length++) {
        struct file cut = file_copy(jpeg.bytes, 4 + length);

        put16(cut.bytes + 4, true, length);
        ck_assert_int_eq(icc_read_jpeg(cut.bytes, cut.size, &bytes, &size),
                         -EBADMSG);
        free(cut.bytes);
    }
    free(jpeg.bytes);
}
END_TEST

/* ------------------------------------------------------------------- JPEG */

static struct file jpeg_with(const unsigned char *pixel, int format,
                             struct profile profile)
{
    struct file jpeg = one_colour_jpeg(pixel, format);

    insert_piece(&jpeg, 1, 1, profile.bytes, profile.size);
    free(profile.bytes);
    return jpeg;
}

START_TEST(test_jpeg_profile)
{
    const unsigned char colour[] = { 100, 180, 90 }, grey = 128;
    const unsigned char light[] = { 188, 188, 188 }, shown[] = { 0, 181, 84 };
    struct file jpeg = jpeg_with(colour, TJPF_RGB, adobe_profile());

    expect_shown(&jpeg, 100, shown, "");
    expect_shown(&jpeg, 5, shown, "");
    free(jpeg.bytes);
    jpeg = jpeg_with(&grey, TJPF_GRAY, grey_profile(1));
    expect_shown(&jpeg, 100, light, "");
    free(jpeg.bytes);
    jpeg = jpeg_with(red, TJPF_RGB, grey_profile(1));
    expect_shown(&jpeg, 100, red, broken);
    free(jpeg.bytes);
}
END_TEST

/* Damage is the worse news. */
START_TEST(test_jpeg_damaged_too)
{
    struct file jpeg = jpeg_with(red, TJPF_RGB, grey_profile(1));

    jpeg.size -= 2;
    expect_shown(&jpeg, 100, red, "damaged, but shown");
    free(jpeg.bytes);
}
END_TEST

/* libturbojpeg writes inks as colours and black (YCCK), with Adobe's mark,
 * whose last byte says so. */
enum { ADOBE = 0xee, ADOBE_SIZE = 16, ADOBE_TRANSFORM = 15 };

START_TEST(test_jpeg_ink)
{
    /* Inverted: half of the cyan, and a fifth of black. */
    const unsigned char inks[] = { 128, 255, 255, 204 };
    const unsigned char shown[] = { 102, 204, 204 };
    /* What the three colours are as they are stored. */
    const unsigned char grey_inks[] = { 200, 200, 200, 255 };
    const unsigned char as_inks[] = { 55, 128, 128 };
    const unsigned char as_plain_inks[] = { 0, 0, 0 };
    struct file jpeg = one_colour_jpeg(inks, TJPF_CMYK);
    size_t at;

    expect_shown(&jpeg, 100, shown, "");
    expect_shown(&jpeg, 5, shown, "");
    free(jpeg.bytes);
    jpeg = one_colour_jpeg(grey_inks, TJPF_CMYK);
    at = file_find_marker(&jpeg, ADOBE);
    jpeg.bytes[at + ADOBE_TRANSFORM] = 0; /* plain CMYK */
    expect_shown(&jpeg, 100, as_inks, "");
    /* Without the mark it is not inverted. */
    memmove(jpeg.bytes + at, jpeg.bytes + at + ADOBE_SIZE,
            jpeg.size - at - ADOBE_SIZE);
    jpeg.size -= ADOBE_SIZE;
    expect_shown(&jpeg, 100, as_plain_inks, "");
    free(jpeg.bytes);
}
END_TEST

START_TEST(test_jpeg_ink_profile)
{
    const unsigned char inks[] = { 55, 255, 255, 255 }; /* 200 of cyan */
    const unsigned char grey =
        (unsigned char)lround(grey_of_lightness(100 - 80 * 200 / 255.0));
    struct file jpeg = jpeg_with(inks, TJPF_CMYK, ink_profile());

    expect_shown(&jpeg, 100, (const unsigned char[]){ grey, grey, grey }, "");
    free(jpeg.bytes);
    jpeg = jpeg_with(inks, TJPF_CMYK, adobe_profile());
    expect_shown(&jpeg, 100, (const unsigned char[]){ 55, 255, 255 }, broken);
    free(jpeg.bytes);
}
END_TEST

/* Never a whole picture without a word, and never one without a scan. */
START_TEST(test_jpeg_ink_cut)
{
    const unsigned char inks[] = { 10, 200, 100, 255 };
    struct file whole = one_colour_jpeg(inks, TJPF_CMYK);
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    unsigned shown = 0, refused = 0;

    for (size_t size = 0; size < whole.size; size++) {
        struct file cut = file_copy(whole.bytes, size);

        if (thumbnail_make(&cut, 9, 9, &thumbnail, remark) == 0) {
            ck_assert_ptr_nonnull(strstr(remark, "damaged"));
            image_thumbnail_free(&thumbnail);
            shown++;
        } else
            refused++;
        free(cut.bytes);
    }
    ck_assert_uint_gt(shown, 2);
    ck_assert_uint_gt(refused, file_find_marker(&whole, 0xda));
    free(whole.bytes);
}
END_TEST

/* -------------------------------------------------------------------- PNG */

static const struct spng_ihdr png_header = {
    .width = SIDE,
    .height = SIDE,
    .bit_depth = 8,
    .color_type = SPNG_COLOR_TYPE_TRUECOLOR,
};

static struct file one_colour_png(const struct png *kind,
                                  const unsigned char *pixel, size_t size)
{
    unsigned char pixels[SIDE * SIDE * 8];

    for (size_t i = 0; i < SIDE * SIDE; i++)
        memcpy(pixels + i * size, pixel, size);
    return file_png(kind, pixels, SIDE * SIDE * size);
}

static struct spng_iccp iccp_of(const struct profile *profile)
{
    return (struct spng_iccp){ .profile_name = "a profile",
                               .profile = (char *)profile->bytes,
                               .profile_len = profile->size };
}

START_TEST(test_png_profile)
{
    struct profile profile = swapped_profile();
    struct spng_iccp iccp = iccp_of(&profile);
    struct png kind = { .header = png_header,
                        .iccp = &iccp,
                        /* The profile counts most. */
                        .gamma = 1,
                        .srgb = _i };
    struct file file = one_colour_png(&kind, red, 3);

    expect_shown(&file, 100, blue, "");
    expect_shown(&file, 5, blue, "");
    free(file.bytes);
    kind.header.interlace_method = 1;
    file = one_colour_png(&kind, red, 3);
    expect_shown(&file, 5, blue, "");
    free(file.bytes);
    free(profile.bytes);
}
END_TEST

/* Of 16 bits, and below an alpha of 128: half red, half of the white. */
START_TEST(test_png_profile_deep)
{
    const uint16_t pixel[PIXEL] = { 65000, 0, 0, 32768 };
    const unsigned char shown[] = { 127, 127, 254 };
    struct profile profile = swapped_profile();
    struct spng_iccp iccp = iccp_of(&profile);
    struct png kind = { .header = png_header, .iccp = &iccp };
    struct file file;

    kind.header.bit_depth = 16;
    kind.header.color_type = SPNG_COLOR_TYPE_TRUECOLOR_ALPHA;
    file = one_colour_png(&kind, (const unsigned char *)pixel, sizeof(pixel));
    expect_shown(&file, 5, shown, "");
    free(file.bytes);
    free(profile.bytes);
}
END_TEST

START_TEST(test_png_grey_profile)
{
    const unsigned char pixel[] = { 128, 255 };
    struct profile profile = grey_profile(1);
    struct spng_iccp iccp = iccp_of(&profile);
    struct png kind = { .header = png_header, .iccp = &iccp };
    struct file file;

    kind.header.color_type =
        _i ? SPNG_COLOR_TYPE_GRAYSCALE_ALPHA : SPNG_COLOR_TYPE_GRAYSCALE;
    file = one_colour_png(&kind, pixel, _i ? 2 : 1);
    expect_shown(&file, 100, (const unsigned char[]){ 188, 188, 188 }, "");
    free(file.bytes);
    free(profile.bytes);
}
END_TEST

/* A chunk that cannot be unpacked, and one that is no profile. */
START_TEST(test_png_broken_profile)
{
    struct profile profile = swapped_profile();
    struct spng_iccp iccp = iccp_of(&profile);
    const struct png kind = { .header = png_header, .iccp = &iccp };
    struct file file = one_colour_png(&kind, red, 3);
    unsigned char *name = memmem(file.bytes, file.size, "a profile", 9);

    ck_assert_ptr_nonnull(name);
    name[12] ^= 0xff;
    expect_shown(&file, 100, red, broken);
    free(file.bytes);
    memset(profile.bytes, 'x', profile.size);
    file = one_colour_png(&kind, red, 3);
    expect_shown(&file, 100, red, broken);
    for (size_t size = 0; size < file.size; size++) {
        struct file cut = file_copy(file.bytes, size);
        struct image_thumbnail thumbnail;
        char remark[IMAGE_REMARK_MAX];

        if (thumbnail_make(&cut, 9, 9, &thumbnail, remark) == 0) {
            ck_assert_str_ne(remark, "");
            image_thumbnail_free(&thumbnail);
        }
        free(cut.bytes);
    }
    free(file.bytes);
    free(profile.bytes);
}
END_TEST

START_TEST(test_png_gamma)
{
    static struct spng_chrm srgb = { 0.3127, 0.329, 0.64, 0.33,
                                     0.3,    0.6,   0.15, 0.06 };
    static struct spng_chrm swapped = { 0.3127, 0.329, 0.15, 0.06,
                                        0.3,    0.6,   0.64, 0.33 };
    static struct spng_chrm line = {
        0.3127, 0.329, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3
    };
    static const struct {
        struct png kind;
        unsigned char to[RGB];
        const char *words;
    } cases[] = {
        { { .gamma = 1 }, { 226, 188, 71 }, "" },
        { { .gamma = 1, .chrm = &srgb }, { 226, 188, 71 }, "" },
        { { .gamma = 1, .srgb = true }, { 192, 128, 16 }, "" },
        { { .gamma = 0.45455 }, { 192, 128, 16 }, "" },
        { { .gamma = 0.45455, .chrm = &srgb }, { 192, 128, 16 }, "" },
        { { .gamma = 0.45455, .chrm = &swapped }, { 16, 128, 192 }, "" },
        { { .chrm = &swapped }, { 192, 128, 16 }, "" },
        { { .gamma = 0.00001 }, { 192, 128, 16 }, broken },
        { { .gamma = 21000 }, { 192, 128, 16 }, broken },
        { { .gamma = 1, .chrm = &line }, { 192, 128, 16 }, broken },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct png kind = cases[i].kind;
        struct file file;

        kind.header = png_header;
        file =
            one_colour_png(&kind, (const unsigned char[]){ 192, 128, 16 }, 3);
        expect_shown(&file, 100, cases[i].to, cases[i].words);
        free(file.bytes);
    }
}
END_TEST

/* ------------------------------------------------------- want of memory */

/* Of all that is done for a picture: turned upright, too. */
static struct file laborious_jpeg(void)
{
    const unsigned char inks[] = { 55, 255, 255, 255 };
    struct file jpeg = jpeg_with(inks, TJPF_CMYK, ink_profile());

    insert(&jpeg, 2,
           "\xff\xe1\0\x22"
           "Exif\0\0"
           "MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"
           "\0\0\0\0",
           36);
    return jpeg;
}

static struct file laborious_png(void)
{
    struct profile profile = swapped_profile();
    struct spng_iccp iccp = iccp_of(&profile);
    struct png kind = { .header = png_header, .iccp = &iccp };
    struct file file;

    kind.header.interlace_method = 1;
    file = one_colour_png(&kind, red, 3);
    free(profile.bytes);
    return file;
}

/* Every call of the allocator fails once, of those that are not a library's:
 * it is said, and a sanitizer finds nothing that was left. */
START_TEST(test_no_memory)
{
    struct file file = _i ? laborious_png() : laborious_jpeg();
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    unsigned call, without = 0;
    bool failed = true;
    int r;

    for (call = 1; failed; call++) {
        allocations_fail(call);
        r = image_thumbnail_make(file.bytes, file.size, 5, 5, &thumbnail,
                                 remark);
        failed = allocations_failed();
        ck_assert_msg(r == (failed ? -ENOMEM : 0) || r == 0, "%u: %d", call, r);
        without += failed && r == 0;
        if (r == 0)
            image_thumbnail_free(&thumbnail);
    }
    ck_assert_uint_gt(call, 12);
    ck_assert_uint_eq(without, 1); /* a thumbnail that stays longer */
    free(file.bytes);
}
END_TEST

Suite *colour_suite(void)
{
    Suite *suite = suite_create("colour");
    TCase *tc;

    tc = add_case(suite, "convert", 0);
    tcase_add_loop_test(tc, test_wide_gamut, 0, 2);
    tcase_add_loop_test(tc, test_srgb, 0, 2);
    tcase_add_loop_test(tc, test_chain, 0, 2);
    tcase_add_loop_test(tc, test_grey_profile, 0, 2);
    tcase_add_loop_test(tc, test_grey_rgb_profile, 0, 2);
    tcase_add_loop_test(tc, test_ink_profile, 0, 2);
    tcase_add_loop_test(tc, test_ink, 0, 2);
    tcase_add_test(tc, test_nothing_to_do);
    tcase_add_test(tc, test_wrong_profile);
    tcase_add_test(tc, test_disturbed_profile);

    tc = add_case(suite, "pieces", 0);
    tcase_add_loop_test(tc, test_pieces, 0, SPLITS);
    tcase_add_test(tc, test_most_pieces);
    tcase_add_test(tc, test_cut_pieces);

    tc = add_case(suite, "pictures", 0);
    tcase_add_test(tc, test_jpeg_profile);
    tcase_add_test(tc, test_jpeg_damaged_too);
    tcase_add_test(tc, test_jpeg_ink);
    tcase_add_test(tc, test_jpeg_ink_profile);
    tcase_add_test(tc, test_jpeg_ink_cut);
    tcase_add_loop_test(tc, test_png_profile, 0, 2);
    tcase_add_test(tc, test_png_profile_deep);
    tcase_add_loop_test(tc, test_png_grey_profile, 0, 2);
    tcase_add_test(tc, test_png_broken_profile);
    tcase_add_test(tc, test_png_gamma);
    tcase_add_loop_test(tc, test_no_memory, 0, 2);
    return suite;
}
