/* SPDX-License-Identifier: MIT */
/*
 * plot_scatter.h -- all mechanisms as dots: how long, and how many a second
 *
 * The dots are the figures of the one table (overview.h): the round trip of
 * 64 bytes, and how many such messages go through one by one.
 */
#ifndef IPC_LAB_SHOW_PLOT_SCATTER_H
#define IPC_LAB_SHOW_PLOT_SCATTER_H

#include "ipc/lab/show/overview.h"
#include "ipc/lab/show/plot_look.h"

/* plot_scatter_first returns the first round trip that is drawn, on one
 * processor or on two; NULL: there is no dot. */
const json_t *plot_scatter_first(const struct overview *overview, bool one);

/* plot_scatter_elsewhere: whether on one processor only the round trip was
 * measured, and how many go through is that on two. */
bool plot_scatter_elsewhere(const struct overview *overview, bool one);

/* plot_scatter_write writes the commands; both placements have the same axes,
 * so that it is seen what moves. */
void plot_scatter_write(const struct overview *overview, bool one,
                        enum plot_theme theme, enum plot_format format,
                        const char *output, FILE *script);

#endif
