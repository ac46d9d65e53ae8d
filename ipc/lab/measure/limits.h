/* SPDX-License-Identifier: MIT */
/*
 * limits.h -- what no program on this machine can be faster than
 *
 * Measured by the barest loops there are, in the same run as the mechanisms:
 * a mechanism that comes near its limit has nothing left to win.
 */
#ifndef IPC_LAB_MEASURE_LIMITS_H
#define IPC_LAB_MEASURE_LIMITS_H

#include "shared/process/child.h"

#include <stddef.h>

/* Nanoseconds each, the fastest of several tries; 0: not measured. */
struct limits {
    double clock_ns;   /* one look at the clock */
    double syscall_ns; /* getppid(2): in and out of the kernel */
    double line_ns;    /* a cache line to another processor, one way */
    /* There and back between two processes, [0] on one processor, [1] on two;
     * 0 on a machine that has one only. */
    double futex_ns[2];
    double pipe_ns[2];
};

/* limits_measure takes about half a second, with processes of its own. What
 * fails, takes far too long on a busy machine, or is given up since `stop`
 * returns other than 0, stays 0. */
struct limits limits_measure(child_stop_fn *stop);

/* limits_copy_ns returns how long memcpy(3) takes for that many bytes, from
 * one buffer to another that both have been used before; 0: no memory. */
double limits_copy_ns(size_t size);

#endif
