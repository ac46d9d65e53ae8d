/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/spread.h"

#include "ipc/lab/measure/results.h"
#include "shared/base/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_disturbed(const json_t *round)
{
    return json_is_true(json_object_get(round, "disturbed"));
}

static bool most_are_disturbed(const json_t *rounds)
{
    size_t disturbed = 0;

    for (size_t i = 0; i < json_array_size(rounds); i++)
        disturbed += is_disturbed(json_array_get(rounds, i));
    return 2 * disturbed >= json_array_size(rounds);
}

/* The rounds that count. */
static size_t list_rounds(const json_t *cell, const char *key,
                          const json_t *ret_rounds[static STATISTICS_MAX],
                          double ret_figures[static STATISTICS_MAX])
{
    const json_t *rounds = json_object_get(cell, "rounds");
    const bool all = most_are_disturbed(rounds);
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(rounds); i++) {
        const json_t *round = json_array_get(rounds, i);
        const double figure = results_number(round, key);

        if (!(figure > 0 && isfinite(figure) && (all || !is_disturbed(round)) &&
              count < STATISTICS_MAX))
            continue;
        ret_rounds[count] = round;
        ret_figures[count++] = figure;
    }
    return count;
}

struct estimate spread_estimate(const json_t *cell, const char *key)
{
    const json_t *rounds[STATISTICS_MAX];
    double figures[STATISTICS_MAX];

    return statistics_estimate(figures,
                               list_rounds(cell, key, rounds, figures));
}

struct estimate spread_ratio(const json_t *cell, const json_t *other,
                             const char *key)
{
    const json_t *rounds = json_object_get(cell, "rounds");
    const json_t *others = json_object_get(other, "rounds");
    double ratios[STATISTICS_MAX];
    size_t count = 0;

    if (json_array_size(rounds) != json_array_size(others))
        return statistics_estimate(ratios, 0);
    for (size_t i = 0; i < json_array_size(rounds); i++) {
        const json_t *a = json_array_get(rounds, i);
        const json_t *b = json_array_get(others, i);
        const double ratio = results_number(a, key) / results_number(b, key);

        if (ratio > 0 && isfinite(ratio) && !is_disturbed(a) &&
            !is_disturbed(b) && count < STATISTICS_MAX)
            ratios[count++] = ratio;
    }
    return statistics_estimate(ratios, count);
}

/* The rounds of a cell that count, and which of them are of the one kind and
 * which of the other. */
struct split {
    const json_t *round[STATISTICS_MAX];
    double rate[STATISTICS_MAX];
    size_t count;
    enum { NEITHER, SOME, OTHER } kind[STATISTICS_MAX];
};

static size_t rates_of(const struct split *split, unsigned kind,
                       double ret_rates[static STATISTICS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < split->count; i++)
        if (split->kind[i] == kind)
            ret_rates[count++] = split->rate[i];
    return count;
}

static struct modes count_split(const struct split *split)
{
    double rates[STATISTICS_MAX];
    struct modes modes = { .some = rates_of(split, SOME, rates) };

    modes.some_rate = statistics_median(rates, modes.some);
    modes.others = rates_of(split, OTHER, rates);
    modes.others_rate = statistics_median(rates, modes.others);
    return modes;
}

double modes_factor(const struct modes *modes)
{
    if (!(modes->some_rate > 0 && modes->others_rate > 0))
        return 1;
    return fmax(modes->some_rate / modes->others_rate,
                modes->others_rate / modes->some_rate);
}

/* Takes a split over if it counts, and for more than the best so far. */
static bool is_better(const struct split *split, struct modes *best)
{
    const double chance = 0.05;
    double some[STATISTICS_MAX], others[STATISTICS_MAX];
    const struct modes modes = count_split(split);

    if (modes_factor(&modes) < MODES_FACTOR ||
        modes_factor(&modes) <= modes_factor(best) ||
        statistics_u_test(some, rates_of(split, SOME, some), others,
                          rates_of(split, OTHER, others)) >= chance)
        return false;
    *best = modes;
    return true;
}

/* Those that have a word, and those that have another one. */
static void split_by_word(struct split *split, const char *key,
                          const char *word)
{
    for (size_t i = 0; i < split->count; i++) {
        const char *is = results_text(split->round[i], key);

        split->kind[i] = !is[0]                  ? NEITHER
                         : strcmp(is, word) == 0 ? SOME
                                                 : OTHER;
    }
}

/* Those with less of something, and those with more of it; from none to
 * hardly any it is the same. False: it falls into no two buckets. *ret_middle:
 * of the former. */
static bool split_by_number(struct split *split, const char *key,
                            double *ret_middle)
{
    const double hardly_any = 1e-3;
    double numbers[STATISTICS_MAX], border = 0;
    size_t count = 0;

    for (size_t i = 0; i < split->count; i++) {
        const double number = results_number(split->round[i], key);

        if (number >= 0 && isfinite(number))
            numbers[count++] = fmax(number, hardly_any);
    }
    if (statistics_buckets(numbers, count, &border) == 0)
        return false;
    count = 0;
    for (size_t i = 0; i < split->count; i++) {
        const double number = results_number(split->round[i], key);

        split->kind[i] = !(number >= 0)    ? NEITHER
                         : number < border ? SOME
                                           : OTHER;
        if (split->kind[i] == SOME)
            numbers[count++] = number;
    }
    *ret_middle = statistics_median(numbers, count);
    return true;
}

static void explain_by_place(struct split *split, struct modes *best)
{
    static const char *const words[] = { "one processor", "one core",
                                         "one cache", "no cache" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        split_by_word(split, "shared", words[i]);
        if (is_better(split, best))
            (void)snprintf(best->when, MODES_WHEN_MAX, "both sides shared %s",
                           words[i]);
    }
}

static void explain_by_distance(struct split *split, struct modes *best)
{
    char time[UNITS_TEXT_MAX];
    double ns;

    if (split_by_number(split, "cache_line_ns", &ns) && is_better(split, best))
        (void)snprintf(best->when, MODES_WHEN_MAX,
                       "a cache line took %s between processors",
                       time_text(ns, time));
}

static void explain_by_waits(struct split *split, struct modes *best)
{
    double waits;

    if (split_by_number(split, "waits_per_job", &waits) &&
        is_better(split, best))
        (void)snprintf(best->when, MODES_WHEN_MAX,
                       "a job gave up the processor %.2g times", waits);
}

/* What cannot be explained. */
static bool split_by_rate(struct split *split, struct modes *ret_modes)
{
    double border = 0;

    if (statistics_buckets(split->rate, split->count, &border) == 0)
        return false;
    for (size_t i = 0; i < split->count; i++)
        split->kind[i] = split->rate[i] < border ? OTHER : SOME;
    *ret_modes = count_split(split);
    return true;
}

bool spread_modes(const json_t *cell, struct modes *ret_modes)
{
    struct modes best = { .some = 0 };
    struct split split;

    split.count = list_rounds(cell, "jobs_per_second", split.round, split.rate);
    explain_by_place(&split, &best);
    explain_by_distance(&split, &best);
    explain_by_waits(&split, &best);
    if (best.some == 0 && !split_by_rate(&split, &best))
        return false;
    *ret_modes = best;
    return true;
}
