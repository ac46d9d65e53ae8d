/* SPDX-License-Identifier: MIT */
/*
 * units.h -- amounts with their units, as people read them
 *
 * Each writes at most UNITS_TEXT_MAX bytes, the NUL among them, and returns
 * text.
 */
#ifndef SHARED_BASE_UNITS_H
#define SHARED_BASE_UNITS_H

#include <stddef.h>

enum { UNITS_TEXT_MAX = 32 };

/* These write what was measured in three digits: "4.61 MB" (10^6), "64 B";
 * nanoseconds as "12.1 us"; "31.2 k"; what is not finite, or negative, "-". */
const char *bytes_text(double bytes, char text[static UNITS_TEXT_MAX]);
const char *time_text(double ns, char text[static UNITS_TEXT_MAX]);
const char *count_text(double count, char text[static UNITS_TEXT_MAX]);

/* whole_text writes a number as it is, without parts: "9"; otherwise "-". */
const char *whole_text(double number, char text[static UNITS_TEXT_MAX]);

/* size_text writes a size as it is given, to the byte: "1 MiB" (2^20) where it
 * is even, "1536 B". */
const char *size_text(size_t size, char text[static UNITS_TEXT_MAX]);

#endif
