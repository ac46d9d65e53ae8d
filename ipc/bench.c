/* SPDX-License-Identifier: MIT */
/*
 * bench.c -- the command `bench`: one row for each mechanism and size
 */
#include "ipc/commands.h"
#include "ipc/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    JOBS_MAX = 10000000, /* of a row that is bounded by time */
    WIDTH = 4000,        /* of the drawn picture; pixels */
    HEIGHT = 3000,
};

static const size_t default_sizes[] = { 64, 4096, 65536, 1048576 };
static const double default_seconds = 0.3;

struct bench {
    const struct options *options;
    const struct inputs *inputs;
    struct screen screen;
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

/* Runs one cell and prints it; NULL: the row `none`. */
static void run_row(struct bench *b, const struct mechanism *mechanism,
                    size_t size)
{
    struct report_row row = {
        .mechanism = mechanism,
        .plan = make_plan(b, mechanism ? mechanism->ops : NULL, size),
        .none_cpu_ns = b->none_cpu_ns,
    };

    (void)exchange_run(&row.plan, &row.outcome);
    if (!mechanism)
        b->none_cpu_ns = report_cpu_ns(&row);
    if (b->options->json)
        (void)report_json(&row);
    else
        report_line(&b->screen, &row);
    (void)fflush(stdout);
    report_problems(&row);
    if (b->status < 128 && report_exit_status(&row.outcome) != 0)
        b->status = report_exit_status(&row.outcome);
}

/* All mechanisms at one size, the reference first. */
static void run_size(struct bench *b, size_t size)
{
    b->none_cpu_ns = 0;
    run_row(b, NULL, size);
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (m->ops && commands_selected(b->options, m) && b->status < 128)
            run_row(b, m, size);
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
    if (!o->json) {
        printf("%s, work %s; every row %s\n\n", pattern_name(o->pattern),
               work_name(o->work),
               o->jobs_given ? "the same jobs" : "about the same time");
        report_title(&b->screen);
    }
    for (size_t i = 0; i < count && b->status < 128; i++) {
        if (i > 0 && !o->json)
            putchar('\n');
        run_size(b, sizes[i]);
    }
    for (const struct mechanism *m = mechanisms; m->name && !o->json; m++)
        if (!m->ops && commands_selected(o, m))
            report_skipped(&b->screen, m);
    if (!o->json)
        report_legend(&b->screen);
}

int bench_command(const struct options *options)
{
    struct options o = *options;
    struct inputs inputs = { 0 };
    struct bench b = { .options = &o, .inputs = &inputs };
    int status;

    if (!o.work_given)
        o.work = o.image_count ? JOB_WORK_IMAGE : JOB_WORK_VERIFY;
    status = commands_check(&o);
    if (status == 0)
        status = commands_inputs(&o, NULL, &inputs);
    if (status == 0 && o.work == JOB_WORK_IMAGE && inputs.count == 0)
        status = commands_draw(&inputs, WIDTH, HEIGHT);
    if (status == 0) {
        b.screen = screen_of_stdout();
        run_all(&b);
        status = b.status;
    }
    inputs_free(&inputs);
    return status;
}
