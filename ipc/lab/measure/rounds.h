/* SPDX-License-Identifier: MIT */
/*
 * rounds.h -- runs the cells of a grid, again and again
 *
 * A round is every cell once (round.h), in an order that is drawn anew:
 * whatever drifts (heat, caches, the hypervisor) hits all alike. And each is
 * run by a program of its own start (fresh_start.h): or by two, another build
 * besides, in turns, so that what drifts hits both builds.
 */
#ifndef IPC_LAB_MEASURE_ROUNDS_H
#define IPC_LAB_MEASURE_ROUNDS_H

#include "ipc/lab/measure/limits.h"
#include "ipc/lab/measure/round.h"

struct rounds {
    unsigned count;              /* of each cell */
    uint64_t seed;               /* of the order */
    const struct screen *screen; /* for progress; NULL: show none */
    struct limits *limits;       /* to be measured in each; NULL: none */
    uint64_t longest_ns; /* that a run in which no job ends is lengthened to */
    char *const *words;  /* the command line that makes this grid, to be run
                             for each round; NULL: this process runs them */
    const char *against; /* the other build's program; NULL: none */
    struct grid *theirs; /* with it: the same grid, for what it measures */
};

/* rounds_run: 0, or the signal that ended it; then some cells have fewer
 * rounds. Signals that ask to stop are to be blocked (round_hold). -ENOMEM, and
 * errors of fresh_start_open and fresh_start_round. */
int rounds_run(struct grid *grid, const struct rounds *rounds);

#endif
