/* SPDX-License-Identifier: MIT */
/*
 * article_plots.h -- the plots of those claims that have curves
 */
#ifndef IPC_LAB_SHOW_ARTICLE_PLOTS_H
#define IPC_LAB_SHOW_ARTICLE_PLOTS_H

#include "ipc/lab/show/article.h"
#include "ipc/lab/show/gnuplot.h"

enum { ARTICLE_PLOTS_MAX = 64 };

struct article_plot {
    const json_t *claim;     /* the article's */
    char *svg[PLOT_FORMATS]; /* owned */
};

struct article_plots {
    struct article_plot plot[ARTICLE_PLOTS_MAX];
    size_t count;
    char failure[GNUPLOT_TEXT_MAX]; /* gnuplot's first words when it failed */
};

/* article_plots_draw draws them; `dir` is a directory for the files that come
 * and go. Errors of gnuplot_run. Pair with article_plots_free, also on
 * failure. */
int article_plots_draw(const struct article *article, const char *dir,
                       struct article_plots *ret_plots);
void article_plots_free(struct article_plots *plots);

/* article_plots_find returns that of a claim, or NULL. */
const struct article_plot *article_plots_find(const struct article_plots *plots,
                                              const json_t *claim);

#endif
