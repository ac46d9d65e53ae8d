/* SPDX-License-Identifier: MIT */
/*
 * bound.h -- which limit of the machine a cell cannot pass
 *
 *      ping-pong       a round trip is two hand-overs: of a cache line where
 *                      both sides spin on two processors, else of the processor
 *                      or a wake-up (futex, the cheapest there is)
 *      many jobs       a job takes at least as long as its payload takes to be
 *                      copied, if it is, by two sides that share the copies; or
 *                      as half its system calls take
 *      image work      the work itself, by as many consumers as there are
 *
 * These are models: what no program passes, not what one could reach.
 */
#ifndef IPC_LAB_MEASURE_BOUND_H
#define IPC_LAB_MEASURE_BOUND_H

#include "ipc/lab/measure/grid.h"
#include "ipc/lab/measure/limits.h"

struct bound {
    const char *kind; /* "memcpy", "calls", "line", "wake-up", "work"; NULL:
                         none is known */
    double ns;        /* of a job; of a round trip in ping-pong */
};

/* bound_of: none_ns is the CPU time of a job without IPC. */
struct bound bound_of(const struct cell *cell, const struct limits *limits,
                      double none_ns);

#endif
