/* SPDX-License-Identifier: MIT */
/* Thumbnails, EXIF orientation, and the picture that tests and demos use. */
#include "ipc/job/exif.h"
#include "ipc/job/image.h"
#include "ipc/job/image_paint.h"
#include "ipc/job/store.h"
#include "tests/failing_calls.h"
#include "tests/helpers.h"
#include "tests/image_files.h"
#include "tests/suites.h"

#include <errno.h>
#include <malloc.h>
#include <spng.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <turbojpeg.h>
#include <unistd.h>

enum { RGB = 3 }; /* bytes a pixel */

/* Of the EXIF block that tests write: offsets, and sizes with and without the
 * JPEG segment around it. */
enum {
    TIFF_DIRECTORY = 8,
    TIFF_TAG = 10,
    TIFF_TYPE = 12,
    TIFF_VALUE = 18,
    TIFF_SIZE = 26,
    EXIF_SIZE = 10 + TIFF_SIZE,
};

/* ---------------------------------------------------------- test pictures */

/* Four quarters, each of its own colour: red green / blue yellow. */
static const unsigned char quarters[2][2][RGB] = {
    { { 230, 30, 30 }, { 30, 200, 30 } },
    { { 30, 30, 230 }, { 230, 230, 30 } },
};

static unsigned char *draw_quarters(unsigned width, unsigned height)
{
    unsigned char *rgb = malloc((size_t)width * height * RGB), *at = rgb;

    ck_assert_ptr_nonnull(rgb);
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < width; x++, at += RGB)
            memcpy(at, quarters[2 * y >= height][2 * x >= width], RGB);
    return rgb;
}

static struct file quarters_jpeg(unsigned width, unsigned height)
{
    unsigned char *rgb = draw_quarters(width, height);
    struct file file = file_jpeg(rgb, width, height, TJPF_RGB, TJSAMP_420, 0);

    free(rgb);
    return file;
}

static struct file quarters_png(unsigned width, unsigned height,
                                bool interlaced)
{
    const struct png kind = {
        .header = { .width = width,
                    .height = height,
                    .bit_depth = 8,
                    .color_type = SPNG_COLOR_TYPE_TRUECOLOR,
                    .interlace_method = interlaced },
    };
    unsigned char *rgb = draw_quarters(width, height);
    struct file file = file_png(&kind, rgb, (size_t)width * height * RGB);

    free(rgb);
    return file;
}

/* ------------------------------------------------------------ expectations */

static void expect_refusal(const struct file *file, const char *words)
{
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];

    ck_assert_int_eq(thumbnail_make(file, 100, 100, &thumbnail, remark),
                     -EBADMSG);
    ck_assert_msg(strstr(remark, words), "'%s' lacks '%s'", remark, words);
}

/* Looks into the middle of each quarter. */
static void expect_quarters(const struct image_thumbnail *thumbnail)
{
    static const char *const names[2][2] = {
        { "top left", "top right" },
        { "bottom left", "bottom right" },
    };
    unsigned char *rgb = thumbnail_decode(thumbnail);

    for (unsigned y = 0; y < 2; y++)
        for (unsigned x = 0; x < 2; x++) {
            size_t row = thumbnail->height * (1 + 2 * y) / 4;
            size_t column = thumbnail->width * (1 + 2 * x) / 4;

            expect_colour(rgb + (row * thumbnail->width + column) * RGB,
                          quarters[y][x], names[y][x]);
        }
    free(rgb);
}

static void expect_size(const struct file *file, unsigned box_width,
                        unsigned box_height, unsigned width, unsigned height)
{
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];

    ck_assert_int_eq(
        thumbnail_make(file, box_width, box_height, &thumbnail, remark), 0);
    ck_assert_str_eq(remark, "");
    ck_assert_msg(thumbnail.width == width && thumbnail.height == height,
                  "%ux%u, not %ux%u", thumbnail.width, thumbnail.height, width,
                  height);
    if (width >= 16 && height >= 16)
        expect_quarters(&thumbnail);
    image_thumbnail_free(&thumbnail);
    ck_assert_ptr_null(thumbnail.bytes);
}

/* ------------------------------------------------------------------- sizes */

static const struct {
    unsigned width, height, box_width, box_height, to_width, to_height;
} sizes[] = {
    { 4000, 3000, 1000, 1000, 1000, 750 }, /* a scaled decode is enough */
    { 4032, 3024, 1000, 1000, 1000, 750 }, /* and here it is not */
    { 3000, 4000, 1000, 1000, 750, 1000 },
    { 1500, 1500, 1000, 1000, 1000, 1000 },
    { 333, 777, 100, 50, 21, 50 },
    { 640, 480, 320, 1000, 320, 240 },
    { 640, 480, 1000, 320, 427, 320 },
    { 800, 600, 1000, 1000, 800, 600 }, /* never larger */
    { 100, 100, 100, 100, 100, 100 },
    { 101, 99, 100, 100, 100, 98 },
    { 1, 1, 1000, 1000, 1, 1 },
    { 1000, 1, 100, 100, 100, 1 }, /* no side becomes 0 */
    { 1, 1000, 100, 100, 1, 100 },
    { IMAGE_SIDE_MAX, 1, 1000, 1000, 1000, 1 },
    { 1, IMAGE_SIDE_MAX, 1000, 1000, 1, 1000 },
    { IMAGE_SIDE_MAX - 1, 1, 1000, 1000, 1000, 1 },
    { IMAGE_SIDE_MAX, 2, UINT32_MAX, 2, IMAGE_SIDE_MAX, 2 },
    { 324, 20000, 1000, 1000, 16, 1000 }, /* a page, from top to bottom */
    { 3000, 2, 1, 1, 1, 1 },
    { 640, 480, 1, 1, 1, 1 },
    { 640, 480, 0, 0, 1, 1 }, /* a box that a hostile job may ask for */
    { 640, 480, UINT32_MAX, 240, 320, 240 },
    { 640, 480, UINT32_MAX, UINT32_MAX, 640, 480 },
};

enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

START_TEST(test_size_jpeg)
{
    struct file file = quarters_jpeg(sizes[_i].width, sizes[_i].height);

    expect_size(&file, sizes[_i].box_width, sizes[_i].box_height,
                sizes[_i].to_width, sizes[_i].to_height);
    free(file.bytes);
}
END_TEST

START_TEST(test_size_png)
{
    struct file file = quarters_png(sizes[_i].width, sizes[_i].height, false);

    expect_size(&file, sizes[_i].box_width, sizes[_i].box_height,
                sizes[_i].to_width, sizes[_i].to_height);
    free(file.bytes);
}
END_TEST

/* ------------------------------------------------------------- orientation */

/* A TIFF structure with a single entry: the orientation. */
static void put_tiff(unsigned char tiff[static TIFF_SIZE], bool big_endian,
                     unsigned orientation)
{
    memset(tiff, 0, TIFF_SIZE);
    memcpy(tiff, big_endian ? "MM" : "II", 2);
    put16(tiff + 2, big_endian, 42);
    put32(tiff + 4, big_endian, TIFF_DIRECTORY);
    put16(tiff + TIFF_DIRECTORY, big_endian, 1); /* entry */
    put16(tiff + TIFF_TAG, big_endian, 0x0112);
    put16(tiff + TIFF_TYPE, big_endian, 3);     /* 16 bits */
    put32(tiff + TIFF_TYPE + 2, big_endian, 1); /* of them */
    put16(tiff + TIFF_VALUE, big_endian, orientation);
}

/* Behind the two bytes that open a JPEG. */
static void insert_exif(struct file *jpeg, const unsigned char *tiff)
{
    unsigned char *bytes = malloc(jpeg->size + EXIF_SIZE);

    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, jpeg->bytes, 2);
    memcpy(bytes + 2,
           "\xff\xe1\0\x22"
           "Exif\0",
           10);
    memcpy(bytes + 12, tiff, TIFF_SIZE);
    memcpy(bytes + 2 + EXIF_SIZE, jpeg->bytes + 2, jpeg->size - 2);
    free(jpeg->bytes);
    jpeg->bytes = bytes;
    jpeg->size += EXIF_SIZE;
}

