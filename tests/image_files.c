/* SPDX-License-Identifier: MIT */
#include "tests/image_files.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

enum { RGB = 3 }; /* bytes a pixel */

struct file file_copy(const void *bytes, size_t size)
{
    struct file file = { .bytes = malloc(size ? size : 1), .size = size };

    ck_assert_ptr_nonnull(file.bytes);
    memcpy(file.bytes, bytes, size);
    return file;
}

struct file file_jpeg(const unsigned char *pixels, unsigned width,
                      unsigned height, int format, int subsampling, int flags)
{
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    struct file file;
    tjhandle tj;

    tj = tjInitCompress();
    ck_assert_int_eq(tjCompress2(tj, pixels, (int)width, 0, (int)height, format,
                                 &bytes, &size, subsampling, 90, flags),
                     0);
    (void)tjDestroy(tj);
    file = file_copy(bytes, size);
    tjFree(bytes);
    return file;
}

struct file file_png(const struct png *kind, const void *pixels, size_t size)
{
    struct spng_ihdr header = kind->header;
    struct spng_exif exif = { .length = kind->tiff_size };
    struct file file;
    spng_ctx *png;
    void *bytes;
    int r;

    png = spng_ctx_new(SPNG_CTX_ENCODER);
    (void)spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1);
    (void)spng_set_option(png, SPNG_IMG_COMPRESSION_LEVEL, 1);
    (void)spng_set_option(png, SPNG_FILTER_CHOICE, SPNG_DISABLE_FILTERING);
    ck_assert_int_eq(spng_set_ihdr(png, &header), 0);
    exif.data = (char *)(uintptr_t)kind->tiff;
    if (kind->tiff)
        ck_assert_int_eq(spng_set_exif(png, &exif), 0);
    if (kind->palette)
        ck_assert_int_eq(spng_set_plte(png, kind->palette), 0);
    if (kind->transparency)
        ck_assert_int_eq(spng_set_trns(png, kind->transparency), 0);
    if (kind->text)
        ck_assert_int_eq(spng_set_text(png, kind->text, 1), 0);
    if (kind->iccp)
        ck_assert_int_eq(spng_set_iccp(png, kind->iccp), 0);
    if (kind->chrm)
        ck_assert_int_eq(spng_set_chrm(png, kind->chrm), 0);
    if (kind->gamma > 0)
        ck_assert_int_eq(spng_set_gama(png, kind->gamma), 0);
    if (kind->srgb)
        ck_assert_int_eq(spng_set_srgb(png, 0), 0);
    r = spng_encode_image(png, pixels, size, SPNG_FMT_PNG,
                          SPNG_ENCODE_FINALIZE);
    ck_assert_msg(r == 0, "%s", spng_strerror(r));
    bytes = spng_get_png_buffer(png, &file.size, &r);
    file = file_copy(bytes, file.size);
    free(bytes);
    spng_ctx_free(png);
    return file;
}

void put16(unsigned char *at, bool big_endian, unsigned value)
{
    at[big_endian ? 0 : 1] = (unsigned char)(value >> 8);
    at[big_endian ? 1 : 0] = (unsigned char)value;
}

void put32(unsigned char *at, bool big_endian, uint32_t value)
{
    put16(at + (big_endian ? 0 : 2), big_endian, value >> 16);
    put16(at + (big_endian ? 2 : 0), big_endian, value & 0xffff);
}

size_t file_find_marker(const struct file *jpeg, unsigned char kind)
{
    size_t at = 2;

    while (jpeg->bytes[at + 1] != kind)
        at += 2 + (size_t)(jpeg->bytes[at + 2] << 8 | jpeg->bytes[at + 3]);
    return at;
}

static void check_remark(const char *remark)
{
    ck_assert_uint_lt(strnlen(remark, IMAGE_REMARK_MAX), IMAGE_REMARK_MAX);
    for (const char *c = remark; *c; c++)
        ck_assert_msg(*c >= ' ' && *c <= '~', "'%s'", remark);
}

/* What make returns, after checks of what always holds. */
int thumbnail_make(const struct file *file, unsigned box_width,
                   unsigned box_height, struct image_thumbnail *thumbnail,
                   char remark[static IMAGE_REMARK_MAX])
{
    int r;

    memset(thumbnail, 0x5a, sizeof(*thumbnail));
    memset(remark, 0x5a, IMAGE_REMARK_MAX);
    r = image_thumbnail_make(file->bytes, file->size, box_width, box_height,
                             thumbnail, remark);
    check_remark(remark);
    if (r == 0) {
        ck_assert_uint_ge(thumbnail->width, 1);
        ck_assert_uint_ge(thumbnail->height, 1);
        ck_assert_str_eq(image_extension(thumbnail->bytes, thumbnail->size),
                         "jpg");
        return 0;
    }
    ck_assert_int_eq(r, -EBADMSG);
    ck_assert_str_ne(remark, "");
    ck_assert_int_eq(((unsigned char *)thumbnail)[0], 0x5a); /* untouched */
    return r;
}

unsigned char *thumbnail_decode(const struct image_thumbnail *thumbnail)
{
    int width, height, subsampling, colours;
    unsigned char *rgb;
    tjhandle tj;

    tj = tjInitDecompress();
    ck_assert_int_eq(tjDecompressHeader3(tj, thumbnail->bytes, thumbnail->size,
                                         &width, &height, &subsampling,
                                         &colours),
                     0);
    ck_assert_uint_eq((unsigned)width, thumbnail->width);
    ck_assert_uint_eq((unsigned)height, thumbnail->height);
    ck_assert_int_eq(subsampling, TJSAMP_420);
    rgb = malloc((size_t)width * (size_t)height * RGB);
    ck_assert_ptr_nonnull(rgb);
    ck_assert_int_eq(tjDecompress2(tj, thumbnail->bytes, thumbnail->size, rgb,
                                   width, 0, height, TJPF_RGB, 0),
                     0);
    (void)tjDestroy(tj);
    return rgb;
}

void expect_colour(const unsigned char *got, const unsigned char *expected,
                   const char *where)
{
    for (int i = 0; i < RGB; i++)
        ck_assert_msg(abs(got[i] - expected[i]) <= 12,
                      "%s: %d %d %d, not %d %d %d", where, got[0], got[1],
                      got[2], expected[0], expected[1], expected[2]);
}

void expect_shown(const struct file *file, unsigned box,
                  const unsigned char colour[static RGB], const char *words)
{
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    unsigned char *rgb;

    ck_assert_int_eq(thumbnail_make(file, box, box, &thumbnail, remark), 0);
    ck_assert_msg(words[0] ? strstr(remark, words) != NULL : !remark[0],
                  "'%s', not '%s'", remark, words);
    rgb = thumbnail_decode(&thumbnail);
    for (size_t i = 0; i < (size_t)thumbnail.width * thumbnail.height; i++)
        expect_colour(rgb + RGB * i, colour, "somewhere");
    free(rgb);
    image_thumbnail_free(&thumbnail);
}

void expect_everywhere(const struct file *file, unsigned char red,
                       unsigned char green, unsigned char blue)
{
    expect_shown(file, 100, (const unsigned char[]){ red, green, blue }, "");
}
