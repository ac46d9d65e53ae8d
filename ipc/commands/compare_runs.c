/* SPDX-License-Identifier: MIT */
#include "ipc/commands/compare_runs.h"

#include "ipc/lab/measure/results.h"
#include "ipc/lab/measure/statistics.h"
#include "ipc/screen/screen.h"
#include "shared/base/units.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of all changes that are claimed, a hundredth may be chance's. */
static const double chance_share = 0.01, change_least = 0.05;

enum { EXIT_UNDECIDED = 3 };

enum change {
    CHANGE_NONE,
    CHANGE_FASTER,
    CHANGE_SLOWER,
    CHANGE_BROKEN,
    CHANGE_FEW,       /* too few rounds to tell */
    CHANGE_DISTURBED, /* by others, most of the rounds */
    CHANGES,
};

/* A cell that is in both files, and what the two show. */
struct pair {
    const json_t *cell; /* the new one */
    double old, new;    /* medians */
    double ratio;       /* new to old; in turns, the median of the rounds' */
    size_t rounds[2];   /* of the old, of the new */
    double chance;      /* that a difference like theirs is none */
    enum change change;
};

struct comparison {
    struct screen screen;
    struct results_set old, new;
    bool in_turns;     /* a round of the one is a round of the other */
    struct pair *pair; /* owned */
    size_t pairs;
    size_t tests;   /* pairs that are put to the test */
    double *chance; /* theirs; owned */
    unsigned count[CHANGES];
    unsigned alone; /* cells that only one of the two has */
};

/* What a round is worth, more is better; 0: others disturbed it. */
static double worth(const json_t *cell, const json_t *round)
{
    const bool paced = results_number(cell, "rate") > 0;
    const double value = paced ? 1e9 / results_number(round, "latency_p50_ns")
                               : results_number(round, "jobs_per_second");

    if (json_is_true(json_object_get(round, "disturbed")))
        return 0;
    return isfinite(value) && value > 0 ? value : 0;
}

/* The rounds of a cell that others did not disturb. Returns how many; 0 when
 * most were disturbed. */
static size_t take_rounds(const json_t *cell,
                          double ret_values[static STATISTICS_MAX])
{
    const json_t *rounds = json_object_get(cell, "rounds");
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(rounds); i++) {
        const double value = worth(cell, json_array_get(rounds, i));

        if (value > 0 && count < STATISTICS_MAX)
            ret_values[count++] = value;
    }
    return 2 * count > json_array_size(rounds) ? count : 0;
}

/* The same of two cells, round by round. */
static size_t take_pairs(const json_t *old, const json_t *new,
                         double ret_old[static STATISTICS_MAX],
                         double ret_new[static STATISTICS_MAX])
{
    const json_t *before = json_object_get(old, "rounds");
    const json_t *after = json_object_get(new, "rounds");
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(before); i++) {
        const double x = worth(old, json_array_get(before, i));
        const double y = worth(new, json_array_get(after, i));

        if (x > 0 && y > 0 && count < STATISTICS_PAIRS) {
            ret_old[count] = x;
            ret_new[count++] = y;
        }
    }
    return 2 * count > json_array_size(before) ? count : 0;
}

/* Where both took turns, what changed from the one to the other is seen within
 * each round, whatever the machine did meanwhile. */
static void judge_turns(struct pair *pair, const double *old, const double *new,
                        size_t count)
{
    double changes[STATISTICS_PAIRS];

    for (size_t i = 0; i < count; i++)
        changes[i] = log(new[i] / old[i]);
    pair->ratio = exp(statistics_median(changes, count));
    pair->chance = statistics_signed_ranks(changes, count);
}

/* The least that a test of so many rounds can find. */
static double least_chance(const struct comparison *c, size_t old, size_t new)
{
    return c->in_turns ? statistics_signed_least(new)
                       : statistics_u_least(old, new);
}

static const json_t *find_cell(const struct results_set *results,
                               const json_t *like)
{
    for (size_t i = 0; i < json_array_size(results->cells); i++) {
        const json_t *cell = json_array_get(results->cells, i);

        if (results_same_cell(cell, like))
            return cell;
    }
    return NULL;
}

static struct pair make_pair(const struct comparison *c, const json_t *old,
                             const json_t *new)
{
    double values[2][STATISTICS_MAX];
    struct pair pair = { .cell = new, .change = CHANGE_NONE };
    size_t *rounds = pair.rounds;

    if (c->in_turns)
        rounds[0] = rounds[1] = take_pairs(old, new, values[0], values[1]);
    else {
        rounds[0] = take_rounds(old, values[0]);
        rounds[1] = take_rounds(new, values[1]);
    }
    pair.old = statistics_median(values[0], rounds[0]);
    pair.new = statistics_median(values[1], rounds[1]);
    if (c->in_turns)
        judge_turns(&pair, values[0], values[1], rounds[0]);
    else {
        pair.ratio = pair.new / pair.old;
        pair.chance =
            statistics_u_test(values[0], rounds[0], values[1], rounds[1]);
    }
    if (!results_good(new))
        pair.change = CHANGE_BROKEN;
    else if (rounds[0] == 0 || rounds[1] == 0)
        pair.change = CHANGE_DISTURBED;
    return pair;
}

