/* SPDX-License-Identifier: MIT */
/*
 * bench.c -- the command `bench`: one row for each mechanism and size
 */
#include "ipc/commands.h"
#include "ipc/report.h"
#include "ipc/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    JOBS_MAX = 1000000000, /* of a row that is bounded by time */
    WIDTH = 4000,          /* of the drawn picture; pixels */
    HEIGHT = 3000,
};

static const size_t default_sizes[] = { 64, 4096, 65536, 1048576 };
static const double default_seconds = 0.3;

struct bench {
    const struct options *options;
    const struct inputs *inputs;
    struct screen screen;
    struct report_row row; /* that is under way */
    double none_cpu_ns;
    int status;
};

static struct exchange_plan make_plan(const struct bench *b,
                                      const struct channel_ops *ops,
                                      size_t size)
{
    struct exchange_plan plan = commands_plan(b->options, ops);

    plan.size = size;
    plan.inputs = b->inputs;
    if (!b->options->jobs_given)
        plan.jobs = JOBS_MAX;
    if (b->options->seconds == 0 && !b->options->jobs_given)
        plan.budget_ns = (uint64_t)(default_seconds * 1e9);
    return plan;
}

/* Shows which row is under way. */
static void show_progress(void *arg, uint64_t done, uint64_t total)
{
    const struct bench *b = arg;
    const struct report_row *row = &b->row;
    char size[UNITS_TEXT_MAX];

    (void)total;
    if (!b->options->json)
        screen_show(&b->screen, "%s, %s: %" PRIu64 " jobs ...",
                    row->mechanism ? row->mechanism->name : "none",
                    row->plan.work == JOB_WORK_IMAGE
                        ? "images"
                        : size_text(row->plan.size, size),
                    done);
}

static void print_row(const struct bench *b, const struct report_row *row)
{
    screen_clear(&b->screen);
    if (row->outcome.signal)
        return;
    if (b->options->json)
        (void)report_json(row);
    else
        report_line(&b->screen, row);
    if (!b->options->json && row->mechanism)
        report_workers(&b->screen, row);
    (void)fflush(stdout);
}

/* Runs one cell and prints it; NULL: the row `none`. False when the run as
 * such failed. */
static bool run_row(struct bench *b, const struct mechanism *mechanism,
                    size_t size)
{
    struct report_row *row = &b->row;

    *row = (struct report_row){
        .mechanism = mechanism,
        .plan = make_plan(b, mechanism ? mechanism->ops : NULL, size),
        .none_cpu_ns = b->none_cpu_ns,
    };
    row->plan.progress = show_progress;
    row->plan.progress_arg = b;
    show_progress(b, 0, 0);
    (void)exchange_run(&row->plan, &row->outcome);
    if (!mechanism)
        b->none_cpu_ns = report_cpu_ns(row);
    print_row(b, row);
    report_problems(row);
    if (b->status < 128 && report_exit_status(&row->outcome) != 0)
        b->status = report_exit_status(&row->outcome);
    return !row->outcome.failure[0];
}

/* All mechanisms at one size, the reference first: what goes wrong without
 * IPC goes wrong with it. */
static void run_size(struct bench *b, size_t size)
{
    b->none_cpu_ns = 0;
    if (!run_row(b, NULL, size))
        return;
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (!commands_skipped(b->options, m) &&
            commands_selected(b->options, m) && b->status < 128)
            (void)run_row(b, m, size);
}

/* Below the rows, unless a signal ended them. */
static void print_rest(const struct bench *b)
{
    if (b->options->json || b->status >= 128)
        return;
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (commands_skipped(b->options, m) && commands_selected(b->options, m))
            report_skipped(&b->screen, m, commands_skipped(b->options, m));
    report_legend(&b->screen);
}

static void print_title(const struct bench *b)
{
    const struct options *o = b->options;

    printf("Pattern %s, work %s; each row ", pattern_name(o->pattern),
           work_name(o->work));
    if (o->jobs_given)
        printf("%" PRIu64 " jobs", o->jobs);
    if (o->seconds > 0 || !o->jobs_given)
        printf("%s%.3g s", o->jobs_given ? ", at most " : "",
               o->seconds > 0 ? o->seconds : default_seconds);
    printf("\n\n");
    report_title(&b->screen);
}

static void run_all(struct bench *b)
{
    const struct options *o = b->options;
    size_t count = o->size_count;
    const size_t *sizes = o->sizes;

    if (count == 0) {
        sizes = default_sizes;
        count = sizeof(default_sizes) / sizeof(default_sizes[0]);
    }
    if (o->work == JOB_WORK_IMAGE)
        count = 1;
    if (!o->json)
        print_title(b);
    for (size_t i = 0; i < count && b->status < 128; i++) {
        if (i > 0 && !o->json)
            putchar('\n');
        run_size(b, sizes[i]);
    }
    print_rest(b);
}

int bench_command(const struct options *options)
{
    struct options o = *options;
    struct inputs inputs = { 0 };
    struct bench b = {
        .options = &o,
        .inputs = &inputs,
        .screen = screen_of(stdout),
    };
    int status;

    if (!o.work_given)
        o.work = o.image_count ? JOB_WORK_IMAGE : JOB_WORK_VERIFY;
    status = commands_check(&o);
    if (status == 0)
        status = commands_inputs(&o, NULL, &inputs);
    if (status == 0 && o.work == JOB_WORK_IMAGE && inputs.count == 0)
        status = commands_draw(&inputs, WIDTH, HEIGHT);
    if (status == 0) {
        run_all(&b);
        status = b.status;
    }
    inputs_free(&inputs);
    return status;
}
