/* SPDX-License-Identifier: MIT */
/*
 * units.h -- numbers as people read and write them
 */
#ifndef IPC_UNITS_H
#define IPC_UNITS_H

#include <stddef.h>
#include <stdint.h>

enum { UNITS_TEXT_MAX = 32 };

/*
 * size_parse reads "64", "4KiB", "4k", "1MiB", "1.5 MB": K, M, G with iB, i or
 * nothing are powers of 1024, with B alone (kB, MB, GB) powers of 1000.
 * -EINVAL, -ERANGE.
 */
int size_parse(const char *text, size_t *ret_size);

/* number_parse reads a whole number from minimum to maximum: -EINVAL,
 * -ERANGE. */
int number_parse(const char *text, uint64_t minimum, uint64_t maximum,
                 uint64_t *ret_number);

/* box_parse reads "1000x750". -EINVAL, -ERANGE (sides are 1 to 65500). */
int box_parse(const char *text, unsigned *ret_width, unsigned *ret_height);

/* Each writes at most UNITS_TEXT_MAX - 1 bytes and returns text: "4.61 MB"
 * (10^6), "64 B"; "1 MiB" where it is even, as sizes are given; "12.1 us";
 * "31.2 k". */
const char *bytes_text(double bytes, char text[static UNITS_TEXT_MAX]);
const char *size_text(size_t size, char text[static UNITS_TEXT_MAX]);
const char *time_text(double ns, char text[static UNITS_TEXT_MAX]);
const char *count_text(double count, char text[static UNITS_TEXT_MAX]);

/*
 * plain_text copies a text, as much as there is room for, that a terminal may
 * be shown whoever wrote it: control characters, and bytes that are no UTF-8,
 * become \\xNN. Returns ret_text.
 */
const char *plain_text(const char *text, char *ret_text, size_t room);

#endif
