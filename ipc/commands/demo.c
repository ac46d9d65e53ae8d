/* SPDX-License-Identifier: MIT */
#include "ipc/commands/demo.h"

#include "ipc/lab/measure/round.h"
#include "ipc/lab/trace/calls.h"
#include "ipc/options/selection.h"
#include "ipc/options/setup.h"
#include "ipc/screen/narrate.h"
#include "ipc/screen/outcome_summary.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    JOBS = 24,
    SMALL_MESSAGE = 64, /* bytes: below, a mechanism gets a smaller picture */
    NONE_JOBS = 8,
    CALLS_MOST = 100000, /* to be counted: a second or two */
    MECHANISMS_MAX = 64,
    RESTARTS = 5, /* without progress */
    RESTARTS_TOLD = 16,
    HEADING_MAX = 32,
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
    size_t selected;          /* mechanisms that take part */
    bool steps;               /* the first job's are told */
    _Atomic uint64_t *cpu_ns; /* shared: of all jobs, within the channels; NULL:
                                 it is not known */
    bool untraceable;         /* this system does not let count system calls */
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
    if (!d->steps)
        screen_show(&d->screen,
                    "%2zu/%zu  %-15s %" PRIu64 " of %" PRIu64 " jobs ...",
                    d->row_count, d->selected, row->mechanism->name, done,
                    row->plan.jobs);
    else if (done > 0) /* until then the first job's steps are being told */
        screen_show(&d->screen, "  %" PRIu64 " of %" PRIu64 " jobs ...", done,
                    row->plan.jobs);
}

/* The steps of a first job have been told. */
static void tell_restart(void *arg, const struct restart *restart)
{
    struct demo *d = arg;
    const struct outcome_row *row = &d->rows[d->row_count - 1];
    char heading[HEADING_MAX];

    narration.quiet = true;
    if (!d->steps || restart->number > RESTARTS_TOLD)
        return;
    screen_clear(&d->screen);
    (void)snprintf(heading, sizeof(heading), "Restart %" PRIu64,
                   restart->number);
    screen_item(&d->screen, INDENT, heading,
                "%s; %" PRIu64 " of %" PRIu64 " jobs are settled, %" PRIu64
                " %s sent again%s",
                restart->why, restart->settled, row->plan.jobs, restart->again,
                restart->again == 1 ? "is" : "are",
                restart->number == RESTARTS_TOLD ? ". Others are not told"
                                                 : "");
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
    if (!d->options->restarts_given)
        plan.restarts = RESTARTS;
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
}

static void tell_place(void *arg, const char *dir)
{
    const struct demo *d = arg;
    const struct exchange_plan *plan = &d->rows[d->row_count - 1].plan;

    if (!d->steps)
        return;
    if (plan->restarts > 0 && plan->pattern != PATTERN_STREAM) {
        screen_item(&d->screen, INDENT, "Journal",
                    "after kill -9, --resume DIR goes on; DIR is");
        printf("%*s%s\n", 2 * INDENT, "", dir); /* as long as it is */
    }
    putchar('\n');
    narrate_title(&narration);
}

static void prepare_narration(struct demo *d, struct outcome_row *row,
                              struct channel_ops *narrated)
{
    narrate_wrap(row->mechanism->ops, narrated);
    narration = (struct narration){
        .screen = &d->screen,
        .start_ns = clock_ns(),
        .quiet = !d->steps,
        .cpu_ns = d->cpu_ns,
    };
    if (d->cpu_ns)
        atomic_store(d->cpu_ns, 0);
    row->plan.decorator = narrated;
    row->plan.decoration = &narration;
    row->plan.narrate_tasks = d->steps ? tell_tasks : NULL;
    row->plan.progress = show_progress;
    row->plan.tell_place = tell_place;
    row->plan.tell_restart = tell_restart;
    row->plan.progress_arg = d;
}

static double ipc_of(const struct demo *d, const struct outcome_row *row)
{
    const uint64_t jobs = row->outcome.verdict.completed;

    if (!d->cpu_ns || jobs == 0 || row->plan.model)
        return -1; /* a model works in the meantime */
    return (double)atomic_load(d->cpu_ns) / (double)jobs +
           row->outcome.broker_cpu_ns;
}

/* One line; what went wrong is told behind it. */
static void tell_line(const struct demo *d, const struct outcome_row *row)
{
    const bool good = outcome_good(&row->outcome);
    char text[VERDICT_TEXT_MAX];

    printf("%2zu/%zu  %-15s %s%s%s\n", d->row_count, d->selected,
           row->mechanism->name,
           screen_style(&d->screen, good ? STYLE_GOOD : STYLE_BAD),
           row->outcome.failure[0] ? row_verdict(row)
                                   : verdict_text(&row->outcome.verdict, text),
           screen_style(&d->screen, STYLE_END));
    (void)fflush(stdout);
}

/* A payload of that size is compared rather than resized, so the calls are the
 * channels' alone. A signal waits until the traced run has cleaned up. */