/* EXIF's own words: which side of what one sees (Top, Bottom, Left, Right) the
 * first row and the first column of what is stored are. */
static const struct {
    char row;
    char column;
} first[] = {
    { 0 },        { 'T', 'L' }, { 'T', 'R' }, { 'B', 'R' }, { 'B', 'L' },
    { 'L', 'T' }, { 'R', 'T' }, { 'R', 'B' }, { 'L', 'B' },
};

enum { UPRIGHT_WIDTH = 400, UPRIGHT_HEIGHT = 240 };

static void place(char side, unsigned distance, unsigned *x, unsigned *y)
{
    switch (side) {
    case 'T':
        *y = distance;
        break;
    case 'B':
        *y = UPRIGHT_HEIGHT - 1 - distance;
        break;
    case 'L':
        *x = distance;
        break;
    default:
        *x = UPRIGHT_WIDTH - 1 - distance;
        break;
    }
}

/* The quarters as a camera stores them that was held in this way. */
static unsigned char *draw_stored(unsigned orientation, unsigned *ret_width,
                                  unsigned *ret_height)
{
    bool lying = strchr("LR", first[orientation].row);
    unsigned width = lying ? UPRIGHT_HEIGHT : UPRIGHT_WIDTH;
    unsigned height = lying ? UPRIGHT_WIDTH : UPRIGHT_HEIGHT;
    unsigned char *upright = draw_quarters(UPRIGHT_WIDTH, UPRIGHT_HEIGHT);
    unsigned char *rgb = malloc((size_t)width * height * RGB), *at = rgb;
    unsigned x = 0, y = 0;

    ck_assert_ptr_nonnull(rgb);
    for (unsigned row = 0; row < height; row++)
        for (unsigned column = 0; column < width; column++, at += RGB) {
            place(first[orientation].row, row, &x, &y);
            place(first[orientation].column, column, &x, &y);
            memcpy(at, upright + ((size_t)y * UPRIGHT_WIDTH + x) * RGB, RGB);
        }
    free(upright);
    *ret_width = width;
    *ret_height = height;
    return rgb;
}

static void expect_upright(const struct file *file)
{
    expect_size(file, 1000, 1000, UPRIGHT_WIDTH, UPRIGHT_HEIGHT);
    /* The box is upright too. */
    expect_size(file, 100, 1000, 100, 60);
    expect_size(file, 1000, 120, 200, 120);
    expect_size(file, 123, 321, 123, 74);
}

START_TEST(test_orientation_jpeg)
{
    unsigned char tiff[TIFF_SIZE], *rgb;
    unsigned width, height;
    struct file file;

    for (int big_endian = 0; big_endian < 2; big_endian++) {
        rgb = draw_stored((unsigned)_i, &width, &height);
        file = file_jpeg(rgb, width, height, TJPF_RGB, TJSAMP_444, 0);
        put_tiff(tiff, big_endian, (unsigned)_i);
        insert_exif(&file, tiff);
        expect_upright(&file);
        free(file.bytes);
        free(rgb);
    }
}
END_TEST

START_TEST(test_orientation_png)
{
    unsigned char tiff[TIFF_SIZE], *rgb;
    struct png kind = {
        .header = { .bit_depth = 8, .color_type = SPNG_COLOR_TYPE_TRUECOLOR },
        .tiff = tiff,
        .tiff_size = TIFF_SIZE,
    };
    struct file file;

    rgb = draw_stored((unsigned)_i, &kind.header.width, &kind.header.height);
    put_tiff(tiff, true, (unsigned)_i);
    file = file_png(&kind, rgb, (size_t)UPRIGHT_WIDTH * UPRIGHT_HEIGHT * RGB);
    expect_upright(&file);
    free(file.bytes);
    free(rgb);
}
END_TEST

/* -------------------------------------------------------------------- exif */

static unsigned read_tiff(const unsigned char *tiff, size_t size)
{
    struct file file = file_copy(tiff, size);
    unsigned orientation = exif_orientation(file.bytes, file.size);

    free(file.bytes);
    ck_assert_uint_ge(orientation, 1);
    ck_assert_uint_le(orientation, 8);
    return orientation;
}

static unsigned read_segments(const void *bytes, size_t size)
{
    struct file file = file_copy(bytes, size);
    unsigned orientation = exif_jpeg_orientation(file.bytes, file.size);

    free(file.bytes);
    ck_assert_uint_ge(orientation, 1);
    ck_assert_uint_le(orientation, 8);
    return orientation;
}

START_TEST(test_exif_values)
{
    unsigned char tiff[TIFF_SIZE];

    for (unsigned value = 0; value <= UINT16_MAX; value++)
        for (int big_endian = 0; big_endian < 2; big_endian++) {
            put_tiff(tiff, big_endian, value);
            ck_assert_uint_eq(exif_orientation(tiff, TIFF_SIZE),
                              value >= 1 && value <= 8 ? value : 1);
        }
}
END_TEST

START_TEST(test_exif_cut)
{
    unsigned char tiff[TIFF_SIZE];

    put_tiff(tiff, false, 6);
    for (size_t size = 0; size <= TIFF_SIZE; size++)
        ck_assert_uint_eq(read_tiff(tiff, size), size > TIFF_VALUE ? 6 : 1);
}
END_TEST

START_TEST(test_exif_offsets)
{
    static const uint32_t offsets[] = { 0,          1,          7,
                                        9,          TIFF_SIZE,  TIFF_SIZE - 1,
                                        0x7fffffff, 0x80000000, UINT32_MAX - 1,
                                        UINT32_MAX };
    unsigned char tiff[TIFF_SIZE];

    for (int big_endian = 0; big_endian < 2; big_endian++)
        for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
            put_tiff(tiff, big_endian, 6);
            put32(tiff + 4, big_endian, offsets[i]);
            ck_assert_uint_eq(read_tiff(tiff, TIFF_SIZE), 1);
        }
}
END_TEST

START_TEST(test_exif_fields)
{
    unsigned char tiff[TIFF_SIZE];

    put_tiff(tiff, true, 6);
    put16(tiff + TIFF_DIRECTORY, true, UINT16_MAX); /* more than there are */
    ck_assert_uint_eq(read_tiff(tiff, TIFF_SIZE), 6);
    put16(tiff + TIFF_TAG, true, 0x0111);
    ck_assert_uint_eq(read_tiff(tiff, TIFF_SIZE), 1);
    put_tiff(tiff, true, 6);
    put16(tiff + TIFF_DIRECTORY, true, 0);
    ck_assert_uint_eq(read_tiff(tiff, TIFF_SIZE), 1);
    put_tiff(tiff, true, 6);
    put16(tiff + TIFF_TYPE, true, 4);
    ck_assert_uint_eq(read_tiff(tiff, TIFF_SIZE), 1);
    put_tiff(tiff, true, 6);
    put16(tiff + 2, true, 43);
    ck_assert_uint_eq(read_tiff(tiff, TIFF_SIZE), 1);
    put_tiff(tiff, true, 6);
    memcpy(tiff, "MI", 2);
    ck_assert_uint_eq(read_tiff(tiff, TIFF_SIZE), 1);
}
END_TEST

/* The entry need not be the first. */
START_TEST(test_exif_second_entry)
{
    unsigned char tiff[TIFF_SIZE + 12];

    put_tiff(tiff, false, 3);
    memmove(tiff + TIFF_TAG + 12, tiff + TIFF_TAG, TIFF_SIZE - TIFF_TAG);
    put16(tiff + TIFF_TAG, false, 0x010f);
    put16(tiff + TIFF_DIRECTORY, false, 2);
    ck_assert_uint_eq(read_tiff(tiff, sizeof(tiff)), 3);
    put16(tiff + TIFF_DIRECTORY, false, 1);
    ck_assert_uint_eq(read_tiff(tiff, sizeof(tiff)), 1);
}
END_TEST

