/* SPDX-License-Identifier: MIT */
#include "ipc/commands/report.h"

#include "ipc/exchange/rundir.h"
#include "ipc/lab/measure/draft.h"
#include "ipc/lab/measure/results_find.h"
#include "ipc/lab/show/html.h"
#include "ipc/lab/show/overview_markdown.h"
#include "ipc/options/setup.h"
#include "ipc/screen/screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char default_output[] = "report.html";

/* Where what is made goes: a file, which is there whole or not at all, or
 * stdout. */
struct target {
    const char *path; /* NULL: stdout */
    struct draft draft;
};

static FILE *open_target(struct target *target)
{
    int r;

    if (!target->path)
        return stdout;
    r = draft_open(&target->draft, target->path);
    if (r == 0)
        return target->draft.file;
    complain(NULL, "%s: %s", target->path, strerror(-r));
    return NULL;
}

/* An exit status. */
static int close_target(struct target *target)
{
    int r = target->path ? draft_finish(&target->draft, 0) : 0;

    if (r < 0)
        complain(NULL, "%s: %s", target->path, strerror(-r));
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void complain_of_plots(int r, const char *failure)
{
    const char *what = r == -ENOENT ? "gnuplot is not installed (sh setup.sh)"
                       : r == -EIO  ? "gnuplot failed"
                       : r == -ENODATA ? "no mechanism has a round trip and a "
                                         "rate of 64 B on two processors"
                                       : strerror(-r);

    complain(NULL, "report: the plots: %s%s%s", what, failure[0] ? ": " : "",
             failure);
}

/* --------------------------------------------------------------- the page */

/* 0, or an exit status. */
static int draw(const struct results_set *results, struct plots *plots)
{
    struct rundir rundir = { 0 };
    int r;

    if (setup_begin(&rundir) < 0)
        return EXIT_FAILURE;
    r = plots_draw(results, rundir.path, plots);
    if (r < 0)
        complain_of_plots(r, plots->failure);
    return setup_release(&rundir, r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static int make_page(const struct options *o, const struct results_set *results)
{
    struct target target = { .path = o->output ? o->output : default_output };
    struct plots plots = { 0 };
    FILE *stream;
    int status;

    status = draw(results, &plots);
    if (status == EXIT_SUCCESS) {
        stream = open_target(&target);
        if (stream)
            html_write(results, &plots, stream);
        status = stream ? close_target(&target) : EXIT_FAILURE;
    }
    if (status == EXIT_SUCCESS)
        printf("%s: plots: %zu, cells: %zu\n", target.path, plots.count,
               json_array_size(results->cells));
    plots_free(&plots);
    return status;
}

/* ------------------------------------------------------ a part of it alone */

static int make_markdown(const struct options *o,
                         const struct overview *overview, const json_t *run)
{
    struct target target = { .path = o->output };
    FILE *stream = open_target(&target);

    if (!stream)
        return EXIT_FAILURE;
    overview_markdown(overview, run, stream);
    return close_target(&target);
}

static int make_scatter(const struct options *o,
                        const struct overview *overview)
{
    struct target target = { .path = o->output };
    struct rundir rundir = { 0 };
    char failure[PLOTS_TEXT_MAX], *svg = NULL;
    FILE *stream;
    int r, status;

    if (setup_begin(&rundir) < 0)
        return EXIT_FAILURE;
    r = plots_scatter(overview, rundir.path,
                      strcmp(o->scatter, "dark") == 0 ? PLOT_DARK : PLOT_LIGHT,
                      &svg, failure);
    if (r < 0)
        complain_of_plots(r, failure);
    status = setup_release(&rundir, r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
    stream = status == EXIT_SUCCESS ? open_target(&target) : NULL;
    if (stream)
        (void)fputs(svg, stream);
    free(svg);
    return stream ? close_target(&target) : EXIT_FAILURE;
}

static int make_part(const struct options *o, const char *path,
                     const struct results_set *results)
{
    struct overview overview;

    if (!overview_make(results, &overview)) {
        complain(NULL,
                 "%s: it answers none of the usual questions, which "
                 "`bench` asks without --size, --pattern and --work",
                 path);
        return EXIT_FAILURE;
    }
    return o->markdown ? make_markdown(o, &overview, results->run)
                       : make_scatter(o, &overview);
}

static int run(const struct options *options)
{
    char text[RESULTS_FIND_TEXT_MAX];
    struct results_found found;
    struct results_set results;
    int status;

    if (options->argument_count > 1) {
        complain(NULL, "report: one file at most, as `bench --save` writes it");
        return EXIT_USAGE;
    }
    if (options->markdown && options->scatter) {
        complain(NULL, "report: --markdown and --scatter are two files");
        return EXIT_USAGE;
    }
    if (results_find(options->arguments[0], &found, &results, text) < 0) {
        complain(NULL, "report: %s", text);
        return EXIT_USAGE;
    }
    status = options->markdown || options->scatter
                 ? make_part(options, found.path[found.source], &results)
                 : make_page(options, &results);
    results_free(&results);
    return status;
}

const struct command report_command = {
    .name = "report",
    .bit = COMMAND_REPORT,
    .run = run,
    .arguments = "[RESULTS]",
    .alone = "[RESULTS]",
    .summary = "make a page of what bench saved",
    .more =
        "One HTML file with plots and a table to sort, that opens without a\n"
        "network. gnuplot draws the plots. With --markdown or --scatter it is\n"
        "the one table alone or one picture, on stdout without -o.",
};
