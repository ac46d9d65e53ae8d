/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/pick.h"

#include <math.h>
#include <string.h>

static bool has_value(const json_t *cell, const struct pick_axis *axis)
{
    const json_t *value = json_object_get(cell, axis->key);

    if (axis->word)
        return strcmp(results_text(cell, axis->key), axis->word) == 0;
    if (json_is_boolean(value))
        return json_is_true(value) == (axis->number != 0);
    return results_number(cell, axis->key) == axis->number;
}

bool pick_fits(const json_t *cell, const struct pick_axis *axes)
{
    for (; axes->key; axes++)
        if (!has_value(cell, axes))
            return false;
    return true;
}

const json_t *pick_cell(const struct results_set *results,
                        const char *mechanism, const struct pick_axis *axes,
                        const char **ret_difference)
{
    const json_t *found = NULL;

    *ret_difference = NULL;
    for (size_t i = 0; i < json_array_size(results->cells); i++) {
        const json_t *cell = json_array_get(results->cells, i);

        if (strcmp(results_text(cell, "mechanism"), mechanism) != 0 ||
            !pick_fits(cell, axes) || !isfinite(results_rate(cell)))
            continue;
        if (found) {
            *ret_difference = results_difference(found, cell);
            return NULL;
        }
        found = cell;
    }
    return found;
}