/* Takes the pairs in the order of the new file. -ENOMEM. */
static int find_pairs(struct comparison *c)
{
    const size_t most = json_array_size(c->new.cells);

    c->pair = calloc(most + 1, sizeof(*c->pair));
    c->chance = calloc(most + 1, sizeof(*c->chance));
    if (!c->pair || !c->chance)
        return -ENOMEM;
    for (size_t i = 0; i < most; i++) {
        const json_t *new = json_array_get(c->new.cells, i);
        const json_t *old = find_cell(&c->old, new);

        if (old)
            c->pair[c->pairs++] = make_pair(c, old, new);
        else
            c->alone++;
    }
    for (size_t i = 0; i < json_array_size(c->old.cells); i++)
        c->alone += !find_cell(&c->new, json_array_get(c->old.cells, i));
    return 0;
}

/* What a pair that was tested shows: where not even the largest difference of
 * so many rounds would count by itself, nothing. */
static enum change judge(const struct comparison *c, const struct pair *pair,
                         double bar)
{
    const double least = least_chance(c, pair->rounds[0], pair->rounds[1]);

    if (pair->chance <= bar) {
        if (fabs(pair->ratio - 1) < change_least)
            return CHANGE_NONE;
        return pair->ratio > 1 ? CHANGE_FASTER : CHANGE_SLOWER;
    }
    return least > chance_share / (double)c->tests ? CHANGE_FEW : CHANGE_NONE;
}

static void judge_all(struct comparison *c)
{
    double bar;

    for (size_t i = 0; i < c->pairs; i++)
        if (c->pair[i].change == CHANGE_NONE)
            c->chance[c->tests++] = c->pair[i].chance;
    bar = statistics_bar(c->chance, c->tests, chance_share);
    for (size_t i = 0; i < c->pairs; i++) {
        struct pair *pair = &c->pair[i];

        if (pair->change == CHANGE_NONE)
            pair->change = judge(c, pair, bar);
        c->count[pair->change]++;
    }
}

static void print_title(const struct comparison *c)
{
    printf("%s%-15s %8s %8s %7s  %s%s\n", screen_style(&c->screen, STYLE_TITLE),
           "mechanism", "old", "new", "change", "what is shown",
           screen_style(&c->screen, STYLE_END));
}

static void print_pair(const struct comparison *c, const struct pair *pair)
{
    static const char *const words[CHANGES] = {
        [CHANGE_FASTER] = "faster",
        [CHANGE_SLOWER] = "slower",
        [CHANGE_BROKEN] = "its verdict is not good",
    };
    char old[UNITS_TEXT_MAX], new[UNITS_TEXT_MAX], name[RESULTS_NAME_MAX];
    char change[16] = "-", chance[64] = "";

    if (pair->old > 0 && pair->new > 0)
        (void)snprintf(change, sizeof(change), "%+.1f%%",
                       100 * (pair->ratio - 1));
    if (pair->change != CHANGE_BROKEN)
        (void)snprintf(chance, sizeof(chance), " (chance: %.1g)", pair->chance);
    printf("%-15s %8s %8s %7s  %s%s%s%s\n", results_name(pair->cell, name),
           pair->old > 0 ? count_text(pair->old, old) : "-",
           pair->new > 0 ? count_text(pair->new, new) : "-", change,
           screen_style(&c->screen,
                        pair->change == CHANGE_FASTER ? STYLE_GOOD : STYLE_BAD),
           words[pair->change], screen_style(&c->screen, STYLE_END), chance);
}

/* Prints the pairs that show something. Cells come in groups; a group's label
 * stands before its first. */
static void print_pairs(const struct comparison *c)
{
    const json_t *labelled = NULL;
    char label[RESULTS_LABEL_MAX];

    for (size_t i = 0; i < c->pairs; i++) {
        const struct pair *pair = &c->pair[i];

        if (pair->change == CHANGE_NONE || pair->change >= CHANGE_FEW)
            continue;
        if (!labelled || !results_same_group(labelled, pair->cell)) {
            printf("%s%s\n", labelled ? "\n" : "",
                   results_label(pair->cell, label));
            print_title(c);
        }
        labelled = pair->cell;
        print_pair(c, pair);
    }
    if (labelled)
        putchar('\n');
}

