/* SPDX-License-Identifier: MIT */
#include "ipc/job/exif.h"

#include "ipc/job/segment.h"

#include <stdbool.h>
#include <stdint.h>

enum { TIFF_LITTLE = 0x4949, TIFF_BIG = 0x4d4d, TIFF_MAGIC = 42 };
enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, ENTRY_SIZE = 12 };

struct block {
    const unsigned char *bytes;
    size_t size;
    bool big_endian;
};

/* The only way to the bytes. What lies outside reads as 0, which ends every
 * search. */
static unsigned read_u8(const struct block *b, size_t at)
{
    return at < b->size ? b->bytes[at] : 0;
}

static unsigned read_u16(const struct block *b, size_t at)
{
    unsigned first = read_u8(b, at), second = read_u8(b, at + 1);

    return b->big_endian ? first << 8 | second : second << 8 | first;
}

static uint32_t read_u32(const struct block *b, size_t at)
{
    uint32_t first = read_u16(b, at), second = read_u16(b, at + 2);

    return b->big_endian ? first << 16 | second : second << 16 | first;
}

unsigned exif_orientation(const void *bytes, size_t size)
{
    struct block b = { .bytes = bytes, .size = size };
    unsigned mark = read_u16(&b, 0), entries, value;
    size_t at;

    if (mark != TIFF_LITTLE && mark != TIFF_BIG)
        return 1;
    b.big_endian = mark == TIFF_BIG;
    if (read_u16(&b, 2) != TIFF_MAGIC)
        return 1;
    at = read_u32(&b, 4);
    entries = read_u16(&b, at);
    for (at += 2; entries > 0; entries--, at += ENTRY_SIZE) {
        if (read_u16(&b, at) != TAG_ORIENTATION ||
            read_u16(&b, at + 2) != TYPE_SHORT)
            continue;
        value = read_u16(&b, at + 8);
        return value >= 1 && value <= 8 ? value : 1;
    }
    return 1;
}

unsigned exif_jpeg_orientation(const void *bytes, size_t size)
{
    static const char mark[6] = "Exif\0";
    struct segment_reader reader;
    struct segment segment;

    segment_start(&reader, bytes, size);
    if (!segment_find(&reader, SEGMENT_EXIF, mark, sizeof(mark), &segment))
        return 1;
    return exif_orientation(segment.content, segment.size);
}