START_TEST(test_exif_segments)
{
    /* An opening, a comment, then the EXIF segment. */
    static const unsigned char before[] = { 0xff, 0xd8, 0xff, 0xfe,
                                            0x00, 0x03, 0x42 };
    struct file file = file_copy(before, sizeof(before));
    unsigned char tiff[TIFF_SIZE], *at, kept;

    put_tiff(tiff, true, 8);
    ck_assert_uint_eq(read_segments(file.bytes, file.size), 1);
    insert_exif(&file, tiff); /* the comment is now behind it */
    at = file.bytes + 2;
    ck_assert_uint_eq(read_segments(file.bytes, file.size), 8);
    for (size_t size = 0; size < 2 + EXIF_SIZE; size++)
        ck_assert_uint_eq(read_segments(file.bytes, size), 1);
    memmove(at + 5, at, EXIF_SIZE);
    memcpy(at, before + 2, 5);
    ck_assert_uint_eq(read_segments(file.bytes, file.size), 8);
    /* Each length the comment may claim but its own. */
    for (unsigned length = 0; length <= UINT16_MAX; length++) {
        put16(at + 2, true, length);
        ck_assert_uint_eq(read_segments(file.bytes, file.size),
                          length == 3 ? 8 : 1);
    }
    put16(at + 2, true, 3);
    /* Behind the start of the scan there is nothing to find. */
    at[1] = 0xda;
    ck_assert_uint_eq(read_segments(file.bytes, file.size), 1);
    at[1] = 0xfe;
    /* Each byte of the segment's own head counts. */
    for (size_t i = 5; i < 5 + 10; i++) {
        kept = at[i];
        at[i] ^= 0x10;
        ck_assert_uint_eq(read_segments(file.bytes, file.size), 1);
        at[i] = kept;
    }
    free(file.bytes);
}
END_TEST

/* The directory begins inside of the segment, and ends behind it. */
START_TEST(test_exif_straddles)
{
    static const unsigned char behind[] = { 0, 3, 0, 0, 0, 1, 0, 6 };
    struct file file = { .bytes = malloc(2), .size = 2 };
    unsigned char tiff[TIFF_SIZE], bytes[2 + EXIF_SIZE + sizeof(behind)];

    put_tiff(tiff, true, 3);
    put32(tiff + 4, true, TIFF_SIZE - 4);
    put16(tiff + TIFF_SIZE - 4, true, 1);
    put16(tiff + TIFF_SIZE - 2, true, 0x0112);
    memcpy(file.bytes, "\xff\xd8", 2);
    insert_exif(&file, tiff);
    memcpy(bytes, file.bytes, file.size);
    memcpy(bytes + file.size, behind, sizeof(behind));
    free(file.bytes);
    ck_assert_uint_eq(read_segments(bytes, sizeof(bytes)), 1);
    put16(bytes + 4, true, EXIF_SIZE - 2 + sizeof(behind));
    ck_assert_uint_eq(read_segments(bytes, sizeof(bytes)), 6);
}
END_TEST

/* Every bit of the segment, one at a time: still an image, one way up or the
 * other, or refused with a reason. */
START_TEST(test_exif_every_bit)
{
    unsigned char tiff[TIFF_SIZE];
    struct file file = quarters_jpeg(30, 12);
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];

    put_tiff(tiff, _i, 6);
    insert_exif(&file, tiff);
    for (size_t bit = 0; bit < 8 * (size_t)EXIF_SIZE; bit++) {
        file.bytes[2 + bit / 8] ^= (unsigned char)(1 << bit % 8);
        if (thumbnail_make(&file, 100, 100, &thumbnail, remark) == 0) {
            ck_assert_uint_eq(thumbnail.width + thumbnail.height, 42);
            image_thumbnail_free(&thumbnail);
        }
        file.bytes[2 + bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    expect_size(&file, 100, 100, 12, 30);
    free(file.bytes);
}
END_TEST

/* -------------------------------------------------------------------- jpeg */

START_TEST(test_jpeg_kinds)
{
    static const int subsamplings[] = { TJSAMP_444, TJSAMP_422, TJSAMP_420,
                                        TJSAMP_440, TJSAMP_411 };
    unsigned char *rgb = draw_quarters(301, 203);
    struct file file;

    for (size_t i = 0; i < sizeof(subsamplings) / sizeof(int); i++)
        for (int flags = 0; flags <= TJFLAG_PROGRESSIVE;
             flags += TJFLAG_PROGRESSIVE) {
            file = file_jpeg(rgb, 301, 203, TJPF_RGB, subsamplings[i], flags);
            expect_size(&file, 100, 100, 100, 67);
            free(file.bytes);
        }
    free(rgb);
}
END_TEST

/* Lines of two pixels become lines of one: decoding to a smaller size than the
 * thumbnail's would lose them. */
START_TEST(test_jpeg_detail)
{
    enum { SIDE = 320 };
    unsigned char *rgb = malloc((size_t)SIDE * SIDE * RGB);
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    struct file file;

    ck_assert_ptr_nonnull(rgb);
    for (size_t i = 0; i < (size_t)SIDE * SIDE; i++)
        memset(rgb + i * RGB, i % 4 < 2 ? 20 : 230, RGB);
    file = file_jpeg(rgb, SIDE, SIDE, TJPF_RGB, TJSAMP_420, 0);
    free(rgb);
    ck_assert_int_eq(
        thumbnail_make(&file, SIDE / 2, SIDE / 2, &thumbnail, remark), 0);
    rgb = thumbnail_decode(&thumbnail);
    for (size_t i = 0; i < SIDE / 2; i += 2)
        ck_assert_int_gt(rgb[(i + 1) * RGB] - rgb[i * RGB], 100);
    free(rgb);
    image_thumbnail_free(&thumbnail);
    free(file.bytes);
}
END_TEST

START_TEST(test_jpeg_grey)
{
    unsigned char grey[32 * 32];
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    unsigned char *rgb;
    struct file file;

    memset(grey, 77, sizeof(grey));
    file = file_jpeg(grey, 32, 32, TJPF_GRAY, TJSAMP_GRAY, 0);
    ck_assert_int_eq(thumbnail_make(&file, 100, 100, &thumbnail, remark), 0);
    rgb = thumbnail_decode(&thumbnail);
    expect_colour(rgb, (const unsigned char[]){ 77, 77, 77 }, "grey");
    free(rgb);
    image_thumbnail_free(&thumbnail);
    free(file.bytes);
}
END_TEST

enum {
    START_OF_FRAME = 0xc0,
    PROGRESSIVE_FRAME = 0xc2,
    START_OF_SCAN = 0xda,
};

static void claim_size_at(struct file *jpeg, unsigned char marker,
                          unsigned width, unsigned height)
{
    unsigned char *frame = jpeg->bytes + file_find_marker(jpeg, marker);

    put16(frame + 5, true, height);
    put16(frame + 7, true, width);
}

static void claim_size(struct file *jpeg, unsigned width, unsigned height)
{
    claim_size_at(jpeg, START_OF_FRAME, width, height);
}

START_TEST(test_jpeg_lies)
{
    static const struct {
        unsigned width, height;
        const char *words;
    } lies[] = {
        { 65500, 65500, "too large" },
        { IMAGE_SIDE_MAX + 1, 1, "JPEG: Maximum supported" },
        { 1, IMAGE_SIDE_MAX + 1, "JPEG: Maximum supported" },
        { 10001, 10000, "too large: 10001x10000 pixels" },
        { 65500, 1527, "too large: 65500x1527 pixels" },
        { 65535, 65535, "JPEG" },
        { 0, 100, "JPEG" },
        { 100, 0, "JPEG" },
    };
    struct file file = quarters_jpeg(64, 64);

    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        claim_size(&file, lies[i].width, lies[i].height);
        expect_refusal(&file, lies[i].words);
    }
    free(file.bytes);
}
END_TEST

