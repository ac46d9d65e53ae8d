/* SPDX-License-Identifier: MIT */
#include "ipc/commands/workers.h"

#include "ipc/options/selection.h"
#include "ipc/options/setup.h"
#include "ipc/screen/outcome_row.h"
#include "shared/base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 4000, /* of the drawn picture; pixels */
    HEIGHT = 3000,
    PICTURES = 24,
    TEAM = 4, /* consumers, one of them slow */
    JOBS = 400,
    WINDOW = 64,
};

static const uint64_t quick_ns = 2000000;
static const uint64_t slow_ns = 20000000;

/* These take part; one stands for all those that deal jobs in turn. */
static const struct act {
    const char *mechanism;
    size_t depth; /* 0: as --depth says */
    const char *how;
} acts[] = {
    { "pipe", 0, "dealt in turn" },        { "posix-mq", 0, "from a queue" },
    { "ring-mpmc", 0, "from a queue" },    { "sqlite", 0, "from a queue" },
    { "redis-stream", 0, "from a queue" }, { "zeromq", 0, "when sent" },
    { "zeromq", 1, "when sent, 1" },
};

enum { ACTS = sizeof(acts) / sizeof(acts[0]) };

struct show {
    const struct options *options;
    struct screen screen;
    struct inputs inputs;
    struct outcome_row row; /* that is under way */
    uint64_t dealt_ns;      /* how long it took where jobs are dealt in turn */
    int status;
};

static void show_progress(void *arg, uint64_t done, uint64_t total)
{
    const struct show *s = arg;

    screen_show(&s->screen, "%s: %" PRIu64 " of %" PRIu64 " jobs ...",
                s->row.mechanism->name, done, total);
}

/* Runs what the row plans; false when it went wrong, which has been said. */
static bool run_row(struct show *s)
{
    int status;

    s->row.plan.progress = show_progress;
    s->row.plan.progress_arg = s;
    (void)exchange_run(&s->row.plan, &s->row.outcome);
    screen_clear(&s->screen);
    row_problems(&s->row);
    status = outcome_exit_status(&s->row.outcome);
    if (s->status < 128 && status != EXIT_SUCCESS)
        s->status = status;
    return status == EXIT_SUCCESS;
}

static void plan_pictures(struct show *s, const struct mechanism *m,
                          unsigned consumers)
{
    struct options o = *s->options;

    options_fix(&o, AXIS_WORK, JOB_WORK_IMAGE);
    options_fix(&o, AXIS_PRODUCERS, 1);
    options_fix(&o, AXIS_CONSUMERS, consumers);
    s->row = (struct outcome_row){ .mechanism = m };
    s->row.plan = setup_plan(&o, m->ops);
    s->row.plan.inputs = &s->inputs;
    if (!o.jobs_given)
        s->row.plan.jobs = PICTURES;
}

/* The same pictures, done by one consumer and by as many as can run. */
static void compare_numbers(struct show *s, const struct act *act,
                            unsigned many)
{
    const struct mechanism *m = mechanism_find(act->mechanism);
    char one_text[UNITS_TEXT_MAX], many_text[UNITS_TEXT_MAX];
    double one_ns, many_ns;

    plan_pictures(s, m, 1);
    if (!run_row(s))
        return;
    one_ns = (double)s->row.outcome.elapsed_ns;
    plan_pictures(s, m, many);
    if (!run_row(s))
        return;
    many_ns = (double)s->row.outcome.elapsed_ns;
    printf("%-15s %-14s %9s %9s %7.2f x\n", m->name, act->how,
           time_text(one_ns, one_text), time_text(many_ns, many_text),
           one_ns / many_ns);
    (void)fflush(stdout);
}

static void plan_slow(struct show *s, const struct mechanism *m, size_t depth)
{
    struct options o = *s->options;

    options_fix(&o, AXIS_WORK, JOB_WORK_VERIFY);
    options_fix(&o, AXIS_PATTERN, PATTERN_EXCHANGE);
    options_fix(&o, AXIS_PRODUCERS, 1);
    options_fix(&o, AXIS_CONSUMERS, TEAM);
    options_fix(&o, AXIS_WINDOW, WINDOW);
    o.depth = depth;
    s->row = (struct outcome_row){ .mechanism = m };
    s->row.plan = setup_plan(&o, m->ops);
    s->row.plan.jobs = JOBS;
    s->row.plan.size = 1000;
    s->row.plan.pause_ns = quick_ns;
    s->row.plan.slow_pause_ns = slow_ns;
}

