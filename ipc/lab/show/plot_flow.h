/* SPDX-License-Identifier: MIT */
/*
 * plot_flow.h -- throughput against size, a curve for each mechanism
 *
 * Each family takes PLOT_FLOW_PARTS of gnuplot's plots, one after the other in
 * the order of their numbers (plot_look.h), so that a page can pick one out.
 */
#ifndef IPC_LAB_SHOW_PLOT_FLOW_H
#define IPC_LAB_SHOW_PLOT_FLOW_H

#include "ipc/lab/measure/results.h"
#include "ipc/lab/show/plot_look.h"

enum { PLOT_FLOW_PARTS = 4, PLOT_FLOW_CELLS = 512 };

/* The cells of one plot: they differ in the mechanism and the size. */
struct plot_flow {
    const json_t *cell[PLOT_FLOW_CELLS];
    size_t count;
};

/* plot_flow_families returns the bits of the families that there are. */
unsigned plot_flow_families(const struct plot_flow *flow);

/* plot_flow_write writes the commands; the limit is that of the run. */
void plot_flow_write(const struct plot_flow *flow, const json_t *run,
                     enum plot_format format, const char *output, FILE *script);

#endif
