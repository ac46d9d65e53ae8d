/* SPDX-License-Identifier: MIT */
#include "ipc/commands/demo.h"

#include "ipc/options/selection.h"
#include "ipc/options/setup.h"
#include "ipc/screen/narrate.h"
#include "ipc/screen/outcome_summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    JOBS = 24,
    SMALL_MESSAGE = 64, /* bytes: below, a mechanism gets a smaller picture */
    NONE_JOBS = 8,
    MECHANISMS_MAX = 64,
    INDENT = 2,
};

static const double seconds = 1.5; /* for the jobs of one mechanism */

/* A picture, and what its work costs without IPC. */
struct subject {
    struct inputs inputs;
    struct outcome_row none;
};

struct demo {
    const struct options *options;
    struct screen screen;
    struct subject large; /* 12 megapixels, or what --image says */
    struct subject small; /* 2 megapixels, for eight bytes at a time */
    struct outcome_row *rows;
    size_t row_count;
    int status;
};

static struct narration narration;

static void tell_tasks(const struct job_result *result)
{
    narrate_tasks(&narration, result);
}

static void show_progress(void *arg, uint64_t done, uint64_t total)
{
    const struct demo *d = arg;
    const struct outcome_row *row = &d->rows[d->row_count - 1];

    (void)total;
    if (done > 0) /* until then the first job's steps are being told */
        screen_show(&d->screen, "  %" PRIu64 " of %" PRIu64 " jobs ...", done,
                    row->plan.jobs);
}

static bool is_slow(const struct mechanism *mechanism)
{
    return mechanism->ops->message_max > 0 &&
           mechanism->ops->message_max < SMALL_MESSAGE;
}

static struct subject *subject_for(struct demo *d,
                                   const struct mechanism *mechanism)
{
    return is_slow(mechanism) && d->options->image_count == 0 ? &d->small
                                                              : &d->large;
}

static struct exchange_plan make_plan(const struct demo *d,
                                      const struct channel_ops *ops,
                                      const struct inputs *inputs)
{
    struct exchange_plan plan = setup_plan(d->options, ops);

    plan.inputs = inputs;
    if (!d->options->jobs_given)
        plan.jobs = d->options->image_count ? inputs->count : JOBS;
    if (d->options->seconds == 0 && !d->options->jobs_given)
        plan.budget_ns = (uint64_t)(seconds * 1e9);
    return plan;
}

/* The same work without IPC, for the share of a job that is IPC. */
static void run_none(struct demo *d, struct subject *subject)
{
    struct outcome_row *row = &subject->none;
    /* Every picture once. */
    const size_t enough =
        subject->inputs.count > NONE_JOBS ? subject->inputs.count : NONE_JOBS;

    row->plan = make_plan(d, NULL, &subject->inputs);
    if (row->plan.jobs > enough)
        row->plan.jobs = enough;
    screen_show(&d->screen, "The same work without IPC, to compare with ...");
    (void)exchange_run(&row->plan, &row->outcome);
    screen_clear(&d->screen);
    /* A bad picture is told with each mechanism. */
    if (row->outcome.failure[0]) {
        row_problems(row);
        d->status = outcome_exit_status(&row->outcome);
    }
}

/* Tells what the supervisor does first. */
static const char *start_text(const struct demo *d,
                              const struct mechanism *mechanism)
{
    if (mechanism->ops->traits & CHANNEL_THREADS)
        return "makes the channels, forks a process of threads";
    return options_value(d->options, AXIS_PRODUCERS) +
                       options_value(d->options, AXIS_CONSUMERS) >
                   2
               ? "makes the channels, forks consumers and producers"
               : "makes both channels, forks consumer and producer";
}

static void introduce(const struct demo *d, const struct mechanism *mechanism)
{
    const struct screen *screen = &d->screen;

    printf("%s%s%s: ", screen_style(screen, STYLE_TITLE), mechanism->name,
           screen_style(screen, STYLE_END));
    screen_wrap(screen, mechanism->title, (int)strlen(mechanism->name) + 2);
    screen_item(screen, INDENT, "Rendezvous", "%s",
                mechanism->sheet[SHEET_RENDEZVOUS]);
    screen_item(screen, INDENT, "Copies", "%s", mechanism->sheet[SHEET_COPIES]);
    screen_item(screen, INDENT, "Source", "%s", mechanism->source);
    screen_item(screen, INDENT, "Supervisor", "process %d: %s", getpid(),
                start_text(d, mechanism));
    putchar('\n');
}

