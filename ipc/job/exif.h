/* SPDX-License-Identifier: MIT */
/*
 * exif.h -- which way up a camera was held
 *
 * An orientation is 1 to 8, as EXIF numbers them: 1 is upright already, 6
 * must be turned right by 90 degrees, and so on. Where there is none, or none
 * that can be read, it is 1. The bytes are hostile: nothing outside them is
 * read, whatever their offsets say.
 */
#ifndef IPC_JOB_EXIF_H
#define IPC_JOB_EXIF_H

#include <stddef.h>

/* exif_orientation reads an EXIF block, as it lies in a PNG's eXIf chunk. */
unsigned exif_orientation(const void *bytes, size_t size);

/* exif_jpeg_orientation finds that block in a JPEG, and reads it. */
unsigned exif_jpeg_orientation(const void *bytes, size_t size);

#endif