static void tell_machines(const struct comparison *c)
{
    static const char *const keys[] = { "machine.processor", "machine.kernel",
                                        "machine.compiler" };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *old = results_text(c->old.run, keys[i]);
        const char *new = results_text(c->new.run, keys[i]);

        if (strcmp(old, new) != 0)
            screen_item(&c->screen, 0, "Note", "%s differs: %s, and %s",
                        strchr(keys[i], '.') + 1, old, new);
    }
}

/* So many rounds on either side could show a difference in one of the tests. */
static unsigned rounds_enough(const struct comparison *c)
{
    unsigned rounds = 1;

    while (least_chance(c, rounds, rounds) > chance_share / (double)c->tests)
        rounds++;
    return rounds;
}

static void tell_sum(const struct comparison *c)
{
    char text[512];

    printf("%u faster, %u slower, %u not good; %u show no difference.\n",
           c->count[CHANGE_FASTER], c->count[CHANGE_SLOWER],
           c->count[CHANGE_BROKEN], c->count[CHANGE_NONE]);
    if (c->count[CHANGE_FEW] > 0)
        printf("For %u it cannot tell: too few rounds (%u undisturbed ones on "
               "either side do).\n",
               c->count[CHANGE_FEW], rounds_enough(c));
    if (c->count[CHANGE_DISTURBED] > 0)
        printf("For %u it cannot tell: other programs disturbed most rounds, "
               "or no job ended.\n",
               c->count[CHANGE_DISTURBED]);
    if (c->pairs == 0)
        printf("It cannot tell: no cell is in both files.\n");
    if (c->alone > 0)
        printf("%u cell%s in only one of the two files.\n", c->alone,
               c->alone == 1 ? " is" : "s are");
    printf("%s", screen_style(&c->screen, STYLE_DIM));
    (void)snprintf(
        text, sizeof(text),
        "old, new: jobs/s, the median of the rounds that other programs did "
        "not disturb. A difference is shown if it is at least 5 %% and, by %s, "
        "hardly chance: of all that are shown, however many cells there are, "
        "1 in 100 may be (Benjamini and Hochberg).",
        c->in_turns ? "the signed ranks of Wilcoxon, round against round, "
                      "since the two were measured in turns"
                    : "the U test of Mann and Whitney");
    screen_wrap(&c->screen, text, 0);
    printf("%s", screen_style(&c->screen, STYLE_END));
}

static int load(const char *path, struct results_set *ret_results)
{
    char text[RESULTS_TEXT_MAX];

    if (results_load(path, ret_results, text) == 0)
        return 0;
    complain(NULL, "%s: %s", path, text);
    return EXIT_USAGE;
}

/* Whether `bench --against` made both. */
static bool were_in_turns(const struct results_set *old,
                          const struct results_set *new)
{
    const double turns = results_number(new->run, "turns");

    return turns > 0 && turns == results_number(old->run, "turns");
}

/* 0, or an exit status. */
static int compare(struct comparison *c)
{
    c->in_turns = were_in_turns(&c->old, &c->new);
    if (find_pairs(c) < 0) {
        complain(NULL, "compare-runs: %s", strerror(ENOMEM));
        return EXIT_FAILURE;
    }
    judge_all(c);
    tell_machines(c);
    print_pairs(c);
    tell_sum(c);
    if (c->count[CHANGE_SLOWER] + c->count[CHANGE_BROKEN] > 0)
        return EXIT_FAILURE;
    return c->pairs == 0 || c->count[CHANGE_FEW] + c->count[CHANGE_DISTURBED]
               ? EXIT_UNDECIDED
               : EXIT_SUCCESS;
}

static int run(const struct options *options)
{
    struct comparison c = { .screen = screen_of(stdout) };
    int status;

    if (options->argument_count != 2) {
        complain(NULL, "compare-runs: two files are needed, OLD and NEW, as "
                       "`bench --save` writes them");
        return EXIT_USAGE;
    }
    status = load(options->arguments[0], &c.old);
    if (status == 0)
        status = load(options->arguments[1], &c.new);
    if (status == 0)
        status = compare(&c);
    free(c.pair);
    free(c.chance);
    results_free(&c.old);
    results_free(&c.new);
    return status;
}

const struct command compare_runs_command = {
    .name = "compare-runs",
    .bit = COMMAND_COMPARE_RUNS,
    .run = run,
    .arguments = "OLD NEW",
    .alone = "OLD NEW",
    .summary = "tell whether anything became slower",
    .more =
        "It compares two files that `bench --save` wrote, cell by cell: a cell "
        "is\n"
        "faster or slower, or shows no difference. The exit status is 1 if a "
        "cell is\n"
        "slower or its verdict is not good, and 3 if it cannot tell for some "
        "cells,\n"
        "because they have too few rounds or other programs disturbed most of "
        "them.\n"
        "9 rounds on either side are enough for 240 cells.",
};
