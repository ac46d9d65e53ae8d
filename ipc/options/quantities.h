/* SPDX-License-Identifier: MIT */
/*
 * quantities.h -- numbers as people type them
 */
#ifndef IPC_OPTIONS_QUANTITIES_H
#define IPC_OPTIONS_QUANTITIES_H

#include <stddef.h>
#include <stdint.h>

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

/* duration_parse reads "40ms", "1.5s", "100us" or "0": -EINVAL; -ERANGE beyond
 * a minute. */
int duration_parse(const char *text, uint64_t *ret_ns);

/* box_parse reads "1000x750". -EINVAL, -ERANGE (sides are 1 to 65500). */
int box_parse(const char *text, unsigned *ret_width, unsigned *ret_height);

#endif
