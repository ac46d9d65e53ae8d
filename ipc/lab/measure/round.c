/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/round.h"

#include "ipc/lab/measure/limits.h"
#include "ipc/screen/outcome_row.h"
#include "shared/base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };

enum { STOP_SIGNALS = sizeof(stop_signals) / sizeof(stop_signals[0]) };

void round_hold(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    for (size_t i = 0; i < STOP_SIGNALS; i++)
        (void)sigaddset(&set, stop_signals[i]);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
}

/* One that is ignored, as by nohup(1), is never pending. */
int round_stop_signal(void)
{
    sigset_t pending;

    (void)sigpending(&pending);
    for (size_t i = 0; i < STOP_SIGNALS; i++)
        if (sigismember(&pending, stop_signals[i]) == 1)
            return stop_signals[i];
    return 0;
}

static uint64_t left_ns(const struct course *c)
{
    const size_t all = c->grid->count * c->count * c->builds;
    const uint64_t spent = clock_ns() - c->start_ns - c->repeat_ns;

    return c->runs ? spent / c->runs * (all - c->runs) : 0;
}

/* Before the end of the first round nothing is known of the rest. */
static const char *left_text(const struct course *c,
                             char text[static UNITS_TEXT_MAX])
{
    const unsigned left = (unsigned)(left_ns(c) / 1000000000);

    text[0] = '\0';
    if (c->runs > 0)
        (void)snprintf(text, UNITS_TEXT_MAX, ", %u:%02u left", left / 60,
                       left % 60);
    return text;
}

static void show_progress(void *arg, uint64_t done, uint64_t total)
{
    const struct course *c = arg;
    const struct exchange_plan *plan = &c->cell->plan;
    char size[UNITS_TEXT_MAX], text[UNITS_TEXT_MAX];

    (void)done;
    (void)total;
    if (!c->screen)
        return;
    screen_show(c->screen, "round %u of %u%s: %s, %s %s %s", c->round + 1,
                c->count, left_text(c, text),
                c->cell->mechanism ? c->cell->mechanism->name : "none",
                pattern_name(plan->pattern), work_name(plan->work),
                plan->work == JOB_WORK_IMAGE ? ""
                                             : size_text(plan->size, size));
}

/* Of a round in which no job ended nothing is known: the cell's are longer from
 * now on. False: they are as long as any may be. */
static bool lengthen(struct cell *cell, uint64_t longest_ns)
{
    struct exchange_plan *plan = &cell->plan;
    const uint64_t wanted = 2 * (plan->budget_ns + cell->outcome.elapsed_ns);

    if (plan->budget_ns == 0 || plan->budget_ns >= longest_ns)
        return false;
    plan->budget_ns = wanted < longest_ns ? wanted : longest_ns;
    plan->warmup_ns = plan->budget_ns / GRID_WARMUP_SHARE;
    return true;
}

static void fail_without_jobs(struct cell *cell)
{
    (void)snprintf(cell->outcome.failure, sizeof(cell->outcome.failure),
                   "no job ended in %.3g s",
                   (double)(cell->plan.warmup_ns + cell->plan.budget_ns) / 1e9);
}

static void note_failure(struct course *c, struct cell *cell)
{
    const struct outcome_row row = {
        .mechanism = cell->mechanism,
        .plan = cell->plan,
        .outcome = cell->outcome,
    };

    cell->failed = true;
    if (c->screen)
        screen_clear(c->screen);
    row_problems(&row);
}

void round_keep_latency(struct cell *cell, struct histogram *latency,
                        bool disturbed)
{
    if (disturbed && !cell->disturbed_latency) {
        cell->disturbed_latency = latency;
        return;
    }
    if (latency)
        histogram_add(disturbed ? cell->disturbed_latency : cell->latency,
                      latency);
    free(latency);
}

/* How far apart the processors are just now, for cells that it matters to: on a
 * virtual machine that may change from one moment to the next. */
static double time_line(const struct cell *cell)
{
    if (!cell->mechanism || cell->plan.placement == PLACE_SAME)
        return NAN;
    return limits_line(round_stop_signal);
}

/* One run; true when it counts, or nothing more of the cell does. */
static bool run_cell(struct course *c, struct cell *cell, bool last_try)
{
    const double line_ns = time_line(cell);
    struct load_mark mark = load_mark();
    struct exchange_plan plan = cell->plan;
    struct histogram *latency = calloc(1, sizeof(*latency));
    struct round *round = &cell->round[cell->rounds];

    c->cell = cell;
    plan.progress = show_progress;
    plan.progress_arg = c;
    plan.latency = latency;
    show_progress(c, 0, 0);
    (void)exchange_run(&plan, &cell->outcome);
    *round = (struct round){
        .jobs_per_second = cell->outcome.jobs_per_second,
        .latency_p50_ns = cell->outcome.latency.p50_ns,
        .broker_cpu_ns = cell->outcome.broker_cpu_ns,
        .load = load_since(&mark),
        .process = getpid(),
        .line_ns = line_ns,
    };
    memcpy(round->cost, cell->outcome.cost, sizeof(round->cost));
    memcpy(round->cpu, cell->outcome.cpu, sizeof(round->cpu));
    round->disturbed = load_disturbs(&round->load);
    c->signal = cell->outcome.signal;
    if (c->signal == 0 && outcome_good(&cell->outcome) &&
        cell->outcome.jobs_per_second <= 0) {
        if (lengthen(cell, c->longest_ns)) {
            free(latency);
            return false;
        }
        fail_without_jobs(cell);
    }
    if (c->signal == 0 && !outcome_good(&cell->outcome))
        note_failure(c, cell);
    if (c->signal == 0 && !cell->failed && (!round->disturbed || last_try)) {
        round_keep_latency(cell, latency, round->disturbed);
        cell->rounds++;
        return true;
    }
    cell->repeats += c->signal == 0 && !cell->failed;
    free(latency);
    return cell->failed;
}

/* Runs the cells of a list once; those that have to be run again are what is
 * left of it. */
static size_t run_list(struct course *c, size_t *list, size_t count,
                       bool last_try)
{
    size_t again = 0;

    for (size_t i = 0; i < count && c->signal == 0; i++) {
        struct cell *cell = &c->grid->cell[list[i]];

        if (!cell->failed && !run_cell(c, cell, last_try))
            list[again++] = list[i];
        c->signal = c->signal ? c->signal : round_stop_signal();
    }
    return again;
}

/* A load that stays disturbs every repeat as well: then the marks must do. */
void round_run(struct course *c, size_t *list)
{
    size_t count = c->grid->count, left;
    uint64_t start;
    bool hopeless = false;

    left = run_list(c, list, count, false);
    c->runs += count;
    start = clock_ns();
    for (int i = 1; left > 0 && c->signal == 0; i++) {
        count = left;
        left = run_list(c, list, count, hopeless || i >= ROUND_REPEATS_MAX);
        hopeless = left == count && count > c->grid->count / 2;
    }
    c->repeat_ns += clock_ns() - start;
}
