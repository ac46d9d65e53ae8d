/* SPDX-License-Identifier: MIT */
#include "ipc/commands/bench.h"

#include "ipc/exchange/generation.h"
#include "ipc/exchange/rundir.h"
#include "ipc/job/store.h"
#include "ipc/lab/measure/fresh_start.h"
#include "ipc/lab/measure/machine.h"
#include "ipc/lab/measure/results.h"
#include "ipc/lab/measure/results_make.h"
#include "ipc/lab/measure/rounds.h"
#include "ipc/lab/show/overview_print.h"
#include "ipc/lab/show/table.h"
#include "ipc/lab/show/table_csv.h"
#include "ipc/lab/show/table_note.h"
#include "ipc/lab/trace/calls.h"
#include "ipc/options/near.h"
#include "ipc/options/selection.h"
#include "ipc/options/setup.h"
#include "ipc/screen/outcome_row.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WIDTH = 4000, /* of the drawn picture; pixels */
    HEIGHT = 3000,
    LONGEST_S = 20, /* that a run in which no job ends is lengthened to */
    ROUNDS = 9,
    ROUNDS_IN_TURNS = 20, /* signed ranks need more than the U test */
};

struct bench {
    struct options options; /* with a store, if one is needed */
    struct inputs inputs;
    struct rundir rundir; /* of the store, unless one was named */
    char store[PATH_MAX];
    struct screen screen;   /* of what was found, on stdout */
    struct screen progress; /* of what is going on: stderr, if a terminal */
    struct grid grid;
    struct grid theirs; /* of the other build, if there is one */
    struct results_run run;
    int signal;
};

static bool for_people(const struct options *o)
{
    return !o->json && !o->csv && !o->markdown;
}

/* Tells what a reader of figures must know, before the minutes they take. */
static void tell_warnings(const struct bench *b)
{
    const json_t *warnings = json_object_get(b->run.machine, "warnings");

    for (size_t i = 0; i < json_array_size(warnings); i++)
        screen_item(&b->screen, 0, i == 0 ? "Note" : "", "%s",
                    json_string_value(json_array_get(warnings, i)));
    if (json_array_size(warnings) > 0)
        putchar('\n');
    (void)fflush(stdout);
}

/* Whether one table can answer: options that ask more get all of them. */
static bool wants_one_table(const struct options *o)
{
    return grid_is_simple(o) && !o->all && !o->reference;
}

/* Counting takes as long as measuring, and the one table tells the calls of
 * some cells alone. */
static bool counts_calls(const struct bench *b, const struct cell *cell)
{
    return cell->mechanism && cell->rounds > 0 && !cell->failed &&
           (cell->counts_calls || !wants_one_table(&b->options));
}

static void count_calls(struct bench *b)
{
    const char *reason = NULL;
    unsigned done = 0, all = 0;

    for (size_t i = 0; i < b->grid.count; i++)
        all += counts_calls(b, &b->grid.cell[i]);
    for (size_t i = 0; i < b->grid.count && b->signal == 0; i++) {
        struct cell *cell = &b->grid.cell[i];
        int r;

        b->signal = round_stop_signal();
        if (!counts_calls(b, cell) || reason)
            continue;
        screen_show(&b->progress, "system calls are counted, %u of %u: %s",
                    ++done, all, cell->mechanism->name);
        r = calls_count(&cell->plan, UINT64_MAX, round_stop_signal,
                        cell->calls);
        cell->calls_known = r == 0;
        if (r == -EPERM)
            reason = "this system does not allow tracing";
    }
    screen_clear(&b->progress);
    if (reason)
        complain(NULL, "system calls were not counted: %s", reason);
}

/* Some sizes for people to compare with, and all that are measured. */
static void add_copies(struct bench *b)
{
    static const size_t sizes[] = { 64, 4096, 65536, 1 << 20, 6 << 20 };

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        limits_add_copy(&b->run.limits, sizes[i]);
    for (size_t i = 0; i < b->grid.count; i++)
        if (b->grid.cell[i].plan.size > 0)
            limits_add_copy(&b->run.limits, b->grid.cell[i].plan.size);
}

