/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/spread.h"

#include "ipc/lab/measure/results.h"

#include <math.h>

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

struct estimate spread_estimate(const json_t *cell, const char *key)
{
    const json_t *rounds = json_object_get(cell, "rounds");
    const bool all = most_are_disturbed(rounds);
    double figures[STATISTICS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(rounds); i++) {
        const json_t *round = json_array_get(rounds, i);
        const double figure = results_number(round, key);

        if (figure > 0 && isfinite(figure) && (all || !is_disturbed(round)) &&
            count < STATISTICS_MAX)
            figures[count++] = figure;
    }
    return statistics_estimate(figures, count);
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
