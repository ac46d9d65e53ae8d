/* SPDX-License-Identifier: MIT */
/*
 * spread.h -- how surely saved cells show what they show, by their rounds
 *
 * Each takes a figure of each round by its key, and leaves out the rounds that
 * others disturbed. Intervals are as of statistics_estimate.
 */
#ifndef IPC_LAB_MEASURE_SPREAD_H
#define IPC_LAB_MEASURE_SPREAD_H

#include "ipc/lab/measure/statistics.h"

#include <jansson.h>

/* spread_estimate takes those of one cell; of all its rounds when others
 * disturbed most of them. */
struct estimate spread_estimate(const json_t *cell, const char *key);

/* spread_ratio divides those of one cell by those of the same rounds of
 * another: both were measured within the same moments, so that what slowed all
 * down is in neither. */
struct estimate spread_ratio(const json_t *cell, const json_t *other,
                             const char *key);

/*
 * spread_modes tells whether the rounds of a cell are of two kinds, so that
 * their median may be of either. They are split by what was noted of each: what
 * the processors of both sides share; how long a cache line took from one to
 * another just before; how often a job gave its processor up. A split counts
 * when the medians of the two rates are a factor of MODES_FACTOR apart and
 * chance would make such a difference in less than one of 20 splits
 * (statistics_u_test); of several the one with the largest factor does. Where
 * none counts, the rates themselves may fall into two buckets, for a reason
 * that is not known (statistics_buckets).
 */
#define MODES_FACTOR 1.2

enum { MODES_WHEN_MAX = 100 };

struct modes {
    size_t some, others;           /* rounds of each kind */
    double some_rate, others_rate; /* medians, in jobs per second */
    char when[MODES_WHEN_MAX];     /* what was noted of some: "a cache line ..."
                                      "": nothing tells them apart */
};

bool spread_modes(const json_t *cell, struct modes *ret_modes);

/* modes_factor returns how many times the one rate is the other. */
double modes_factor(const struct modes *modes);

#endif
