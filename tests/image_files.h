/* SPDX-License-Identifier: MIT */
/* image_files.h -- image files that tests make, and what becomes of them */
#ifndef TESTS_IMAGE_FILES_H
#define TESTS_IMAGE_FILES_H

#include "ipc/job/image.h"

#include <spng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An image file in memory, of exactly that size, so that a sanitizer sees any
 * step beyond it. */
struct file {
    unsigned char *bytes;
    size_t size;
};

struct png {
    struct spng_ihdr header;
    const unsigned char *tiff; /* the rest may be missing */
    size_t tiff_size;
    struct spng_plte *palette;
    struct spng_trns *transparency;
    struct spng_text *text;
    struct spng_iccp *iccp;
    struct spng_chrm *chrm;
    double gamma;
    bool srgb;
};

struct file file_copy(const void *bytes, size_t size);
struct file file_jpeg(const unsigned char *pixels, unsigned width,
                      unsigned height, int format, int subsampling, int flags);
struct file file_png(const struct png *kind, const void *pixels, size_t size);

/* file_find_marker returns where the marker of this kind begins. */
size_t file_find_marker(const struct file *jpeg, unsigned char kind);

void put16(unsigned char *at, bool big_endian, unsigned value);
void put32(unsigned char *at, bool big_endian, uint32_t value);

/* thumbnail_make makes one, after checks of what always holds. Returns 0, or
 * -EBADMSG with a remark. */
int thumbnail_make(const struct file *file, unsigned box_width,
                   unsigned box_height, struct image_thumbnail *thumbnail,
                   char remark[static IMAGE_REMARK_MAX]);

/* thumbnail_decode returns its pixels, of 3 bytes each. */
unsigned char *thumbnail_decode(const struct image_thumbnail *thumbnail);

/* Both allow for what a JPEG loses. */
void expect_colour(const unsigned char *got, const unsigned char *expected,
                   const char *where);
void expect_everywhere(const struct file *file, unsigned char red,
                       unsigned char green, unsigned char blue);

/* expect_shown also looks for the words in the remark: "" is no remark. */
void expect_shown(const struct file *file, unsigned box,
                  const unsigned char colour[static 3], const char *words);

#endif
