/* SPDX-License-Identifier: MIT */
#include "ipc/lab/models/model_runs_print.h"

#include "ipc/lab/models/critical_path.h"
#include "ipc/lab/models/timeline.h"
#include "shared/base/units.h"

#include <inttypes.h>
#include <stdio.h>

struct paper {
    const struct screen *screen;
    const struct model_runs *runs;
};

static void tell_alone(const struct paper *p, const struct model_run *run,
                       uint64_t span_ns)
{
    const double all = (double)run_took_ns(run, run->middle);
    const double cpu = (double)run->alone.cpu_ns / RUNS_ALONE;
    char took[UNITS_TEXT_MAX], used[UNITS_TEXT_MAX], text[200];

    (void)snprintf(text, sizeof(text), "%s: %s", run->model->name,
                   run->model->title);
    screen_title(p->screen, text);
    timeline_one(p->screen, run_middle(run), span_ns);
    (void)snprintf(
        text, sizeof(text),
        "%s in all, %.2f times the critical path; %s of CPU time, so "
        "that %u processor%s idle for %.0f %% of it",
        time_text(all, took), all / (double)runs_path_ns(p->runs),
        time_text(cpu, used), p->runs->processors,
        p->runs->processors == 1 ? " was" : "s were",
        100 * (1 - cpu / all / p->runs->processors));
    printf("  ");
    screen_wrap(p->screen, text, 2);
    putchar('\n');
}

/* What no order of the tasks can be faster than. */
static void tell_path(const struct paper *p)
{
    const struct drive_record *record = run_middle(&p->runs->yardstick);
    char path[UNITS_TEXT_MAX], text[300];

    (void)snprintf(text, sizeof(text),
                   "No order of the tasks is faster than the critical path: %s "
                   "for %s, as serial measures them.",
                   time_text((double)runs_path_ns(p->runs), path),
                   critical_path_text(record, p->runs->processors));
    screen_wrap(p->screen, text, 0);
    putchar('\n');
}

static void show_alone(const struct paper *p)
{
    const uint64_t span = runs_longest_ns(p->runs);
    char column[UNITS_TEXT_MAX], text[240];

    (void)snprintf(
        text, sizeof(text),
        "One picture at a time (of %d the one that took the median "
        "time). A full bar computes, a light one waits for the "
        "server; a column is %s.",
        RUNS_ALONE,
        time_text((double)span / timeline_columns(p->screen), column));
    screen_wrap(p->screen, text, 0);
    putchar('\n');
    for (size_t i = 0; i < p->runs->count; i++)
        tell_alone(p, &p->runs->run[i], span);
}

static double per_second(const struct drive_outcome *outcome)
{
    return (double)outcome->done / ((double)outcome->elapsed_ns / 1e9);
}

static double busy(const struct drive_outcome *outcome)
{
    return (double)outcome->cpu_ns / (double)outcome->elapsed_ns;
}

static void tell_stream(const struct paper *p, const struct model_run *run,
                        uint64_t span_ns)
{
    char text[200];

    (void)snprintf(
        text, sizeof(text), "%s: %.1f pictures/s, %.2f processors busy",
        run->model->name, per_second(&run->stream), busy(&run->stream));
    screen_title(p->screen, text);
    timeline_stream(p->screen, &run->stream, span_ns);
    putchar('\n');
}

static void show_stream(const struct paper *p)
{
    const struct drive_outcome *first = &p->runs->run[0].stream;
    const uint64_t span = runs_shown_ns(p->runs);
    char length[UNITS_TEXT_MAX], text[240];

    (void)snprintf(text, sizeof(text),
                   "A stream of %" PRIu64
                   " pictures, %u of them under way: the "
                   "first %s. The height of a column says how many of a task "
                   "are under way; full height is %u.",
                   first->done, first->window, time_text((double)span, length),
                   first->window);
    screen_wrap(p->screen, text, 0);
    putchar('\n');
    for (size_t i = 0; i < p->runs->count; i++)
        tell_stream(p, &p->runs->run[i], span);
}

static void table_line(const struct paper *p, const struct model_run *run)
{
    const struct model_run *serial = runs_find(p->runs, "serial");
    const uint64_t all = run_took_ns(run, run->middle);
    char took[UNITS_TEXT_MAX];

    printf("%-12s %10s %8.2f", run->model->name, time_text((double)all, took),
           (double)all / (double)runs_path_ns(p->runs));
    if (run->stream.done > 0) {
        const uint64_t bound = runs_bound_ns(p->runs, run);

        printf(" %12.1f %8.2f %8.2f", per_second(&run->stream),
               (double)run->stream.elapsed_ns / (double)bound,
               busy(&run->stream));
        if (serial)
            printf(" %8.2f",
                   per_second(&run->stream) / per_second(&serial->stream));
    }
    putchar('\n');
}

/* What the columns are, of those that are there. */
static void tell_columns(const struct paper *p)
{
    char text[600];
    const bool stream = p->runs->run[0].stream.done > 0;

    (void)snprintf(
        text, sizeof(text),
        "one: a picture alone. x path: how many times its critical path that "
        "is.%s%s",
        stream ? " pictures/s: in the stream. x bound: how many times as long "
                 "as the stream takes at the least, by the processors and by "
                 "what is under way. CPUs: processors that the model kept busy "
                 "(the server's work is not among them)."
               : "",
        stream && runs_find(p->runs, "serial")
            ? " x serial: how many times as fast as serial."
            : "");
    screen_wrap(p->screen, text, 0);
}

static void show_table(const struct paper *p)
{
    char text[200];
    const bool stream = p->runs->run[0].stream.done > 0;

    (void)snprintf(text, sizeof(text), "%-12s %10s %8s%s%s", "model", "one",
                   "x path", stream ? "   pictures/s  x bound     CPUs" : "",
                   stream && runs_find(p->runs, "serial") ? " x serial" : "");
    screen_title(p->screen, text);
    for (size_t i = 0; i < p->runs->count; i++)
        table_line(p, &p->runs->run[i]);
    putchar('\n');
    tell_columns(p);
}

static void tell_server(const struct paper *p)
{
    const struct upload_server_options *served = p->runs->served;
    char latency[UNITS_TEXT_MAX], rate[UNITS_TEXT_MAX], text[300];

    if (!served)
        (void)snprintf(text, sizeof(text),
                       "Uploads go to the server of --upload-url.");
    else
        (void)snprintf(
            text, sizeof(text),
            "Uploads go to an HTTP server of our own, which answers after %s "
            "and takes %s%s. This machine has %u processors.",
            time_text((double)served->latency_ns, latency),
            served->bytes_per_second
                ? bytes_text((double)served->bytes_per_second, rate)
                : "bytes as fast as they come",
            served->bytes_per_second ? " a second" : "", p->runs->processors);
    screen_wrap(p->screen, text, 0);
    putchar('\n');
}

void runs_print(const struct model_runs *runs, const struct screen *screen)
{
    const struct paper paper = { .screen = screen, .runs = runs };

    tell_server(&paper);
    tell_path(&paper);
    show_alone(&paper);
    if (runs->run[0].stream.done > 0)
        show_stream(&paper);
    show_table(&paper);
}
