/* SPDX-License-Identifier: MIT */
/*
 * fuzz_image.c -- a picture of any bytes: JPEG, PNG, EXIF, colour profile
 *
 * Bytes        u8, u8: the box; then the file
 * Must hold    0 with a thumbnail in the box, or -EBADMSG with a reason; a
 *              remark is one line of printable ASCII; an orientation is 1 to 8,
 *              and a profile no longer than the file
 */
#include "ipc/job/exif.h"
#include "ipc/job/image.h"
#include "ipc/job/jpeg_icc.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

enum { PIXELS_MAX = 1 << 20, WIDTH_AT = 16, HEIGHT_AT = 20, IHDR_END = 24 };

static uint32_t big_endian(const uint8_t *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof(value));
    return be32toh(value);
}

/* A short file may stand for a large picture, up to what is allowed, and that
 * takes its time: it is passed over. Beyond what is allowed none is. */
static bool takes_long(const uint8_t *file, size_t size)
{
    const char *extension = image_extension(file, size);
    uint64_t pixels = 0;
    int width = 0, height = 0;
    tjhandle tj;

    if (extension && strcmp(extension, "jpg") == 0) {
        tj = tjInitDecompress();
        fuzz_require(tj);
        if (tjDecompressHeader3(tj, file, size, &width, &height, &(int){ 0 },
                                &(int){ 0 }) == 0)
            pixels = (uint64_t)width * (uint64_t)height;
        (void)tjDestroy(tj);
    } else if (extension && size >= IHDR_END) {
        pixels = (uint64_t)big_endian(file + WIDTH_AT) *
                 big_endian(file + HEIGHT_AT);
    }
    return pixels > PIXELS_MAX && pixels <= IMAGE_PIXELS_MAX;
}

static void check_parts(const uint8_t *file, size_t size)
{
    const unsigned direct = exif_orientation(file, size);
    const unsigned found = exif_jpeg_orientation(file, size);
    unsigned char *profile = NULL;
    size_t profile_size = 0;
    int r = icc_read_jpeg(file, size, &profile, &profile_size);

    fuzz_require(direct >= 1 && direct <= 8);
    fuzz_require(found >= 1 && found <= 8);
    fuzz_require(r == 0 || r == -EBADMSG);
    fuzz_require(r == 0 || !profile);
    fuzz_require(profile_size <= size);
    free(profile);
}

static void check_remark(const char remark[static IMAGE_REMARK_MAX])
{
    const char *end = memchr(remark, '\0', IMAGE_REMARK_MAX);

    fuzz_require(end);
    for (const char *at = remark; at < end; at++)
        fuzz_require(*at >= ' ' && *at <= '~');
}

int fuzz_image(const uint8_t *data, size_t size)
{
    struct hostile h = { data, size };
    const unsigned width = 1 + hostile_u8(&h), height = 1 + hostile_u8(&h);
    struct image_thumbnail thumbnail = { 0 };
    char remark[IMAGE_REMARK_MAX];
    int r;

    check_parts(h.at, h.left);
    if (takes_long(h.at, h.left))
        return 0;
    r = image_thumbnail_make(h.at, h.left, width, height, &thumbnail, remark);
    fuzz_require(r == 0 || r == -EBADMSG);
    check_remark(remark);
    if (r < 0) {
        fuzz_require(remark[0] && !thumbnail.bytes);
        return 0;
    }
    fuzz_require(thumbnail.width >= 1 && thumbnail.width <= width);
    fuzz_require(thumbnail.height >= 1 && thumbnail.height <= height);
    fuzz_require(
        strcmp(image_extension(thumbnail.bytes, thumbnail.size), "jpg") == 0);
    image_thumbnail_free(&thumbnail);
    return 0;
}
