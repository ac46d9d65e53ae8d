/* SPDX-License-Identifier: MIT */
/*
 * grid.h -- the cells of a bench: what is measured, and what was measured
 *
 * In this room: what is measured, and what may be said of it.
 *
 * A cell is one mechanism with one value of every axis (size, pattern, work,
 * ...). The cells that differ in the mechanism alone are a group: they can be
 * compared. Each group begins with a cell `none`, the same work in one process
 * without IPC.
 */
#ifndef IPC_LAB_MEASURE_GRID_H
#define IPC_LAB_MEASURE_GRID_H

#include "ipc/exchange/exchange.h"
#include "ipc/lab/measure/load.h"
#include "ipc/options/options.h"

enum {
    GRID_ROUNDS_MAX = 100,
    GRID_WARMUP_SHARE = 4, /* a quarter of the time on top, not measured */
};

/* One run of a cell. */
struct round {
    double jobs_per_second;
    uint64_t latency_p50_ns;
    struct cost cost[WORKER_ROLES];
    double broker_cpu_ns; /* of a job */
    struct load load;
    bool disturbed; /* by too much of it */
    double line_ns; /* of a cache line to another processor, just before; NAN:
                       not measured */
    int cpu[WORKER_ROLES]; /* of exchange_outcome */
    pid_t process;         /* that ran it */
};

struct cell {
    const struct mechanism *mechanism; /* NULL: `none` */
    unsigned group;
    bool auto_batch;
    bool counts_calls; /* its system calls are a part of what was asked */
    struct exchange_plan plan; /* but for progress */

    /* The rounds that were measured so far. */
    struct round round[GRID_ROUNDS_MAX];
    unsigned rounds;
    unsigned repeats;          /* runs that were disturbed and done again */
    struct histogram *latency; /* of undisturbed rounds; owned */
    struct histogram *disturbed_latency; /* of those that others disturbed;
                                            owned; NULL: there are none */
    bool failed;                         /* a run did: no more of them */
    struct exchange_outcome outcome;     /* of the last run, or of that one */
    bool calls_known;
    double calls[WORKER_ROLES]; /* system calls of a job */
};

struct grid {
    struct cell *cell; /* owned */
    size_t count;
    unsigned groups;
};

/* grid_make lays out the cells that options ask for, with a mechanism that is
 * here; inputs are those of image work and stay the caller's. -ENOMEM. Pair
 * with grid_free, also on failure. */
int grid_make(const struct options *options, const struct inputs *inputs,
              struct grid *ret_grid);
void grid_free(struct grid *grid);

/* cell_counts_all: whether all of a cell's rounds count. Those that others
 * disturbed do only where the rest is no majority. */
bool cell_counts_all(const struct cell *cell);

/* grid_is_usual: whether the options ask for no cells of their own, but the
 * usual questions; these have one answer each where grid_is_simple. */
bool grid_is_usual(const struct options *options);
bool grid_is_simple(const struct options *options);

/* grid_wants_images: whether any cell would need inputs. */
bool grid_wants_images(const struct options *options);

#endif
