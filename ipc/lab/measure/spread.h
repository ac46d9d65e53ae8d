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

#endif