/* One consumer is ten times as slow as the others: who gets how much? */
static void compare_slow(struct show *s, const struct act *act)
{
    const struct mechanism *m = mechanism_find(act->mechanism);
    const struct exchange_outcome *outcome = &s->row.outcome;
    char took[UNITS_TEXT_MAX];

    plan_slow(s, m, act->depth ? act->depth : s->options->depth);
    if (!run_row(s))
        return;
    if (!outcome->competing && s->dealt_ns == 0)
        s->dealt_ns = outcome->elapsed_ns;
    printf("%-15s %-14s %9s %9" PRIu64, m->name, act->how,
           time_text((double)outcome->elapsed_ns, took),
           outcome->jobs_of_consumer[0]);
    if (s->dealt_ns > 0)
        printf(" %7.2f x", (double)s->dealt_ns / (double)outcome->elapsed_ns);
    putchar('\n');
    (void)fflush(stdout);
}

static bool takes_part(const struct show *s, const struct act *act)
{
    const struct mechanism *m = mechanism_find(act->mechanism);

    return s->status < 128 && m && !mechanism_skipped(m) &&
           selection_has(s->options, m);
}

static void show_numbers(struct show *s)
{
    const unsigned many = place_count();
    char heading[80];

    screen_wrap(&s->screen,
                "A picture takes four tasks, and no picture waits for another: "
                "more consumers do more of them at once.",
                0);
    putchar('\n');
    (void)snprintf(heading, sizeof(heading), "%-15s %-14s %9s %6u %s %9s",
                   "mechanism", "jobs are given", "1 does it", many, "do",
                   "faster");
    screen_title(&s->screen, heading);
    for (size_t i = 0; i < ACTS; i++)
        if (acts[i].depth == 0 && takes_part(s, &acts[i]))
            compare_numbers(s, &acts[i], many);
    putchar('\n');
}

static void show_slow(struct show *s)
{
    char quick[UNITS_TEXT_MAX], slow[UNITS_TEXT_MAX], text[400];

    (void)snprintf(
        text, sizeof(text),
        "Now there are %d consumers, and the first is slow: a job takes it %s, "
        "and the others %s. A producer that deals jobs in turn waits for it. A "
        "queue hands out a job only when a consumer asks, so the quick ones "
        "take what the slow one would have had. ZeroMQ assigns a job when it "
        "is sent, so as many as its high-water mark allows (--depth) already "
        "wait for the slow one.",
        TEAM, time_text((double)slow_ns, slow),
        time_text((double)quick_ns, quick));
    screen_wrap(&s->screen, text, 0);
    putchar('\n');
    (void)snprintf(text, sizeof(text), "%-15s %-14s %9s %9s %9s", "mechanism",
                   "jobs are given", "all done", "slow did", "sooner");
    screen_title(&s->screen, text);
    for (size_t i = 0; i < ACTS; i++)
        if (takes_part(s, &acts[i]))
            compare_slow(s, &acts[i]);
}

/* A program with one mechanism may hold none of them. */
static int check_cast(const struct show *s)
{
    for (size_t i = 0; i < ACTS; i++)
        if (takes_part(s, &acts[i]))
            return 0;
    complain(NULL,
             "workers: none of the mechanisms here takes part (try: %s "
             "help workers)",
             program_invocation_short_name);
    return EXIT_USAGE;
}

static int run(const struct options *options)
{
    struct show s = { .options = options, .screen = screen_of(stdout) };
    int status;

    status = selection_check(options);
    if (status == 0)
        status = check_cast(&s);
    if (status == 0)
        status = setup_inputs(options, NULL, &s.inputs);
    if (status == 0)
        status =
            setup_check_store(options->store ? options->store : SETUP_STORE);
    if (status == 0 && s.inputs.count == 0)
        status = setup_draw(&s.inputs, WIDTH, HEIGHT);
    if (status == 0) {
        show_numbers(&s);
        show_slow(&s);
        status = s.status;
    }
    inputs_free(&s.inputs);
    return status;
}

const struct command workers_command = {
    .name = "workers",
    .bit = COMMAND_WORKERS,
    .run = run,
    .arguments = "[MECHANISM|FAMILY ...]",
    .alone = "",
    .summary = "show how queues share work, unlike pipes",
    .more =
        "It gives the same pictures to one consumer and to one for each "
        "processor, then\n"
        "small jobs to four consumers, of which one is slow. pipe, posix-mq, "
        "ring-mpmc,\n"
        "sqlite, redis-stream and zeromq take part.",
};