static int measure(struct bench *b)
{
    const struct rounds rounds = {
        .count = b->run.rounds,
        .seed = b->run.seed,
        .screen = &b->progress,
        .limits = &b->run.limits,
        .longest_ns = UINT64_C(1000000000) * LONGEST_S,
        .words = fresh_start_is_possible() ? b->options.words : NULL,
        .against = b->options.against,
        .theirs = &b->theirs,
    };
    int r;

    add_copies(b);
    r = rounds_run(&b->grid, &rounds);
    if (r < 0)
        complain(NULL, "bench: a round was not run: %s",
                 r == -ECHILD ? "its process died, or is of other sources"
                              : strerror(-r));
    else
        b->signal = r;
    if (r == 0)
        count_calls(b);
    return r < 0 ? r : 0;
}

/* The one table where it has something to say, else all of them. */
static void print_tables(const struct bench *b,
                         const struct results_set *results)
{
    struct overview overview;

    if (!wants_one_table(&b->options) || !overview_make(results, &overview)) {
        table_print(&b->screen, results, b->options.reference);
        return;
    }
    table_notes(&b->screen, results);
    overview_print(&b->screen, &overview);
    printf("\nA table for each question: --all\n");
}

static void print_results(const struct bench *b,
                          const struct results_set *results)
{
    const struct options *o = &b->options;

    if (o->json)
        (void)results_write(results, stdout);
    else if (o->csv)
        table_csv(results);
    else if (o->markdown)
        table_markdown(results, o->reference);
    else if (json_array_size(results->cells) > 0)
        print_tables(b, results);
}

static void print_skipped(const struct bench *b)
{
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (selection_skips(&b->options, m) && selection_has(&b->options, m))
            row_skipped(&b->screen, m, selection_skips(&b->options, m));
}

/* A run that was stopped may have little to show, and is kept beside what an
 * earlier one has left in the file. */
static int save(const struct bench *b, const struct results_set *results,
                const char *suffix)
{
    char path[PATH_MAX];
    int r;

    if (!b->options.save)
        return 0;
    r = snprintf(path, sizeof(path), "%s%s%s", b->options.save, suffix,
                 b->signal ? ".stopped" : "");
    r = (size_t)r < sizeof(path) ? results_save(results, path) : -ENAMETOOLONG;
    if (r < 0)
        complain(NULL, "--save %s: %s", path, strerror(-r));
    else if (b->signal)
        complain(NULL, "what was measured is in %s; %s%s is as it was", path,
                 b->options.save, suffix);
    return r < 0 ? EXIT_FAILURE : 0;
}

static const char other_suffix[] = ".against";

/* What the other build's rounds were, beside our own. */
static int save_other(const struct bench *b)
{
    struct results_set results;
    int status;

    if (!b->options.against)
        return 0;
    if (results_make(&b->theirs, &b->run, &results) < 0) {
        complain(NULL, "bench: %s", strerror(ENOMEM));
        return EXIT_FAILURE;
    }
    status = save(b, &results, other_suffix);
    results_free(&results);
    if (status == 0 && for_people(&b->options) && !b->signal)
        printf("\nTo compare the builds: %s compare-runs %s%s %s\n",
               program_invocation_short_name, b->options.save, other_suffix,
               b->options.save);
    return status;
}

static int exit_status(const struct bench *b)
{
    if (b->signal)
        return 128 + b->signal;
    for (size_t i = 0; i < b->grid.count; i++)
        if (b->grid.cell[i].failed)
            return EXIT_FAILURE;
    return EXIT_SUCCESS;
}

static int run_grid(struct bench *b)
{
    struct results_set results;
    int status, failed;

    b->run.machine = machine_describe();
    if (for_people(&b->options))
        tell_warnings(b);
    failed = measure(b) < 0 ? EXIT_FAILURE : 0;
    if (results_make(&b->grid, &b->run, &results) < 0) {
        complain(NULL, "bench: %s", strerror(ENOMEM));
        return EXIT_FAILURE;
    }
    print_results(b, &results);
    if (for_people(&b->options))
        print_skipped(b);
    if (b->signal)
        complain(NULL, "stopped by SIG%s; above is what was measured",
                 sigabbrev_np(b->signal));
    status = save(b, &results, "");
    results_free(&results);
    if (status == 0)
        status = save_other(b);
    if (status == 0)
        status = failed;
    return status ? status : exit_status(b);
}

/* A name that is wrong would only show after minutes. */
static int check_reference(const struct options *o)
{
    struct near near;
    char meant[NEAR_TEXT_MAX];

    if (!o->reference || strcmp(o->reference, "none") == 0 ||
        mechanism_find(o->reference))
        return 0;
    near = near_begin(o->reference);
    selection_offer(&near);
    complain(NULL, "--reference %s: no such mechanism%s", o->reference,
             near_text(&near, meant));
    return EXIT_USAGE;
}

