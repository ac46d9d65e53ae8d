/* SPDX-License-Identifier: MIT */
/*
 * rounds.h -- runs the cells of a grid, again and again
 *
 * A round is every cell once, in an order that is drawn anew: whatever drifts
 * (heat, caches, the hypervisor) hits all alike. A run that others disturbed
 * (load.h) is done again at the end of its round, up to ROUNDS_REPEATS_MAX
 * times; then it is kept, and marked. One in which no job ended is done again,
 * too, and lasts longer from then on, up to 20 s: a cell in which no job ends
 * then has failed.
 */
#ifndef IPC_LAB_MEASURE_ROUNDS_H
#define IPC_LAB_MEASURE_ROUNDS_H

#include "ipc/lab/measure/grid.h"
#include "ipc/lab/measure/limits.h"
#include "ipc/screen/screen.h"

enum { ROUNDS_REPEATS_MAX = 4 };

struct rounds {
    unsigned count;              /* of each cell */
    uint64_t seed;               /* of the order */
    const struct screen *screen; /* for progress; NULL: show none */
    struct limits *limits;       /* to be measured in each; NULL: none */
};

/* rounds_run: 0, or the signal that ended it; then some cells have fewer
 * rounds. Signals that ask to stop are to be blocked (rounds_hold). */
int rounds_run(struct grid *grid, const struct rounds *rounds);

/* rounds_hold blocks SIGINT, SIGTERM and SIGHUP, so that they end the run
 * between two cells at the latest, with what was measured;
 * rounds_stop_signal returns one that came, or 0. */
void rounds_hold(void);
int rounds_stop_signal(void);

#endif