/* The largest that there may be, though hardly any of it is there. */
START_TEST(test_jpeg_largest)
{
    static const struct {
        unsigned width, height, to_width, to_height;
    } largest[] = { { 10000, 10000, 9, 9 }, { IMAGE_SIDE_MAX, 1526, 9, 1 } };
    struct file file = quarters_jpeg(640, 480);
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];

    claim_size(&file, largest[_i].width, largest[_i].height);
    ck_assert_int_eq(thumbnail_make(&file, 9, 9, &thumbnail, remark), 0);
    ck_assert_uint_eq(thumbnail.width, largest[_i].to_width);
    ck_assert_uint_eq(thumbnail.height, largest[_i].to_height);
    ck_assert_msg(strstr(remark, "damaged"), "'%s'", remark);
    image_thumbnail_free(&thumbnail);
    free(file.bytes);
}
END_TEST

/* A progressive picture is one by its first scan: the next marker ends it. */
static void cut_behind_scan(struct file *jpeg)
{
    size_t at = file_find_marker(jpeg, START_OF_SCAN) + 2;

    while (jpeg->bytes[at] != 0xff || jpeg->bytes[at + 1] == 0)
        at++;
    jpeg->size = at;
}

/* What libjpeg would keep until the last scan is too much, by the header of a
 * file of some kilobytes; in one scan, or with coarser colours, it is not. */
START_TEST(test_jpeg_memory)
{
    static const struct {
        int sampling, flags;
        const char *words; /* NULL: it is shown */
    } kinds[] = {
        { TJSAMP_444, TJFLAG_PROGRESSIVE, "too large: to decode it takes 58" },
        { TJSAMP_420, TJFLAG_PROGRESSIVE, NULL },
        { TJSAMP_444, 0, NULL },
    };
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    unsigned char *rgb;
    struct file file;

    if (test_is_sanitized() && !kinds[_i].words)
        return; /* it takes too long */
    rgb = draw_quarters(64, 64);
    file =
        file_jpeg(rgb, 64, 64, TJPF_RGB, kinds[_i].sampling, kinds[_i].flags);
    free(rgb);
    claim_size_at(&file, kinds[_i].flags ? PROGRESSIVE_FRAME : START_OF_FRAME,
                  10000, 10000);
    if (kinds[_i].flags)
        cut_behind_scan(&file);
    if (kinds[_i].words)
        expect_refusal(&file, kinds[_i].words);
    else {
        ck_assert_int_eq(thumbnail_make(&file, 9, 9, &thumbnail, remark), 0);
        image_thumbnail_free(&thumbnail);
    }
    free(file.bytes);
}
END_TEST

/* A marker of which nothing follows is none. */
START_TEST(test_jpeg_ends_in_marker)
{
    unsigned char *rgb = draw_quarters(64, 64);
    struct file file = file_jpeg(rgb, 64, 64, TJPF_RGB, TJSAMP_444, 0);
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];

    free(rgb);
    for (int more = 1; more <= 2; more++) {
        file.bytes = realloc(file.bytes, file.size + 1);
        ck_assert_ptr_nonnull(file.bytes);
        file.bytes[file.size++] = more == 1 ? 0xff : 0xda;
        ck_assert_int_eq(thumbnail_make(&file, 9, 9, &thumbnail, remark), 0);
        image_thumbnail_free(&thumbnail);
    }
    free(file.bytes);
}
END_TEST

/* Larger than its data, but not too large: shown, and said so. */
START_TEST(test_jpeg_exaggerates)
{
    struct file file = quarters_jpeg(640, 480);
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];

    claim_size(&file, 2000, 4000);
    ck_assert_int_eq(thumbnail_make(&file, 100, 100, &thumbnail, remark), 0);
    ck_assert_uint_eq(thumbnail.width, 50);
    ck_assert_uint_eq(thumbnail.height, 100);
    ck_assert_msg(strstr(remark, "damaged"), "'%s'", remark);
    image_thumbnail_free(&thumbnail);
    free(file.bytes);
}
END_TEST

START_TEST(test_jpeg_cut_in_half)
{
    struct file file = quarters_jpeg(640, 480);
    size_t scan = file_find_marker(&file, START_OF_SCAN);
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    unsigned char *rgb;

    file.size = scan + (file.size - scan) * 6 / 10;
    ck_assert_int_eq(thumbnail_make(&file, 320, 240, &thumbnail, remark), 0);
    ck_assert_msg(strstr(remark, "damaged"), "'%s'", remark);
    ck_assert_msg(strstr(remark, "Premature end"), "'%s'", remark);
    rgb = thumbnail_decode(&thumbnail);
    expect_colour(rgb + (size_t)(60 * 320 + 80) * RGB, quarters[0][0], "left");
    expect_colour(rgb + (size_t)(60 * 320 + 240) * RGB, quarters[0][1],
                  "right");
    free(rgb);
    image_thumbnail_free(&thumbnail);
    free(file.bytes);
}
END_TEST

/* Never a whole image without a word, and never a grey one. */
START_TEST(test_jpeg_every_cut)
{
    unsigned char *rgb = draw_quarters(96, 64);
    struct file whole = file_jpeg(rgb, 96, 64, TJPF_RGB, TJSAMP_420,
                                  _i ? TJFLAG_PROGRESSIVE : 0);
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    unsigned shown = 0, refused = 0;
    struct file file;

    for (size_t size = 0; size < whole.size; size++) {
        file = file_copy(whole.bytes, size);
        if (thumbnail_make(&file, 50, 50, &thumbnail, remark) == 0) {
            ck_assert_str_ne(remark, "");
            ck_assert_uint_eq(thumbnail.width, 50);
            image_thumbnail_free(&thumbnail);
            shown++;
        } else {
            /* Once something can be shown, more bytes do not take it away;
             * but libjpeg gives up on a table that is cut. */
            ck_assert(_i || shown == 0);
            refused++;
        }
        free(file.bytes);
    }
    ck_assert_uint_gt(shown, 100);
    ck_assert_uint_gt(refused, 300);
    free(whole.bytes);
    free(rgb);
}
END_TEST

/* One colour is a picture too, though not what is shown of missing data. */
START_TEST(test_jpeg_cut_one_colour)
{
    unsigned char rgb[48 * 48 * RGB];
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    struct file file;

    memset(rgb, 200, sizeof(rgb));
    file = file_jpeg(rgb, 48, 48, TJPF_RGB, TJSAMP_420, 0);
    file.size -= 2; /* the marker that ends it */
    ck_assert_int_eq(thumbnail_make(&file, 48, 48, &thumbnail, remark), 0);
    ck_assert_msg(strstr(remark, "damaged"), "'%s'", remark);
    image_thumbnail_free(&thumbnail);
    free(file.bytes);
}
END_TEST

/* A small file that asks for much work: the last of its scans, many times. */
START_TEST(test_jpeg_many_scans)
{
    enum { SCANS = 600, END = 2 };
    unsigned char *rgb = draw_quarters(64, 64), *at;
    struct file file =
        file_jpeg(rgb, 64, 64, TJPF_RGB, TJSAMP_420, TJFLAG_PROGRESSIVE);
    struct file many;
    size_t scan = file.size - 1, size;

    while (file.bytes[scan] != 0xff || file.bytes[scan + 1] != START_OF_SCAN)
        scan--;
    size = file.size - END - scan;
    many.size = file.size + SCANS * size;
    many.bytes = malloc(many.size);
    ck_assert_ptr_nonnull(many.bytes);
    memcpy(many.bytes, file.bytes, scan);
    at = many.bytes + scan;
    for (int i = 0; i <= SCANS; i++, at += size)
        memcpy(at, file.bytes + scan, size);
    memcpy(at, file.bytes + file.size - END, END);
    expect_refusal(&many, "scans");
    free(many.bytes);
    free(file.bytes);
    free(rgb);
}
END_TEST

