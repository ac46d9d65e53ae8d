/* SPDX-License-Identifier: MIT */
/*
 * results_make.h -- from the cells of a grid to what is saved of them
 */
#ifndef IPC_LAB_MEASURE_RESULTS_MAKE_H
#define IPC_LAB_MEASURE_RESULTS_MAKE_H

#include "ipc/lab/measure/grid.h"
#include "ipc/lab/measure/limits.h"
#include "ipc/lab/measure/results.h"

/* Facts about the run as a whole. */
struct results_run {
    uint64_t seed;
    unsigned rounds;
    uint64_t turns;  /* what this run and that of another build, with which it
                        took turns, are known by; 0: it was alone */
    double seconds;  /* of each run, warm-up aside; 0: until --jobs are done */
    json_t *machine; /* as it was before (machine.h); not taken over */
    struct limits limits;
};

/* results_make makes the objects of a grid; cells without a round are left out
 * unless they failed. -ENOMEM. Pair with results_free. */
int results_make(const struct grid *grid, const struct results_run *run,
                 struct results_set *ret_results);

#endif
