/* SPDX-License-Identifier: MIT */
#include "ipc/commands/compare_runs.h"

#include "ipc/lab/measure/results.h"
#include "ipc/lab/measure/statistics.h"
#include "ipc/screen/screen.h"
#include "shared/base/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double chance_most = 0.01, change_least = 0.05;

enum change { CHANGE_NONE, CHANGE_FASTER, CHANGE_SLOWER, CHANGE_BROKEN };

struct comparison {
    struct screen screen;
    struct results_set old, new;
    unsigned count[CHANGE_BROKEN + 1];
    unsigned alone; /* cells that only one of the two has */
};

/* The rounds of a cell, more is better; those that were disturbed are left out
 * unless they are the majority. Returns how many. */
static size_t take_rounds(const json_t *cell,
                          double ret_values[static STATISTICS_MAX])
{
    const json_t *rounds = json_object_get(cell, "rounds");
    const bool paced = results_number(cell, "rate") > 0;
    size_t disturbed = 0, count = 0;

    for (size_t i = 0; i < json_array_size(rounds); i++)
        disturbed += json_is_true(
            json_object_get(json_array_get(rounds, i), "disturbed"));
    for (size_t i = 0; i < json_array_size(rounds); i++) {
        const json_t *round = json_array_get(rounds, i);
        double value = paced ? 1e9 / results_number(round, "latency_p50_ns")
                             : results_number(round, "jobs_per_second");

        if (!isfinite(value) || count == STATISTICS_MAX ||
            (json_is_true(json_object_get(round, "disturbed")) &&
             2 * disturbed < json_array_size(rounds)))
            continue;
        ret_values[count++] = value;
    }
    return count;
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

/* A pair of cells, and what it shows. */
struct pair {
    double old, new; /* medians */
    double chance;
    enum change change;
};

static struct pair compare(const json_t *old, const json_t *new)
{
    double values[2][STATISTICS_MAX];
    size_t count[] = { take_rounds(old, values[0]),
                       take_rounds(new, values[1]) };
    struct pair pair = {
        .old = statistics_median(values[0], count[0]),
        .new = statistics_median(values[1], count[1]),
        .chance = statistics_u_test(values[0], count[0], values[1], count[1]),
    };

    if (!results_good(new))
        pair.change = CHANGE_BROKEN;
    else if (pair.chance < chance_most &&
             fabs(pair.new / pair.old - 1) >= change_least)
        pair.change = pair.new > pair.old ? CHANGE_FASTER : CHANGE_SLOWER;
    return pair;
}

static void print_title(const struct comparison *c)
{
    printf("%s%-15s %8s %8s %7s  %s%s\n", screen_style(&c->screen, STYLE_TITLE),
           "mechanism", "old", "new", "change", "what is shown",
           screen_style(&c->screen, STYLE_END));
}

static void print_pair(const struct comparison *c, const json_t *cell,
                       const struct pair *pair)
{
    static const char *const words[] = { "no difference", "faster", "slower",
                                         "its verdict is not good" };
    char old[UNITS_TEXT_MAX], new[UNITS_TEXT_MAX], chance[64];

    chance[0] = '\0';
    if (pair->change != CHANGE_BROKEN)
        (void)snprintf(chance, sizeof(chance), " (chance: %.1g)", pair->chance);
    printf("%-15s %8s %8s %+6.1f%%  %s%s%s%s\n",
           results_text(cell, "mechanism"), count_text(pair->old, old),
           count_text(pair->new, new),
           pair->old > 0 ? 100 * (pair->new / pair->old - 1) : 0,
           screen_style(&c->screen,
                        pair->change == CHANGE_FASTER ? STYLE_GOOD : STYLE_BAD),
           words[pair->change], screen_style(&c->screen, STYLE_END), chance);
}

/* Cells come in groups; a group's label stands before the first that is
 * printed. */
static void compare_cells(struct comparison *c)
{
    const json_t *labelled = NULL;
    char label[RESULTS_LABEL_MAX];

    for (size_t i = 0; i < json_array_size(c->new.cells); i++) {
        const json_t *new = json_array_get(c->new.cells, i);
        const json_t *old = find_cell(&c->old, new);
        struct pair pair;

        if (!old) {
            c->alone++;
            continue;
        }
        pair = compare(old, new);
        c->count[pair.change]++;
        if (pair.change == CHANGE_NONE)
            continue;
        if (!labelled || !results_same_group(labelled, new)) {
            printf("%s%s\n", labelled ? "\n" : "", results_label(new, label));
            print_title(c);
        }
        labelled = new;
        print_pair(c, new, &pair);
    }
    for (size_t i = 0; i < json_array_size(c->old.cells); i++)
        c->alone += !find_cell(&c->new, json_array_get(c->old.cells, i));
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

static void tell_sum(const struct comparison *c)
{
    printf("%u faster, %u slower, %u not good; of %u no difference is shown.\n",
           c->count[CHANGE_FASTER], c->count[CHANGE_SLOWER],
           c->count[CHANGE_BROKEN], c->count[CHANGE_NONE]);
    if (c->alone > 0)
        printf("%u cells are in one of the two only.\n", c->alone);
    printf("%s", screen_style(&c->screen, STYLE_DIM));
    screen_wrap(&c->screen,
                "old, new: jobs/s, the median of the rounds. Shown is what the "
                "U test of Mann and Whitney gives to chance in less than 1 of "
                "100 pairs, and what is at least 5 %.",
                0);
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
    if (status == 0) {
        tell_machines(&c);
        compare_cells(&c);
        tell_sum(&c);
        if (c.count[CHANGE_SLOWER] + c.count[CHANGE_BROKEN] > 0)
            status = EXIT_FAILURE;
    }
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
    .summary = "did anything become slower?",
    .more =
        "Compares two files that `bench --save` wrote, cell by cell: faster,\n"
        "slower, or no difference shown. Exit status 1 when a cell is slower "
        "or\n"
        "its verdict is not good.",
};