START_TEST(test_jpeg_no_picture)
{
    static const unsigned char tables_only[] = { 0xff, 0xd8, 0xff, 0xd9 };
    static const unsigned char start_only[] = { 0xff, 0xd8, 0xff };
    struct file file = file_copy(tables_only, sizeof(tables_only));

    expect_refusal(&file, "no picture");
    free(file.bytes);
    file = file_copy(start_only, sizeof(start_only));
    expect_refusal(&file, "JPEG");
    free(file.bytes);
}
END_TEST

/* --------------------------------------------------------------------- png */

static const struct {
    uint8_t colour_type, bit_depth;
} png_kinds[] = {
    { SPNG_COLOR_TYPE_GRAYSCALE, 1 },
    { SPNG_COLOR_TYPE_GRAYSCALE, 2 },
    { SPNG_COLOR_TYPE_GRAYSCALE, 4 },
    { SPNG_COLOR_TYPE_GRAYSCALE, 8 },
    { SPNG_COLOR_TYPE_GRAYSCALE, 16 },
    { SPNG_COLOR_TYPE_TRUECOLOR, 8 },
    { SPNG_COLOR_TYPE_TRUECOLOR, 16 },
    { SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, 8 },
    { SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, 16 },
    { SPNG_COLOR_TYPE_TRUECOLOR_ALPHA, 8 },
    { SPNG_COLOR_TYPE_TRUECOLOR_ALPHA, 16 },
};

enum { PNG_KINDS = sizeof(png_kinds) / sizeof(png_kinds[0]) };

static size_t png_size(const struct spng_ihdr *header)
{
    static const size_t channels[] = {
        [SPNG_COLOR_TYPE_GRAYSCALE] = 1,
        [SPNG_COLOR_TYPE_TRUECOLOR] = 3,
        [SPNG_COLOR_TYPE_GRAYSCALE_ALPHA] = 2,
        [SPNG_COLOR_TYPE_TRUECOLOR_ALPHA] = 4,
    };
    const size_t bits = channels[header->color_type] * header->bit_depth;

    return header->height * ((header->width * bits + 7) / 8);
}

/* Bits all 1 are white in every kind. Bits all 0 are black, or with an alpha
 * channel transparent: then one sees the white below. */
START_TEST(test_png_kinds)
{
    const uint8_t type = png_kinds[_i].colour_type;
    const struct png kind = {
        .header = { .width = 16,
                    .height = 16,
                    .bit_depth = png_kinds[_i].bit_depth,
                    .color_type = type },
    };
    const bool alpha = type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ||
                       type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA;
    const size_t size = png_size(&kind.header);
    unsigned char pixels[16 * 16 * 8];
    struct file file;

    memset(pixels, 0xff, sizeof(pixels));
    file = file_png(&kind, pixels, size);
    expect_everywhere(&file, 255, 255, 255);
    free(file.bytes);
    memset(pixels, 0, sizeof(pixels));
    file = file_png(&kind, pixels, size);
    expect_everywhere(&file, alpha ? 255 : 0, alpha ? 255 : 0, alpha ? 255 : 0);
    free(file.bytes);
}
END_TEST

START_TEST(test_png_alpha)
{
    const struct png kind = {
        .header = { .width = 8,
                    .height = 8,
                    .bit_depth = 8,
                    .color_type = SPNG_COLOR_TYPE_TRUECOLOR_ALPHA },
    };
    unsigned char pixels[8 * 8 * 4];
    struct file file;

    for (size_t i = 0; i < sizeof(pixels); i += 4)
        memcpy(pixels + i, (const unsigned char[]){ 200, 100, 0, 64 }, 4);
    file = file_png(&kind, pixels, sizeof(pixels));
    expect_everywhere(&file, 241, 216, 191);
    free(file.bytes);
}
END_TEST

START_TEST(test_png_palette)
{
    struct spng_plte palette = {
        .n_entries = 2,
        .entries = { { .red = 10, .green = 20, .blue = 30 },
                     { .red = 90, .green = 80, .blue = 70 } },
    };
    struct spng_trns transparency = {
        .n_type3_entries = 1,
        .type3_alpha = { 0 },
    };
    struct png kind = {
        .header = { .width = 8,
                    .height = 8,
                    .bit_depth = 1,
                    .color_type = SPNG_COLOR_TYPE_INDEXED },
        .palette = &palette,
        .transparency = &transparency,
    };
    unsigned char pixels[8];
    struct file file;

    memset(pixels, 0xff, sizeof(pixels));
    file = file_png(&kind, pixels, sizeof(pixels));
    expect_everywhere(&file, 90, 80, 70);
    free(file.bytes);
    memset(pixels, 0, sizeof(pixels));
    file = file_png(&kind, pixels, sizeof(pixels));
    expect_everywhere(&file, 255, 255, 255);
    free(file.bytes);
}
END_TEST

START_TEST(test_png_interlaced)
{
    struct file file = quarters_png(301, 203, true);

    expect_size(&file, 100, 100, 100, 67);
    free(file.bytes);
}
END_TEST

/* CRC-32 as PNG defines it. */
static uint32_t crc(const unsigned char *bytes, size_t size)
{
    uint32_t value = UINT32_MAX;

    for (size_t i = 0; i < size; i++) {
        value ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            value = value >> 1 ^ (value & 1 ? 0xedb88320 : 0);
    }
    return ~value;
}

/* Offsets in a PNG. */
enum { HEADER = 12, WIDTH = 16, HEIGHT = 20, HEADER_CRC = 29, END_SIZE = 12 };

static void claim_size_png(struct file *png, uint32_t width, uint32_t height)
{
    put32(png->bytes + WIDTH, true, width);
    put32(png->bytes + HEIGHT, true, height);
    put32(png->bytes + HEADER_CRC, true,
          crc(png->bytes + HEADER, HEADER_CRC - HEADER));
}

/* Passes come one after another, so all of a large thumbnail is kept as sums;
 * without them some rows are. */
START_TEST(test_png_much_memory)
{
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    struct file file;

    for (int interlaced = 0; interlaced < 2; interlaced++) {
        file = quarters_png(64, 64, interlaced);
        claim_size_png(&file, 10000, 10000);
        ck_assert_int_eq(thumbnail_make(&file, 9999, 9999, &thumbnail, remark),
                         -EBADMSG);
        ck_assert_msg(strstr(remark, interlaced ? "to decode it takes 1906 MiB"
                                                : "PNG: "),
                      "'%s'", remark);
        free(file.bytes);
    }
}
END_TEST

START_TEST(test_png_lies)
{
    static const struct {
        uint32_t width, height;
        const char *words;
    } lies[] = {
        { 0x80000000, 64, "PNG" },
        { UINT32_MAX, UINT32_MAX, "PNG" },
        { 0, 64, "PNG" },
        { 64, 0, "PNG" },
        { 0x7fffffff, 0x7fffffff, "PNG" },
        { IMAGE_SIDE_MAX + 1, 1, "too large" },
        { 1, IMAGE_SIDE_MAX + 1, "too large" },
        { 10000, 10001, "too large: 10000x10001 pixels" },
        { IMAGE_SIDE_MAX, 1527, "too large: 65500x1527 pixels" },
        { IMAGE_SIDE_MAX, 1526, "PNG" }, /* not too large: 99.95 megapixels */
        { 10000, 10000, "PNG" },         /* as large as may be */
        { 64, 65, "PNG" },               /* a row more than there is */
    };
    struct file file = quarters_png(64, 64, false);

    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        claim_size_png(&file, lies[i].width, lies[i].height);
        expect_refusal(&file, lies[i].words);
    }
    free(file.bytes);
}
END_TEST

