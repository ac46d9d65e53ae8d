/* SPDX-License-Identifier: MIT */
/*
 * limits.h -- what no program on this machine can be faster than
 *
 * Measured by the barest loops there are, in each round beside the mechanisms:
 * one that comes near its limit has nothing left to win.
 */
#ifndef IPC_LAB_MEASURE_LIMITS_H
#define IPC_LAB_MEASURE_LIMITS_H

#include "shared/process/child.h"

#include <stddef.h>

enum { LIMITS_COPIES_MAX = 32 };

/* Nanoseconds each, the fastest of all tries so far; 0: not measured. */
struct limits {
    double clock_ns;   /* one look at the clock */
    double syscall_ns; /* getppid(2): in and out of the kernel */
    double line_ns;    /* a cache line to another processor, one way */
    /* There and back between two processes, [0] on one processor, [1] on two;
     * 0 on a machine that has one only. */
    double futex_ns[2];
    double pipe_ns[2];
    /* memcpy(3) from one buffer to another that both have been used before */
    struct limits_copy {
        size_t size;
        double ns;
    } copy[LIMITS_COPIES_MAX];
    size_t copies;
};

/* limits_add_copy has copies of a size measured, too; beyond
 * LIMITS_COPIES_MAX sizes it is passed over. */
void limits_add_copy(struct limits *limits, size_t size);

/* limits_measure measures all of them once more, and keeps what is faster than
 * what was known. It takes about a tenth of a second, with processes of its
 * own. What fails, takes far too long on a busy machine, or is given up since
 * `stop` returns other than 0, is left as it was. */
void limits_measure(struct limits *limits, child_stop_fn *stop);

/* limits_line returns what one line takes just now, NAN where it cannot be
 * measured. It takes 2 ms. */
double limits_line(child_stop_fn *stop);

/* limits_copy_ns: of one of the sizes; 0: it is not known. */
double limits_copy_ns(const struct limits *limits, size_t size);

#endif
