/* SPDX-License-Identifier: MIT */
#include "ipc/commands/report.h"

#include "ipc/exchange/rundir.h"
#include "ipc/lab/measure/draft.h"
#include "ipc/lab/show/html.h"
#include "ipc/options/setup.h"
#include "ipc/screen/screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char default_output[] = "report.html";

static int save(const struct results_set *results, const struct plots *plots,
                const char *path)
{
    struct draft draft;
    int r;

    r = draft_open(&draft, path);
    if (r < 0)
        return r;
    html_write(results, plots, draft.file);
    return draft_finish(&draft, 0);
}

static const char *plot_error(int r)
{
    return r == -ENOENT ? "gnuplot is not installed (sh setup.sh)"
           : r == -EIO  ? "gnuplot failed"
                        : strerror(-r);
}

/* 0, or an exit status. */
static int draw(const struct results_set *results, struct plots *plots)
{
    struct rundir rundir = { 0 };
    int r;

    if (setup_begin(&rundir) < 0)
        return EXIT_FAILURE;
    r = plots_draw(results, rundir.path, plots);
    if (r < 0)
        complain(NULL, "report: the plots: %s%s%s", plot_error(r),
                 plots->failure[0] ? ": " : "", plots->failure);
    return setup_release(&rundir, r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static int report(const struct options *o, const struct results_set *results)
{
    const char *path = o->output ? o->output : default_output;
    struct plots plots = { 0 };
    int r, status;

    status = draw(results, &plots);
    if (status == EXIT_SUCCESS) {
        r = save(results, &plots, path);
        if (r < 0) {
            complain(NULL, "%s: %s", path, strerror(-r));
            status = EXIT_FAILURE;
        } else
            printf("%s: plots: %zu, cells: %zu\n", path, plots.count,
                   json_array_size(results->cells));
    }
    plots_free(&plots);
    return status;
}

static int run(const struct options *options)
{
    char text[RESULTS_TEXT_MAX];
    struct results_set results;
    int status;

    if (options->argument_count != 1) {
        complain(NULL, "report: one file is needed, as `bench --save` writes "
                       "it");
        return EXIT_USAGE;
    }
    if (results_load(options->arguments[0], &results, text) < 0) {
        complain(NULL, "%s: %s", options->arguments[0], text);
        return EXIT_USAGE;
    }
    status = report(options, &results);
    results_free(&results);
    return status;
}

const struct command report_command = {
    .name = "report",
    .bit = COMMAND_REPORT,
    .run = run,
    .arguments = "RESULTS",
    .alone = "RESULTS",
    .summary = "make a page of what bench saved",
    .more =
        "One HTML file with plots and a table to sort, that opens without a\n"
        "network. gnuplot draws the plots.",
};
