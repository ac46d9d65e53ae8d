/* SPDX-License-Identifier: MIT */
#include "ipc/commands/report.h"

#include "ipc/exchange/rundir.h"
#include "ipc/exchange/supervisor.h"
#include "ipc/lab/measure/draft.h"
#include "ipc/lab/measure/results_find.h"
#include "ipc/lab/show/html.h"
#include "ipc/lab/show/html_article.h"
#include "ipc/lab/show/overview_markdown.h"
#include "ipc/options/setup.h"
#include "ipc/screen/screen.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const char default_output[] = "report.html";

/* What there is to show: bench's results, or the article's, or both; then the
 * article's page has a name of its own. */
struct report {
    const struct options *options;
    struct results_found found;
    struct results_set results;
    struct article article;
    const char *results_page; /* NULL: there is none */
    const char *article_page;
    char second_name[PATH_MAX];
    struct plots plots;
    struct article_plots curves;
};

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

/* Has gnuplot draw in a directory that is there for it: a negative errno, with
 * gnuplot's words. */
typedef int draw_fn(void *arg, const char *dir, const char **ret_failure);

/* 0, or an exit status. A signal would leave the directory: it waits until that
 * is gone. */
static int draw(draw_fn *draw_in, void *arg)
{
    struct rundir rundir = { 0 };
    const char *failure = "";
    sigset_t held, saved;
    int r, status;

    supervisor_signals(&held);
    (void)sigprocmask(SIG_BLOCK, &held, &saved);
    r = setup_begin(&rundir);
    if (r == 0) {
        r = draw_in(arg, rundir.path, &failure);
        if (r < 0)
            complain_of_plots(r, failure);
    }
    status = setup_release(&rundir, r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
    (void)sigprocmask(SIG_SETMASK, &saved, NULL);
    return status;
}

/* -------------------------------------------------------------- the pages */

static int draw_results(void *arg, const char *dir, const char **ret_failure)
{
    struct report *report = arg;

    *ret_failure = report->plots.failure;
    return plots_draw(&report->results, dir, &report->plots);
}

static int draw_article(void *arg, const char *dir, const char **ret_failure)
{
    struct report *report = arg;

    *ret_failure = report->curves.failure;
    return article_plots_draw(&report->article, dir, &report->curves);
}

static int make_results_page(struct report *report)
{
    struct target target = { .path = report->results_page };
    FILE *stream;
    int status;

    status = draw(draw_results, report);
    stream = status == 0 ? open_target(&target) : NULL;
    if (!stream)
        return EXIT_FAILURE;
    html_write(&report->results, &report->plots, report->article.faults,
               report->article_page, stream);
    status = close_target(&target);
    if (status == 0)
        printf("%s: plots: %zu, cells: %zu\n", target.path, report->plots.count,
               json_array_size(report->results.cells));
    return status;
}

static int make_article_page(struct report *report)
{
    struct target target = { .path = report->article_page };
    FILE *stream;
    int status;

    status = draw(draw_article, report);
    stream = status == 0 ? open_target(&target) : NULL;
    if (!stream)
        return EXIT_FAILURE;
    html_article(&report->article, &report->curves, report->results_page,
                 stream);
    status = close_target(&target);
    if (status == 0)
        printf("%s: plots: %zu, claims: %zu, models: %zu\n", target.path,
               report->curves.count, json_array_size(report->article.claims),
               json_array_size(report->article.models));
    return status;
}

/* Faults stand on the page of the mechanisms, where there is one. */
static bool has_article(const struct report *report)
{
    return json_array_size(report->article.claims) > 0 ||
           json_array_size(report->article.models) > 0 || !report->results.run;
}

/* "report.html" and "report-article.html". */
static int name_pages(struct report *report)
{
    const char *first =
        report->options->output ? report->options->output : default_output;
    const char *dot = strrchr(first, '.');
    const size_t stem =
        dot && !strchr(dot, '/') ? (size_t)(dot - first) : strlen(first);

    if (report->results.run)
        report->results_page = first;
    if (!has_article(report))
        return 0;
    report->article_page = first;
    if (!report->results.run)
        return 0;
    report->article_page = report->second_name;
    if (snprintf(report->second_name, PATH_MAX, "%.*s-article%s", (int)stem,
                 first, first + stem) < PATH_MAX)
        return 0;
    complain(NULL, "%s: %s", first, strerror(ENAMETOOLONG));
    return EXIT_FAILURE;
}

static int make_pages(struct report *report)
{
    int status;

    status = name_pages(report);
    if (status == 0 && report->results_page)
        status = make_results_page(report);
    if (status == 0 && report->article_page)
        status = make_article_page(report);
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

struct scatter {
    const struct overview *overview;
    enum plot_theme theme;
    char *svg;
    char failure[PLOTS_TEXT_MAX];
};

static int draw_scatter(void *arg, const char *dir, const char **ret_failure)
{
    struct scatter *scatter = arg;

    *ret_failure = scatter->failure;
    return plots_scatter(scatter->overview, dir, scatter->theme, &scatter->svg,
                         scatter->failure);
}

static int make_scatter(const struct options *o,
                        const struct overview *overview)
{
    struct target target = { .path = o->output };
    struct scatter scatter = {
        .overview = overview,
        .theme = strcmp(o->scatter, "dark") == 0 ? PLOT_DARK : PLOT_LIGHT,
    };
    FILE *stream = NULL;

    if (draw(draw_scatter, &scatter) == 0)
        stream = open_target(&target);
    if (stream)
        (void)fputs(scatter.svg, stream);
    free(scatter.svg);
    return stream ? close_target(&target) : EXIT_FAILURE;
}

static int make_part(const struct report *report)
{
    const struct options *o = report->options;
    struct overview overview;

    if (!report->results.run) {
        complain(NULL, "report: --markdown and --scatter are of what bench "
                       "saved; `claims --markdown` is the article's page");
        return EXIT_USAGE;
    }
    if (!overview_make(&report->results, &overview)) {
        complain(NULL,
                 "%s: it answers none of the usual questions, which "
                 "`bench` asks without --size, --pattern and --work",
                 report->found.path[report->found.source]);
        return EXIT_FAILURE;
    }
    return o->markdown ? make_markdown(o, &overview, report->results.run)
                       : make_scatter(o, &overview);
}

/* --------------------------------------------------------- what there is */

static int load_article(struct report *report, const char *path)
{
    char text[JSON_LINES_TEXT_MAX];

    if (article_add(&report->article, path, text) == 0)
        return 0;
    complain(NULL, "report: %s: %s", path, text);
    return EXIT_USAGE;
}

/* NULL: what `make bench` saved, or the run for reference. */
static int load_results(struct report *report, const char *path)
{
    char text[RESULTS_FIND_TEXT_MAX];

    if (results_find(path, &report->found, &report->results, text) == 0)
        return 0;
    complain(NULL, "report: %s", text);
    return EXIT_USAGE;
}

static int load_all(struct report *report)
{
    const struct options *o = report->options;
    int status = 0;

    if (o->argument_count == 0)
        return load_results(report, NULL);
    for (unsigned i = 0; status == 0 && i < o->argument_count; i++)
        if (article_is(o->arguments[i]))
            status = load_article(report, o->arguments[i]);
        else if (!report->results.run)
            status = load_results(report, o->arguments[i]);
        else {
            complain(NULL, "report: one file of `bench --save` at most");
            status = EXIT_USAGE;
        }
    if (status == 0 && !report->results.run &&
        json_array_size(report->article.claims) == 0 &&
        json_array_size(report->article.models) == 0 &&
        json_array_size(report->article.faults) == 0) {
        complain(NULL, "report: %s: it holds no claim, no model and no fault",
                 o->arguments[0]);
        status = EXIT_USAGE;
    }
    return status;
}

static int run(const struct options *options)
{
    struct report report = { .options = options };
    int status;

    if (options->markdown && options->scatter) {
        complain(NULL, "report: --markdown and --scatter are two files");
        return EXIT_USAGE;
    }
    status = load_all(&report);
    if (status == 0)
        status = options->markdown || options->scatter ? make_part(&report)
                                                       : make_pages(&report);
    plots_free(&report.plots);
    article_plots_free(&report.curves);
    results_free(&report.results);
    article_free(&report.article);
    return status;
}

const struct command report_command = {
    .name = "report",
    .bit = COMMAND_REPORT,
    .run = run,
    .arguments = "[RESULTS ...]",
    .alone = "[RESULTS ...]",
    .summary = "make pages of what was saved by --save",
    .more =
        "A page is an HTML file with plots that opens without a network; "
        "gnuplot draws\n"
        "the plots. What bench saved is one page; what claims and models "
        "saved is\n"
        "another, FILE-article.html beside the first; what faults saved is a "
        "table of the\n"
        "first. With --markdown or "
        "--scatter it is\n"
        "the one table of bench alone or one picture, on stdout without -o.",
};
