/* SPDX-License-Identifier: MIT */
/*
 * load.h -- what else the machine did while something was measured
 *
 * The time that all processors were not idle, less the CPU time of this process
 * and of the children it has reaped, is other programs' (proc(5), /proc/stat;
 * getrusage(2)). Its clock ticks a hundred times a second: over a tenth of a
 * second the answer is right to within a tenth of a processor.
 */
#ifndef IPC_LAB_MEASURE_LOAD_H
#define IPC_LAB_MEASURE_LOAD_H

#include <stdbool.h>
#include <stdint.h>

struct load_mark {
    uint64_t at_ns;
    uint64_t own_ns;   /* CPU time */
    uint64_t idle_ns;  /* of all processors */
    uint64_t steal_ns; /* a hypervisor's, of all processors */
};

struct load {
    double foreign; /* processors that others kept busy, on average */
    double steal;   /* processors that the hypervisor gave to others */
};

struct load_mark load_mark(void);

/* load_since: from the mark until now; zeros where /proc/stat is not there. */
struct load load_since(const struct load_mark *mark);

/* load_disturbs: whether it is too much for a measurement to be believed. */
bool load_disturbs(const struct load *load);

#endif