/* Refused, shown with a word, or else nothing that matters is missing: then it
 * is the very same thumbnail. */
static bool is_unharmed(const struct file *file, const struct file *whole)
{
    struct image_thumbnail expected, thumbnail;
    char remark[IMAGE_REMARK_MAX];

    if (thumbnail_make(file, 9, 9, &thumbnail, remark) < 0)
        return false;
    if (remark[0]) {
        image_thumbnail_free(&thumbnail);
        return false;
    }
    ck_assert_int_eq(thumbnail_make(whole, 9, 9, &expected, remark), 0);
    ck_assert_uint_eq(thumbnail.size, expected.size);
    ck_assert_mem_eq(thumbnail.bytes, expected.bytes, expected.size);
    image_thumbnail_free(&thumbnail);
    image_thumbnail_free(&expected);
    return true;
}

START_TEST(test_png_every_cut)
{
    struct file whole = quarters_png(64, 64, false), file;

    for (size_t size = 0; size < whole.size; size++) {
        file = file_copy(whole.bytes, size);
        /* The last piece is empty: its checksum may be missing. */
        ck_assert_msg(!is_unharmed(&file, &whole) || size >= whole.size - 4,
                      "%zu of %zu bytes", size, whole.size);
        free(file.bytes);
    }
    free(whole.bytes);
}
END_TEST

START_TEST(test_png_every_bit)
{
    struct file whole = quarters_png(8, 8, false);
    struct file file = file_copy(whole.bytes, whole.size);

    for (size_t bit = 0; bit < 8 * file.size; bit++) {
        file.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        ck_assert_msg(!is_unharmed(&file, &whole), "bit %zu", bit);
        file.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    free(whole.bytes);
    free(file.bytes);
}
END_TEST

/* The checksum behind the pixels: they are decoded by then. */
START_TEST(test_png_checksum)
{
    struct file file = quarters_png(64, 64, false);
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];

    file.bytes[file.size - END_SIZE - 1] ^= 1;
    ck_assert_int_eq(thumbnail_make(&file, 100, 100, &thumbnail, remark), 0);
    ck_assert_msg(strstr(remark, "damaged"), "'%s'", remark);
    expect_quarters(&thumbnail);
    image_thumbnail_free(&thumbnail);
    free(file.bytes);
}
END_TEST

/* What is not needed for the pixels may be broken. */
START_TEST(test_png_odd_metadata)
{
    char words[] = "hello";
    struct spng_text text = {
        .keyword = "Comment",
        .type = SPNG_TEXT,
        .length = sizeof(words) - 1,
        .text = words,
    };
    const struct png kind = {
        .header = { .width = 1, .height = 1, .bit_depth = 8 },
        .text = &text,
    };
    struct file file = file_png(&kind, "", 1);
    unsigned char *at = memmem(file.bytes, file.size, words, text.length);

    ck_assert_ptr_nonnull(at);
    *at ^= 1;
    expect_everywhere(&file, 0, 0, 0);
    free(file.bytes);
}
END_TEST

static struct file text_png(struct spng_text *text)
{
    const struct png kind = {
        .header = { .width = 1, .height = 1, .bit_depth = 8 },
        .text = text,
    };
    struct file file;

    text->text = malloc(text->length + 1);
    ck_assert_ptr_nonnull(text->text);
    memset(text->text, ' ', text->length);
    text->text[text->length] = '\0';
    file = file_png(&kind, "", 1);
    free(text->text);
    return file;
}

/* A few bytes that unpack to very many. */
START_TEST(test_png_bomb)
{
    struct spng_text text = { "Comment", .type = SPNG_ZTXT,
                              .length = 64 << 20 };
    struct file file = text_png(&text);

    ck_assert_uint_lt(file.size, 200000);
    expect_refusal(&file, "limit");
    free(file.bytes);
}
END_TEST

/* ---------------------------------------------------------------- any bytes */

START_TEST(test_no_image)
{
    struct file file = file_copy("", 0);

    expect_refusal(&file, "empty");
    free(file.bytes);
    file = file_copy("GIF89a", 6);
    expect_refusal(&file, "neither JPEG nor PNG");
    free(file.bytes);
    ck_assert_ptr_null(image_extension(NULL, 0));
    ck_assert_ptr_null(image_extension("\xff\xd8\xff", 2));
    ck_assert_str_eq(image_extension("\xff\xd8\xff", 3), "jpg");
    ck_assert_ptr_null(image_extension("\x89PNG\r\n\x1a\n", 7));
    ck_assert_str_eq(image_extension("\x89PNG\r\n\x1a\n", 8), "png");
}
END_TEST

/* xorshift64 (Marsaglia 2003): the same every time. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* An image with some bytes replaced. Nothing is expected but an answer. */
static void damage(const struct file *whole, uint64_t *random)
{
    struct file file = file_copy(whole->bytes, whole->size);
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    unsigned count = 1 + next_random(random) % 8;

    for (unsigned i = 0; i < count; i++)
        file.bytes[3 + next_random(random) % (file.size - 3)] =
            (unsigned char)next_random(random);
    if (next_random(random) % 4 == 0)
        file.size -= next_random(random) % (file.size / 2);
    if (thumbnail_make(&file, 40, 40, &thumbnail, remark) == 0)
        image_thumbnail_free(&thumbnail);
    free(file.bytes);
}

START_TEST(test_damaged)
{
    unsigned char *rgb = draw_quarters(64, 48);
    struct file files[] = {
        file_jpeg(rgb, 64, 48, TJPF_RGB, TJSAMP_420, 0),
        file_jpeg(rgb, 64, 48, TJPF_RGB, TJSAMP_420, TJFLAG_PROGRESSIVE),
        quarters_png(64, 48, true),
    };
    uint64_t random = 88172645463325252;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        for (int round = 0; round < 1000; round++)
            damage(&files[i], &random);
        free(files[i].bytes);
    }
    free(rgb);
}
END_TEST

/* Random bytes behind the few that make it look like an image. */
START_TEST(test_random_bytes)
{
    static const char *const starts[] = { "", "\xff\xd8\xff",
                                          "\x89PNG\r\n\x1a\n" };
    uint64_t random = 362436069;
    unsigned char bytes[600];

    for (size_t i = 0; i < 3; i++)
        for (int round = 0; round < 500; round++) {
            struct file file;

            for (size_t j = 0; j < sizeof(bytes); j++)
                bytes[j] = (unsigned char)next_random(&random);
            memcpy(bytes, starts[i], strlen(starts[i]));
            file = file_copy(bytes, next_random(&random) % sizeof(bytes));
            expect_refusal(&file, "");
            free(file.bytes);
        }
}
END_TEST

/* ------------------------------------------------------ memory and repeats */

START_TEST(test_same_bytes)
{
    struct image_thumbnail one, two;
    char remark[IMAGE_REMARK_MAX];
    struct file file;

    ck_assert_int_eq(image_render(1300, 900, 3, &file.bytes, &file.size), 0);
    ck_assert_int_eq(thumbnail_make(&file, 400, 400, &one, remark), 0);
    ck_assert_int_eq(thumbnail_make(&file, 400, 400, &two, remark), 0);
    ck_assert_uint_eq(one.size, two.size);
    ck_assert_mem_eq(one.bytes, two.bytes, one.size);
    image_thumbnail_free(&one);
    image_thumbnail_free(&two);
    free(file.bytes);
}
END_TEST

