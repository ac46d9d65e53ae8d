/* SPDX-License-Identifier: MIT */
/*
 * round.h -- one round: every cell of a grid once
 *
 * A run that others disturbed (load.h) is done again at the end of its round,
 * up to ROUND_REPEATS_MAX times; then it is kept, and marked. One in which no
 * job ended is done again, too, and lasts longer from then on, up to a limit: a
 * cell in which no job ends then has failed.
 */
#ifndef IPC_LAB_MEASURE_ROUND_H
#define IPC_LAB_MEASURE_ROUND_H

#include "ipc/lab/measure/grid.h"
#include "ipc/screen/screen.h"

enum { ROUND_REPEATS_MAX = 4 };

/* The measurement that is under way. */
struct course {
    struct grid *grid;
    const struct screen *screen; /* for progress; NULL: show none */
    unsigned count;              /* rounds of each cell */
    unsigned builds;             /* that are measured in turns */
    uint64_t longest_ns;         /* that a run is lengthened to */
    unsigned round;              /* the one that is run, from 0 */
    uint64_t start_ns;
    size_t runs;             /* done, repeats aside */
    uint64_t repeat_ns;      /* spent on them */
    const struct cell *cell; /* the one that is run */
    int signal;              /* the one that ended it, or 0 */
};

/* round_run runs the cells whose places in the grid `list` holds, all of them,
 * in that order, which it overwrites. */
void round_run(struct course *c, size_t *list);

/* round_keep_latency takes over the latencies of one run of a cell, allocated;
 * NULL: there are none. */
void round_keep_latency(struct cell *cell, struct histogram *latency,
                        bool disturbed);

/* round_hold blocks SIGINT, SIGTERM and SIGHUP, so that they end the
 * measurement between two runs at the latest, with what was measured;
 * round_stop_signal returns one that came, or 0. */
void round_hold(void);
int round_stop_signal(void);

#endif