/* Nor would a program that is none, or results that would be lost. */
static int check_against(const struct options *o)
{
    if (!o->against)
        return 0;
    if (!o->save) {
        complain(NULL, "--against needs --save: its results are a file");
        return EXIT_USAGE;
    }
    if (!fresh_start_is_possible()) {
        complain(NULL, "--against needs /proc: each round is run by a program "
                       "that is started for it");
        return EXIT_USAGE;
    }
    if (access(o->against, X_OK) == 0)
        return 0;
    complain(NULL, "--against %s: %s", o->against, strerror(errno));
    return EXIT_USAGE;
}

/* Uploads are kept where --store says, else only for the run. */
static int prepare_store(struct bench *b)
{
    if (!b->options.store) {
        if (setup_begin(&b->rundir) < 0)
            return EXIT_FAILURE;
        (void)snprintf(b->store, sizeof(b->store), "%.*s/store", PATH_MAX - 7,
                       b->rundir.path);
        b->options.store = b->store;
    }
    return setup_check_store(b->options.store);
}

static int prepare(struct bench *b)
{
    const struct options *o = &b->options;
    int status;

    status = selection_check(o);
    if (status == 0)
        status = setup_check_models(o);
    if (status == 0)
        status = setup_check_system(o);
    if (status == 0)
        status = check_reference(o);
    if (status == 0)
        status = check_against(o);
    if (status == 0)
        status = json_lines_check(o->save); /* nor would such a file */
    if (status == 0)
        status = setup_inputs(o, NULL, &b->inputs);
    if (status == 0 && grid_wants_images(o))
        status = prepare_store(b);
    if (status == 0 && grid_wants_images(o) && b->inputs.count == 0)
        status = setup_draw(&b->inputs, WIDTH, HEIGHT);
    if (status != 0)
        return status;
    if (grid_make(o, &b->inputs, &b->grid) < 0 ||
        (o->against && grid_make(o, &b->inputs, &b->theirs) < 0)) {
        complain(NULL, "bench: %s", strerror(ENOMEM));
        return EXIT_FAILURE;
    }
    if (b->grid.count == 0) {
        complain(NULL, "bench: these options leave nothing to measure; "
                       "--batch needs --pattern stream and work other than "
                       "image");
        return EXIT_USAGE;
    }
    return 0;
}

/* This program was started for one round. */
static int serve(struct bench *b)
{
    const int r = fresh_start_serve(&b->grid, &b->progress);

    if (r < 0)
        complain(NULL, "bench: the round that was asked for: %s", strerror(-r));
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static unsigned rounds_of(const struct options *o)
{
    if (o->rounds > 0)
        return o->rounds;
    return o->against ? ROUNDS_IN_TURNS : ROUNDS;
}

static int run(const struct options *options)
{
    struct bench b = {
        .options = *options,
        .screen = screen_of(stdout),
        .progress = screen_of(stderr),
        .run = { .seed = options->seed_given ? options->seed
                                             : generation_session() >> 32,
                 .rounds = rounds_of(options),
                 .turns = options->against ? generation_session() >> 16 : 0 },
    };
    int status;

    round_hold(); /* or a signal from here on would leave the directory */
    status = prepare(&b);
    if (status == 0 && fresh_start_asked())
        status = serve(&b);
    else if (status == 0) {
        b.run.seconds = (double)b.grid.cell[0].plan.budget_ns / 1e9;
        status = run_grid(&b);
    }
    json_decref(b.run.machine);
    grid_free(&b.grid);
    grid_free(&b.theirs);
    inputs_free(&b.inputs);
    return setup_release(&b.rundir, status);
}

const struct command bench_command = {
    .name = "bench",
    .bit = COMMAND_BENCH,
    .run = run,
    .arguments = "[MECHANISM|FAMILY ...]",
    .alone = "",
    .summary = "measure, and check every byte",
    .more =
        "Without options it asks the usual questions of every mechanism and "
        "answers\n"
        "them in one table; --all prints a table for each question. --work, "
        "--pattern,\n"
        "--size, --window, --batch, --rate, --wait, --pin, --producers and "
        "--consumers\n"
        "take lists with commas. It measures all combinations that make sense, "
        "in random\n"
        "order, and repeats what other programs disturb. docs/measuring.md "
        "explains how\n"
        "each figure comes about.",
};