/* What is shown of a damaged image is never what memory held before. */
START_TEST(test_same_damaged_bytes)
{
    struct image_thumbnail one, two;
    char remark[IMAGE_REMARK_MAX];
    struct file file;

    ck_assert_int_eq(image_render(640, 480, 0, &file.bytes, &file.size), 0);
    for (size_t size = file.size / 2; size < file.size; size += 5000) {
        struct file cut = file_copy(file.bytes, size);

        ck_assert_int_eq(thumbnail_make(&cut, 400, 400, &one, remark), 0);
        ck_assert_int_eq(thumbnail_make(&cut, 400, 400, &two, remark), 0);
        ck_assert_uint_eq(one.size, two.size);
        ck_assert_mem_eq(one.bytes, two.bytes, one.size);
        image_thumbnail_free(&one);
        image_thumbnail_free(&two);
        free(cut.bytes);
    }
    free(file.bytes);
}
END_TEST

static void limit_memory(size_t more)
{
    struct rlimit limit;
    unsigned long pages;
    FILE *file;

    file = fopen("/proc/self/statm", "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%lu", &pages), 1);
    (void)fclose(file);
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = pages * (unsigned long)sysconf(_SC_PAGESIZE) + more;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

/* Want of memory is no fault of the image, whoever wants it. */
START_TEST(test_no_memory)
{
    struct spng_text text = { "Comment", .type = SPNG_TEXT,
                              .length = 12 << 20 };
    unsigned char *rgb;
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    struct file file[4];

    if (test_is_sanitized())
        return; /* under a sanitizer malloc does not fail, it ends */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 20); /* what is freed is gone */
    rgb = draw_quarters(4000, 3000);
    /* What makes the thumbnail, for a large one. */
    file[0] = file_jpeg(rgb, 4000, 3000, TJPF_RGB, TJSAMP_420, 0);
    file[1] = quarters_png(4000, 3000, false);
    /* libjpeg, for all coefficients; spng, for the text. */
    file[2] =
        file_jpeg(rgb, 4000, 3000, TJPF_RGB, TJSAMP_420, TJFLAG_PROGRESSIVE);
    file[3] = text_png(&text);
    free(rgb);
    limit_memory(8 << 20);
    for (int i = 0; i < 4; i++)
        ck_assert_msg(image_thumbnail_make(file[i].bytes, file[i].size,
                                           i < 2 ? 3999 : 400, 4000, &thumbnail,
                                           remark) == -ENOMEM,
                      "%d: %s", i, remark);
    ck_assert_int_eq(image_render(4000, 3000, 0, &rgb, &file[0].size), -ENOMEM);
}
END_TEST

/* Each call of a library that can fail does so once. */
START_TEST(test_calls)
{
    struct file files[] = { quarters_jpeg(30, 20),
                            quarters_png(30, 20, false) };
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    unsigned number;
    int error, r;

    for (size_t i = 0; i < 2; i++) {
        for (number = 1;; number++) {
            calls_fail(number);
            r = image_thumbnail_make(files[i].bytes, files[i].size, 20, 20,
                                     &thumbnail, remark);
            if (!calls_failed(&error))
                break;
            ck_assert(r == -ENOMEM || (r == -EBADMSG && remark[0]));
        }
        ck_assert_int_eq(r, 0);
        ck_assert_uint_gt(number, 2);
        image_thumbnail_free(&thumbnail);
        free(files[i].bytes);
    }
}
END_TEST

/* ------------------------------------------------------------------ render */

START_TEST(test_render)
{
    unsigned char *bytes, *again, *other;
    size_t size, again_size, other_size;

    ck_assert_int_eq(image_render(640, 480, 7, &bytes, &size), 0);
    ck_assert_int_eq(image_render(640, 480, 7, &again, &again_size), 0);
    ck_assert_uint_eq(size, again_size);
    ck_assert_mem_eq(bytes, again, size);
    ck_assert_int_eq(image_render(640, 480, 8, &other, &other_size), 0);
    ck_assert(size != other_size || memcmp(bytes, other, size) != 0);
    free(bytes);
    free(again);
    free(other);
}
END_TEST

/* As many bytes as a camera would make of 12 megapixels. */
START_TEST(test_render_large)
{
    struct file file;

    ck_assert_int_eq(image_render(4000, 3000, 0, &file.bytes, &file.size), 0);
    ck_assert_uint_gt(file.size, 2500000);
    ck_assert_uint_lt(file.size, 6000000);
    free(file.bytes);
}
END_TEST

START_TEST(test_render_sizes)
{
    static const unsigned sides[] = { 1, 2, 61, 400 };
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    struct file file;

    for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
        for (size_t j = 0; j < sizeof(sides) / sizeof(sides[0]); j++) {
            ck_assert_int_eq(image_render(sides[i], sides[j], (unsigned)i,
                                          &file.bytes, &file.size),
                             0);
            ck_assert_int_eq(
                thumbnail_make(&file, 1000, 1000, &thumbnail, remark), 0);
            ck_assert_uint_eq(thumbnail.width, sides[i]);
            ck_assert_uint_eq(thumbnail.height, sides[j]);
            image_thumbnail_free(&thumbnail);
            free(file.bytes);
        }
    ck_assert_int_eq(
        image_render(IMAGE_SIDE_MAX, 2, 1, &file.bytes, &file.size), 0);
    free(file.bytes);
    ck_assert_int_eq(
        image_render(2, IMAGE_SIDE_MAX, 1, &file.bytes, &file.size), 0);
    free(file.bytes);
}
END_TEST

START_TEST(test_render_wrong_size)
{
    struct file file = { 0 };

    ck_assert_int_eq(image_render(0, 9, 0, &file.bytes, &file.size), -EINVAL);
    ck_assert_int_eq(image_render(9, 0, 0, &file.bytes, &file.size), -EINVAL);
    ck_assert_int_eq(
        image_render(IMAGE_SIDE_MAX + 1, 9, 0, &file.bytes, &file.size),
        -EINVAL);
    ck_assert_int_eq(image_render(9, UINT32_MAX, 0, &file.bytes, &file.size),
                     -EINVAL);
    ck_assert_int_eq(image_render(10000, 10001, 0, &file.bytes, &file.size),
                     -EINVAL);
    ck_assert_ptr_null(file.bytes);
}
END_TEST

/* Integers only: these are the pixels on every machine. */
START_TEST(test_paint_golden)
{
    static const char *const expected[] = {
        "2d1819ab127f9e77f9db78e08492dd1a23e5053ef80e6966ce6a56273d78725d",
        "eff56ae586475b2df8f658beb68ba6fb10b4707c27c0389730fca8209beeff18",
        "7d95b84c88e7e3492e36cdfc1043841c1c82134940889e5c975fdff9c51117dc",
        "1d7c5c2be3bda4ac6feacc18ede9e04165aad3d58ea02077c965b128ef902426",
        "2652d45d7ddbc8976d7e97704f88b2feb70f61f7befc2878b0202f1a4b9ce578",
    };
    unsigned char rgb[160 * 120 * RGB];
    uint8_t sha256[STORE_SHA256_SIZE];
    char name[STORE_NAME_MAX];

    ck_assert_int_eq(paint_landscape(rgb, 160, 120, (unsigned)_i), 0);
    store_sha256(rgb, sizeof(rgb), sha256);
    store_name(sha256, "", name);
    ck_assert_str_eq(name, expected[_i]);
}
END_TEST

/* A small file, very many pixels: they are never there at once. */
START_TEST(test_png_memory)
{
    enum { SIDE = 5000 };
    const struct png kind = {
        .header = { .width = SIDE,
                    .height = SIDE,
                    .bit_depth = 1,
                    .interlace_method = (uint8_t)_i },
    };
    unsigned char *pixels;
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    struct file file;

    if (test_is_sanitized())
        return; /* a sanitizer takes memory of its own */
    pixels = malloc((SIDE + 7) / 8 * SIDE);
    ck_assert_ptr_nonnull(pixels);
    memset(pixels, 0xaa, (SIDE + 7) / 8 * SIDE);
    file = file_png(&kind, pixels, (SIDE + 7) / 8 * SIDE);
    free(pixels);
    ck_assert_uint_lt(file.size, 50000);
    limit_memory(12 << 20);
    ck_assert_int_eq(thumbnail_make(&file, 500, 500, &thumbnail, remark), 0);
    ck_assert_str_eq(remark, "");
    image_thumbnail_free(&thumbnail);
    free(file.bytes);
}
END_TEST

