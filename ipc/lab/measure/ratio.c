/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/ratio.h"

#include "ipc/lab/measure/results.h"

#include <math.h>

/* NAN: others disturbed it, or it is not known. */
static double figure_of(const json_t *round, const char *key)
{
    const double figure = results_number(round, key);

    return figure > 0 && !json_is_true(json_object_get(round, "disturbed"))
               ? figure
               : NAN;
}

struct estimate ratio_estimate(const json_t *cell, const json_t *other,
                               const char *key)
{
    const json_t *rounds = json_object_get(cell, "rounds");
    const json_t *others = json_object_get(other, "rounds");
    double ratios[STATISTICS_MAX];
    size_t count = 0;

    if (json_array_size(rounds) == json_array_size(others))
        for (size_t i = 0; i < json_array_size(rounds); i++) {
            const double ratio = figure_of(json_array_get(rounds, i), key) /
                                 figure_of(json_array_get(others, i), key);

            if (isfinite(ratio) && count < STATISTICS_MAX)
                ratios[count++] = ratio;
        }
    return statistics_estimate(ratios, count);
}
