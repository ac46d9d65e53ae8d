/* SPDX-License-Identifier: MIT */
/*
 * plot_lists.h -- plots with a row for each mechanism
 */
#ifndef IPC_LAB_SHOW_PLOT_LISTS_H
#define IPC_LAB_SHOW_PLOT_LISTS_H

#include "ipc/lab/measure/results.h"
#include "ipc/lab/show/plot_look.h"

enum { PLOT_ROWS_MAX = 64 };

/* The cells of one plot, and those of all between which a switch is: they have
 * the same axes. */
struct plot_list {
    const json_t *row[PLOT_ROWS_MAX];
    size_t count;
    const json_t *all[4 * PLOT_ROWS_MAX];
    size_t all_count;
    enum plot_format format;
    const char *output;
};

/* A number of a cell by which rows are sorted, the least on top; NAN: the cell
 * is no row. */
typedef double plot_number_fn(const json_t *cell);
plot_number_fn plot_latency_number, plot_cpu_number, plot_calls_number,
    plot_share_number;

/* Each sorts the rows, and writes the commands. */
typedef void plot_list_fn(struct plot_list *list, FILE *script);
plot_list_fn plot_latency_write, plot_heat_write, plot_cpu_write,
    plot_calls_write, plot_share_write;

#endif
