/* SPDX-License-Identifier: MIT */
/*
 * ratio.h -- how many times one cell is another
 */
#ifndef IPC_LAB_MEASURE_RATIO_H
#define IPC_LAB_MEASURE_RATIO_H

#include "ipc/lab/measure/statistics.h"

#include <jansson.h>

/*
 * ratio_estimate divides a figure of each round of one cell, `key`, by that of
 * the same round of another: both were measured within the same moments, so
 * that what slowed all down is in neither. Rounds that others disturbed are
 * left out. The interval is as of statistics_estimate; there is none of fewer
 * than STATISTICS_LEAST rounds, or when the two were not measured together.
 */
struct estimate ratio_estimate(const json_t *cell, const json_t *other,
                               const char *key);

#endif