/* Of 16 bits the upper ones count: the lower ones are noise here. */
START_TEST(test_png_deep)
{
    enum { SIDE = 24 };
    static const uint8_t types[] = { SPNG_COLOR_TYPE_GRAYSCALE,
                                     SPNG_COLOR_TYPE_TRUECOLOR,
                                     SPNG_COLOR_TYPE_GRAYSCALE_ALPHA,
                                     SPNG_COLOR_TYPE_TRUECOLOR_ALPHA };
    static const size_t channels[] = { 1, 3, 2, 4 };
    const struct png kind = {
        .header = { .width = SIDE,
                    .height = SIDE,
                    .bit_depth = 16,
                    .color_type = types[_i] },
    };
    const size_t count = SIDE * SIDE * channels[_i];
    uint16_t pixels[SIDE * SIDE * 4];
    uint64_t random = 7;
    struct file file;

    for (size_t i = 0; i < count; i++)
        pixels[i] = (uint16_t)(100 << 8 | (next_random(&random) & 0xff));
    for (size_t i = 0; _i >= 2 && i < count; i += channels[_i])
        pixels[i + channels[_i] - 1] = UINT16_MAX;
    file = file_png(&kind, pixels, count * sizeof(*pixels));
    expect_everywhere(&file, 100, 100, 100);
    expect_shown(&file, SIDE / 3, (const unsigned char[]){ 100, 100, 100 }, "");
    free(file.bytes);
}
END_TEST

/* Of the smallest some of the seven passes have no pixels. */
START_TEST(test_png_small)
{
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];

    for (unsigned width = 1; width <= 9; width++)
        for (unsigned height = 1; height <= 9; height++) {
            struct file plain = quarters_png(width, height, false);
            struct file file = quarters_png(width, height, true);

            ck_assert_int_eq(thumbnail_make(&file, 9, 9, &thumbnail, remark),
                             0);
            ck_assert_str_eq(remark, "");
            ck_assert_uint_eq(thumbnail.width, width);
            ck_assert(is_unharmed(&file, &plain));
            image_thumbnail_free(&thumbnail);
            free(file.bytes);
            free(plain.bytes);
        }
}
END_TEST

/* The order of rows cannot be seen, in no kind. */
START_TEST(test_png_orders)
{
    struct png kind = {
        .header = { .width = 217,
                    .height = 131,
                    .bit_depth = png_kinds[_i].bit_depth,
                    .color_type = png_kinds[_i].colour_type },
    };
    const size_t size = png_size(&kind.header);
    unsigned char *pixels = malloc(size), *rgb[2];
    struct image_thumbnail thumbnail;
    char remark[IMAGE_REMARK_MAX];
    struct file file;

    ck_assert_ptr_nonnull(pixels);
    /* Broad stripes, aslant: in samples of 8 and 16 bits, and fewer. */
    for (size_t i = 0; i < size; i++)
        pixels[i] = i / 40 % 5 < 2 ? 0xff : 0;
    for (int i = 0; i < 2; i++) {
        kind.header.interlace_method = (uint8_t)i;
        file = file_png(&kind, pixels, size);
        ck_assert_int_eq(thumbnail_make(&file, 60, 60, &thumbnail, remark), 0);
        rgb[i] = thumbnail_decode(&thumbnail);
        image_thumbnail_free(&thumbnail);
        free(file.bytes);
    }
    for (size_t i = 0; i < (size_t)60 * 36 * RGB; i++)
        ck_assert_int_le(abs(rgb[0][i] - rgb[1][i]), 4);
    free(rgb[0]);
    free(rgb[1]);
    free(pixels);
}
END_TEST

static void add_thumbnail_cases(Suite *suite)
{
    TCase *tc;

    tc = add_case(suite, "thumbnail", 0);
    tcase_add_loop_test(tc, test_size_jpeg, 0, SIZES);
    tcase_add_loop_test(tc, test_size_png, 0, SIZES);
    tcase_add_test(tc, test_no_image);
    tcase_add_test(tc, test_damaged);
    tcase_add_test(tc, test_random_bytes);
    tcase_add_test(tc, test_same_bytes);
    tcase_add_test(tc, test_same_damaged_bytes);
    tcase_add_test(tc, test_no_memory);
    tcase_add_test(tc, test_calls);

    tc = add_case(suite, "orientation", 0);
    tcase_add_loop_test(tc, test_orientation_jpeg, 1, 9);
    tcase_add_loop_test(tc, test_orientation_png, 1, 9);
    tcase_add_test(tc, test_exif_values);
    tcase_add_test(tc, test_exif_cut);
    tcase_add_test(tc, test_exif_offsets);
    tcase_add_test(tc, test_exif_fields);
    tcase_add_test(tc, test_exif_second_entry);
    tcase_add_test(tc, test_exif_segments);
    tcase_add_test(tc, test_exif_straddles);
    tcase_add_loop_test(tc, test_exif_every_bit, 0, 2);
}

static void add_codec_cases(Suite *suite)
{
    TCase *tc;

    tc = add_case(suite, "jpeg", 0);
    tcase_add_test(tc, test_jpeg_kinds);
    tcase_add_test(tc, test_jpeg_detail);
    tcase_add_test(tc, test_jpeg_grey);
    tcase_add_test(tc, test_jpeg_lies);
    tcase_add_loop_test(tc, test_jpeg_largest, 0, 2);
    tcase_add_loop_test(tc, test_jpeg_memory, 0, 3);
    tcase_add_test(tc, test_jpeg_exaggerates);
    tcase_add_test(tc, test_jpeg_ends_in_marker);
    tcase_add_test(tc, test_jpeg_cut_in_half);
    tcase_add_loop_test(tc, test_jpeg_every_cut, 0, 2);
    tcase_add_test(tc, test_jpeg_cut_one_colour);
    tcase_add_test(tc, test_jpeg_many_scans);
    tcase_add_test(tc, test_jpeg_no_picture);

    tc = add_case(suite, "png", 0);
    tcase_add_loop_test(tc, test_png_kinds, 0, PNG_KINDS);
    tcase_add_test(tc, test_png_alpha);
    tcase_add_test(tc, test_png_palette);
    tcase_add_test(tc, test_png_interlaced);
    tcase_add_test(tc, test_png_small);
    tcase_add_loop_test(tc, test_png_orders, 0, PNG_KINDS);
    tcase_add_loop_test(tc, test_png_deep, 0, 4);
    tcase_add_loop_test(tc, test_png_memory, 0, 2);
    tcase_add_test(tc, test_png_lies);
    tcase_add_test(tc, test_png_much_memory);
    tcase_add_test(tc, test_png_every_cut);
    tcase_add_test(tc, test_png_every_bit);
    tcase_add_test(tc, test_png_checksum);
    tcase_add_test(tc, test_png_odd_metadata);
    tcase_add_test(tc, test_png_bomb);
}

Suite *image_suite(void)
{
    Suite *suite = suite_create("image");
    TCase *tc;

    add_thumbnail_cases(suite);
    add_codec_cases(suite);
    tc = add_case(suite, "render", 0);
    tcase_add_test(tc, test_render);
    tcase_add_test(tc, test_render_large);
    tcase_add_test(tc, test_render_sizes);
    tcase_add_test(tc, test_render_wrong_size);
    tcase_add_loop_test(tc, test_paint_golden, 0, 5);
    return suite;
}
