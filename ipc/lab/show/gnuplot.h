/* SPDX-License-Identifier: MIT */
/*
 * gnuplot.h -- pictures that gnuplot(1) draws: one script, one run for all of
 * them, as most of its time is its start
 */
#ifndef IPC_LAB_SHOW_GNUPLOT_H
#define IPC_LAB_SHOW_GNUPLOT_H

#include "ipc/lab/show/plot_look.h"

#include <stddef.h>
#include <stdio.h>

enum {
    GNUPLOT_NAME_MAX = 64,
    GNUPLOT_TEXT_MAX = 160,
    GNUPLOT_SVG_MAX = 1 << 20,
};

struct gnuplot {
    const char *dir;                /* for files that come and go */
    FILE *script;                   /* for the commands */
    char failure[GNUPLOT_TEXT_MAX]; /* its first words when it failed */
};

/* gnuplot_begin opens the script in a directory, whose name stays the caller's:
 * errors of fopen(3). */
int gnuplot_begin(struct gnuplot *gnuplot, const char *dir);

/* gnuplot_output returns the name of the file of a drawing, for plot_begin. */
const char *gnuplot_output(size_t plot, enum plot_format format,
                           char text[static GNUPLOT_NAME_MAX]);

/* gnuplot_run closes the script and, if something is to be drawn, has it drawn.
 * -ENOENT: gnuplot is not installed; -EIO: it failed. */
int gnuplot_run(struct gnuplot *gnuplot, bool draw);

/* gnuplot_take reads a plot's drawings, as elements for a page, whose names
 * begin with the plot's own. Free them by gnuplot_drop, also on failure. */
int gnuplot_take(const struct gnuplot *gnuplot, size_t plot,
                 char *ret_svg[static PLOT_FORMATS]);
void gnuplot_drop(char *svg[static PLOT_FORMATS]);

/* gnuplot_take_file reads one drawing as the file that it is. The caller frees
 * it. */
int gnuplot_take_file(const struct gnuplot *gnuplot, size_t plot,
                      enum plot_format format, char **ret_svg);

#endif
