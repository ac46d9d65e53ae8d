/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/article_plots.h"

#include "ipc/lab/show/plot_curves.h"

#include <string.h>

static void find_plots(const struct article *article,
                       struct article_plots *plots)
{
    for (size_t i = 0; i < json_array_size(article->claims) &&
                       plots->count < ARTICLE_PLOTS_MAX;
         i++) {
        const json_t *claim = json_array_get(article->claims, i);

        if (plot_curves_can(claim))
            plots->plot[plots->count++].claim = claim;
    }
}

static void write_plots(const struct article_plots *plots, FILE *script)
{
    char name[GNUPLOT_NAME_MAX];

    for (size_t i = 0; i < plots->count; i++)
        for (unsigned format = 0; format < PLOT_FORMATS; format++)
            plot_curves_write(plots->plot[i].claim, format,
                              gnuplot_output(i, format, name), script);
}

int article_plots_draw(const struct article *article, const char *dir,
                       struct article_plots *ret_plots)
{
    struct gnuplot gnuplot;
    int r;

    *ret_plots = (struct article_plots){ 0 };
    r = gnuplot_begin(&gnuplot, dir);
    if (r < 0)
        return r;
    find_plots(article, ret_plots);
    write_plots(ret_plots, gnuplot.script);
    r = gnuplot_run(&gnuplot, ret_plots->count > 0);
    for (size_t i = 0; r == 0 && i < ret_plots->count; i++)
        r = gnuplot_take(&gnuplot, i, ret_plots->plot[i].svg);
    (void)strcpy(ret_plots->failure, gnuplot.failure);
    return r;
}

void article_plots_free(struct article_plots *plots)
{
    for (size_t i = 0; i < plots->count; i++)
        gnuplot_drop(plots->plot[i].svg);
    *plots = (struct article_plots){ 0 };
}

const struct article_plot *article_plots_find(const struct article_plots *plots,
                                              const json_t *claim)
{
    for (size_t i = 0; i < plots->count; i++)
        if (plots->plot[i].claim == claim)
            return &plots->plot[i];
    return NULL;
}
