/* SPDX-License-Identifier: MIT */
/*
 * plot_curves.h -- what a claim measured over something: a curve for each case
 */
#ifndef IPC_LAB_SHOW_PLOT_CURVES_H
#define IPC_LAB_SHOW_PLOT_CURVES_H

#include "ipc/lab/show/plot_look.h"

/* plot_curves_can tells whether a claim has curves: two points of one at
 * least. */
bool plot_curves_can(const json_t *claim);

/* plot_curves_write writes the commands that draw them into a file. A point is
 * the median of its rounds, with a bar from the least of them to the most. */
void plot_curves_write(const json_t *claim, enum plot_format format,
                       const char *output, FILE *script);

#endif
