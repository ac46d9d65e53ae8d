/* SPDX-License-Identifier: MIT */
/*
 * plot_script.h -- what gnuplot is told to draw
 */
#ifndef IPC_LAB_SHOW_PLOT_SCRIPT_H
#define IPC_LAB_SHOW_PLOT_SCRIPT_H

#include "ipc/lab/measure/results.h"

/* Each plot is drawn for a wide screen and for a narrow one. */
enum plot_format { PLOT_WIDE, PLOT_NARROW, PLOT_FORMATS };

enum { PLOT_TITLE_MAX = 240, PLOT_SCRIPTS_MAX = 48 };

/* One plot: of what kind, and the first of the cells that it shows. The others
 * differ from it in the mechanism alone, and where throughput is drawn against
 * size in that. */
struct plot_script {
    unsigned kind;
    const json_t *first; /* the results' */
};

/* plot_script_find finds all that can be drawn of these results, for each
 * placement, window and so on a plot of its own; returns how many. */
size_t plot_script_find(
    const struct results_set *results,
    struct plot_script ret_scripts[static PLOT_SCRIPTS_MAX]);

/* plot_script_title tells what is drawn, with all that the cells have in
 * common. */
void plot_script_title(const struct plot_script *plot,
                       char ret_title[static PLOT_TITLE_MAX]);
const char *plot_script_caption(const struct plot_script *plot);

/* plot_script_write writes the commands that draw one into a file. */
void plot_script_write(const struct plot_script *plot,
                       const struct results_set *results,
                       enum plot_format format, const char *output,
                       FILE *script);

#endif
