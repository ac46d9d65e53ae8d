/* SPDX-License-Identifier: MIT */
/*
 * segment.h -- what a JPEG says of its picture before the picture begins
 *
 * A JPEG opens with segments: of what kind, how long, content. Cameras and
 * programs put marked ones among them. The bytes are hostile: nothing outside
 * them is read, whatever their lengths say.
 */
#ifndef IPC_JOB_SEGMENT_H
#define IPC_JOB_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>

enum segment_kind {
    SEGMENT_EXIF = 0xe1,  /* APP1, among others */
    SEGMENT_ICC = 0xe2,   /* APP2 */
    SEGMENT_ADOBE = 0xee, /* APP14 */
};

struct segment {
    const unsigned char *content; /* lies in the JPEG */
    size_t size;
};

struct segment_reader {
    const unsigned char *bytes; /* of the JPEG; they may change meanwhile */
    size_t size;
    size_t next;
};

void segment_start(struct segment_reader *reader, const void *bytes,
                   size_t size);

/* segment_find returns whether there is one more of this kind that begins with
 * this mark, and gives what is behind the mark. */
bool segment_find(struct segment_reader *reader, enum segment_kind kind,
                  const void *mark, size_t mark_size,
                  struct segment *ret_segment);

#endif
