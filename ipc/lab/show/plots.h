/* SPDX-License-Identifier: MIT */
/*
 * plots.h -- results as plots, drawn by gnuplot(1)
 */
#ifndef IPC_LAB_SHOW_PLOTS_H
#define IPC_LAB_SHOW_PLOTS_H

#include "ipc/lab/show/gnuplot.h"
#include "ipc/lab/show/plot_script.h"

enum {
    PLOTS_MAX = PLOT_SCRIPTS_MAX,
    PLOTS_TEXT_MAX = GNUPLOT_TEXT_MAX,
};

struct plot {
    struct plot_script script;
    char title[PLOT_TITLE_MAX];
    char caption[PLOT_CAPTION_MAX]; /* how to read it */
    unsigned families;              /* bits of those to be picked out */
    char *svg[PLOT_FORMATS];        /* one element, to stand in a page; owned */
};

struct plots {
    struct plot plot[PLOTS_MAX];
    size_t count;
    unsigned left_out;            /* sets of plots, there being too many */
    char failure[PLOTS_TEXT_MAX]; /* gnuplot's first words when it failed */
};

/*
 * plots_draw draws what the results have data for; `dir` is a directory for the
 * files that come and go. -ENOENT: gnuplot is not installed; -EIO: it failed.
 * Pair with plots_free, also on failure.
 */
int plots_draw(const struct results_set *results, const char *dir,
               struct plots *ret_plots);
void plots_free(struct plots *plots);

/*
 * plots_scatter draws the scatter of two processors as a picture by itself,
 * which the caller frees. -ENODATA: there is nothing to draw; otherwise as
 * plots_draw, with gnuplot's words in ret_failure.
 */
int plots_scatter(const struct overview *overview, const char *dir,
                  enum plot_theme theme, char **ret_svg,
                  char ret_failure[static PLOTS_TEXT_MAX]);

#endif
