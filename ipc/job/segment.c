/* SPDX-License-Identifier: MIT */
#include "ipc/job/segment.h"

#include <string.h>

enum { OPENING = 2 };               /* bytes before the first segment */
enum { HEAD = 4 };                  /* FF, kind, and a length of two bytes */
enum { START = 0xff, SCAN = 0xda }; /* a segment's start, and a picture's */

void segment_start(struct segment_reader *reader, const void *bytes,
                   size_t size)
{
    *reader = (struct segment_reader){ bytes, size, OPENING };
}

/* next returns the kind, or -1 behind the last one. It reads each byte once:
 * a peer may write them meanwhile. */
static int next(struct segment_reader *reader, struct segment *segment)
{
    const volatile unsigned char *at = reader->bytes + reader->next;
    size_t rest, length;
    int kind;

    if (reader->size < reader->next + HEAD)
        return -1;
    rest = reader->size - reader->next - HEAD;
    kind = at[1];
    length = (size_t)(at[2] << 8 | at[3]); /* counts its own two bytes */
    if (at[0] != START || kind == SCAN || length < 2 || length - 2 > rest)
        return -1;
    *segment =
        (struct segment){ reader->bytes + reader->next + HEAD, length - 2 };
    reader->next += HEAD + segment->size;
    return kind;
}

bool segment_find(struct segment_reader *reader, enum segment_kind kind,
                  const void *mark, size_t mark_size,
                  struct segment *ret_segment)
{
    struct segment segment;
    int found;

    while ((found = next(reader, &segment)) >= 0)
        if (found == (int)kind && segment.size >= mark_size &&
            memcmp(segment.content, mark, mark_size) == 0) {
            ret_segment->content = segment.content + mark_size;
            ret_segment->size = segment.size - mark_size;
            return true;
        }
    return false;
}