static double count_calls(struct demo *d, const struct outcome_row *row)
{
    struct exchange_plan plan = row->plan;
    double calls[WORKER_ROLES];
    sigset_t saved;
    int r;

    if (!outcome_good(&row->outcome) || d->untraceable)
        return -1;
    plan.work = JOB_WORK_VERIFY;
    plan.size = row_payload(row);
    plan.narrate_tasks = NULL;
    plan.restarts = 0;
    plan.resume = NULL;
    plan.tell_place = NULL;
    plan.kills.after_ns = 0;
    plan.confine = false; /* there is nothing to decode */
    screen_show(&d->screen, "%2zu/%zu  %-15s its system calls are counted ...",
                d->row_count, d->selected, row->mechanism->name);
    (void)sigprocmask(SIG_BLOCK, NULL, &saved);
    round_hold();
    r = calls_count(&plan, CALLS_MOST, round_stop_signal, calls);
    (void)sigprocmask(SIG_SETMASK, &saved, NULL);
    d->untraceable = r == -EPERM;
    if (r < 0)
        return r == -E2BIG ? INFINITY : -1;
    return calls[WORKER_PRODUCER] + calls[WORKER_CONSUMER];
}

static void demonstrate(struct demo *d, const struct mechanism *mechanism)
{
    const struct subject *subject = subject_for(d, mechanism);
    struct outcome_row *row = &d->rows[d->row_count++];
    struct channel_ops narrated;

    row->mechanism = mechanism;
    row->plan = make_plan(d, mechanism->ops, &subject->inputs);
    row->none_cpu_ns = row_cpu_ns(&subject->none);
    prepare_narration(d, row, &narrated);
    if (d->steps)
        introduce(d, mechanism);
    (void)exchange_run(&row->plan, &row->outcome);
    row->plan.decorator = NULL; /* it goes with this function */
    row->ipc_ns = ipc_of(d, row);
    row->calls = count_calls(d, row);
    screen_clear(&d->screen);
    if (!row->outcome.signal && d->steps)
        summary_tell(&d->screen, row);
    else if (!row->outcome.signal)
        tell_line(d, row);
    row_problems(row);
    if (d->status < 128 && outcome_exit_status(&row->outcome) != 0)
        d->status = outcome_exit_status(&row->outcome);
}

static void show_table(const struct demo *d)
{
    if (!d->steps)
        putchar('\n');
    row_title(&d->screen);
    row_line(&d->screen, &d->large.none);
    if (d->small.inputs.count)
        row_line(&d->screen, &d->small.none);
    for (size_t i = 0; i < d->row_count; i++)
        row_line(&d->screen, &d->rows[i]);
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (selection_skips(d->options, m) && selection_has(d->options, m))
            row_skipped(&d->screen, m, selection_skips(d->options, m));
    row_legend(&d->screen, &d->large.none, d->rows, d->row_count);
    if (d->untraceable)
        complain(NULL, "system calls were not counted: this system does not "
                       "allow tracing");
    if (!d->steps && d->row_count > 0)
        printf("\nStep by step: `%s demo %s`, or --steps for each.\n",
               program_invocation_short_name, d->rows[0].mechanism->name);
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

static bool takes_part(const struct demo *d, const struct mechanism *m)
{
    return !selection_skips(d->options, m) && selection_has(d->options, m);
}

/* A journal is of one run. */
static int select_mechanisms(struct demo *d)
{
    for (const struct mechanism *m = mechanisms; m->name; m++)
        d->selected += takes_part(d, m);
    d->steps = d->options->steps || d->selected == 1;
    if (!d->options->resume || d->selected == 1)
        return 0;
    complain(NULL, "--resume goes on with one run: name one mechanism, which "
                   "need not be the same");
    return EXIT_USAGE;
}

static int prepare(struct demo *d)
{
    int status;

    status = select_mechanisms(d);
    if (status == 0)
        status = setup_inputs(d->options, NULL, &d->large.inputs);
    if (status == 0)
        status = setup_check_store(d->options->store ? d->options->store
                                                     : SETUP_STORE);
    if (status == 0 && d->large.inputs.count == 0)
        status = draw(d, &d->large, 4000, 3000);
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (status == 0 && takes_part(d, m) && subject_for(d, m) == &d->small &&
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
        if (takes_part(d, m) && d->status < 128)
            demonstrate(d, m);
    if (d->status < 128)
        show_table(d);
}

static _Atomic uint64_t *share_counter(void)
{
    void *memory = mmap(NULL, sizeof(_Atomic uint64_t), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

static int run(const struct options *options)
{
    struct options o = *options;
    struct demo d = { .options = &o, .screen = screen_of(stdout) };
    int status;

    options_fix(&o, AXIS_WORK, JOB_WORK_IMAGE);
    status = selection_check(&o);
    if (status == 0)
        status = setup_check_models(&o);
    if (status == 0)
        status = setup_check_system(&o);
    if (status == 0)
        status = prepare(&d);
    d.rows = calloc(MECHANISMS_MAX, sizeof(*d.rows));
    if (status == 0 && !d.rows)
        status = EXIT_FAILURE;
    if (status == 0) {
        d.cpu_ns = share_counter();
        run_all(&d);
        status = d.status;
    }
    if (d.cpu_ns)
        (void)munmap(d.cpu_ns, sizeof(*d.cpu_ns));
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
    .summary = "send images, and tell how it is done",
    .more = "With one mechanism it follows the first job step by step and then "
            "does the\n"
            "rest; with several it prints a line for each, unless you ask for "
            "--steps. It\n"
            "ends with a table, in which the row `none` is the same work in "
            "one process.",
};
