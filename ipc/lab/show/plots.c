/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/plots.h"

#include "ipc/lab/show/plot_scatter.h"

#include <errno.h>
#include <string.h>

static void tell_plot(const struct plot_source *source,
                      const struct plot_script *script, struct plot *ret_plot)
{
    ret_plot->script = *script;
    ret_plot->families = plot_script_families(source, script);
    plot_script_title(script, ret_plot->title);
    plot_script_caption(source, script, ret_plot->caption);
}

static void write_plots(const struct results_set *results, struct plots *plots,
                        FILE *script)
{
    char name[GNUPLOT_NAME_MAX];
    struct plot_source source;

    plot_script_find(results, &source);
    plots->count = source.count;
    plots->left_out = source.left_out;
    for (size_t i = 0; i < source.count; i++) {
        tell_plot(&source, &source.script[i], &plots->plot[i]);
        for (unsigned format = 0; format < PLOT_FORMATS; format++)
            plot_script_write(&source, &source.script[i], format,
                              gnuplot_output(i, format, name), script);
    }
}

int plots_draw(const struct results_set *results, const char *dir,
               struct plots *ret_plots)
{
    struct gnuplot gnuplot;
    int r;

    *ret_plots = (struct plots){ 0 };
    r = gnuplot_begin(&gnuplot, dir);
    if (r < 0)
        return r;
    write_plots(results, ret_plots, gnuplot.script);
    r = gnuplot_run(&gnuplot, ret_plots->count > 0);
    for (size_t i = 0; r == 0 && i < ret_plots->count; i++)
        r = gnuplot_take(&gnuplot, i, ret_plots->plot[i].svg);
    (void)strcpy(ret_plots->failure, gnuplot.failure);
    return r;
}

void plots_free(struct plots *plots)
{
    for (size_t i = 0; i < plots->count; i++)
        gnuplot_drop(plots->plot[i].svg);
    *plots = (struct plots){ 0 };
}

int plots_scatter(const struct overview *overview, const char *dir,
                  enum plot_theme theme, char **ret_svg,
                  char ret_failure[static PLOTS_TEXT_MAX])
{
    char name[GNUPLOT_NAME_MAX];
    struct gnuplot gnuplot;
    int r;

    ret_failure[0] = '\0';
    if (!plot_scatter_first(overview, false))
        return -ENODATA;
    r = gnuplot_begin(&gnuplot, dir);
    if (r < 0)
        return r;
    plot_scatter_write(overview, false, theme, PLOT_WIDE,
                       gnuplot_output(0, PLOT_WIDE, name), gnuplot.script);
    r = gnuplot_run(&gnuplot, true);
    if (r == 0)
        r = gnuplot_take_file(&gnuplot, 0, PLOT_WIDE, ret_svg);
    (void)strcpy(ret_failure, gnuplot.failure);
    return r;
}