static void demonstrate(struct demo *d, const struct mechanism *mechanism)
{
    const struct subject *subject = subject_for(d, mechanism);
    struct outcome_row *row = &d->rows[d->row_count++];
    struct channel_ops narrated;

    row->mechanism = mechanism;
    row->plan = make_plan(d, mechanism->ops, &subject->inputs);
    row->none_cpu_ns = row_cpu_ns(&subject->none);
    introduce(d, mechanism);
    narrate_wrap(mechanism->ops, &narrated);
    narration = (struct narration){ &d->screen, clock_ns() };
    row->plan.decorator = &narrated;
    row->plan.decoration = &narration;
    row->plan.narrate_tasks = tell_tasks;
    row->plan.progress = show_progress;
    row->plan.progress_arg = d;
    narrate_title(&narration);
    (void)exchange_run(&row->plan, &row->outcome);
    row->plan.decorator = NULL; /* it goes with this function */
    screen_clear(&d->screen);
    if (!row->outcome.signal)
        summary_tell(&d->screen, row);
    row_problems(row);
    if (d->status < 128 && outcome_exit_status(&row->outcome) != 0)
        d->status = outcome_exit_status(&row->outcome);
}

static void show_table(const struct demo *d)
{
    row_title(&d->screen);
    row_line(&d->screen, &d->large.none);
    if (d->small.inputs.count)
        row_line(&d->screen, &d->small.none);
    for (size_t i = 0; i < d->row_count; i++)
        row_line(&d->screen, &d->rows[i]);
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (selection_skips(d->options, m) && selection_has(d->options, m))
            row_skipped(&d->screen, m, selection_skips(d->options, m));
    row_legend(&d->screen);
}

static int draw(struct demo *d, struct subject *subject, unsigned width,
                unsigned height)
{
    int status;

    screen_show(&d->screen, "The test picture is being drawn ...");
    status = setup_draw(&subject->inputs, width, height);
    screen_clear(&d->screen);
    return status;
}

static int prepare(struct demo *d)
{
    int status;

    status = setup_inputs(d->options, NULL, &d->large.inputs);
    if (status == 0)
        status = setup_check_store(d->options->store ? d->options->store
                                                     : SETUP_STORE);
    if (status == 0 && d->large.inputs.count == 0)
        status = draw(d, &d->large, 4000, 3000);
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (status == 0 && !selection_skips(d->options, m) &&
            selection_has(d->options, m) && subject_for(d, m) == &d->small &&
            d->small.inputs.count == 0)
            status = draw(d, &d->small, 1600, 1200);
    return status;
}

static void run_all(struct demo *d)
{
    run_none(d, &d->large);
    if (d->small.inputs.count && d->status == 0)
        run_none(d, &d->small);
    if (d->status != 0)
        return; /* what goes wrong without IPC goes wrong with it */
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (!selection_skips(d->options, m) && selection_has(d->options, m) &&
            d->status < 128)
            demonstrate(d, m);
    if (d->status < 128)
        show_table(d);
}

static int run(const struct options *options)
{
    struct options o = *options;
    struct demo d = { .options = &o, .screen = screen_of(stdout) };
    int status;

    options_fix(&o, AXIS_WORK, JOB_WORK_IMAGE);
    status = selection_check(&o);
    if (status == 0)
        status = prepare(&d);
    d.rows = calloc(MECHANISMS_MAX, sizeof(*d.rows));
    if (status == 0 && !d.rows)
        status = EXIT_FAILURE;
    if (status == 0) {
        run_all(&d);
        status = d.status;
    }
    free(d.rows);
    inputs_free(&d.large.inputs);
    inputs_free(&d.small.inputs);
    return status;
}

const struct command demo_command = {
    .name = "demo",
    .bit = COMMAND_DEMO,
    .run = run,
    .arguments = "[MECHANISM|FAMILY ...]",
    .alone = "",
    .summary = "send images, tell how it is done",
    .more = "Follows the first job step by step, then does the rest, and ends "
            "with\n"
            "a table and the row `none`: the same work in one process.",
};
