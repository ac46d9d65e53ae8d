/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/statistics.h"
#include "ipc/lab/show/table.h"

#include <math.h>

static double rate(const json_t *cell)
{
    return results_number(cell, "jobs_per_second.median");
}

/* Each note returns false when there is nothing to be said. */
static bool few_rounds(const struct results_set *results,
                       char text[static TABLE_NOTE_MAX])
{
    const json_t *cell;
    unsigned few = 0;
    size_t i;

    json_array_foreach(results->cells, i, cell) few +=
        isfinite(rate(cell)) && !results_has_interval(cell);
    (void)snprintf(text, TABLE_NOTE_MAX,
                   "%u of %zu cells have fewer than %d rounds that count, and "
                   "so no interval, no rank and no factor: chance alone could "
                   "make any difference (--rounds 9 is usual)",
                   few, json_array_size(results->cells), STATISTICS_LEAST);
    return few > 0;
}

static bool longer_rounds(const struct results_set *results,
                          char text[static TABLE_NOTE_MAX])
{
    const double asked = results_number(results->run, "seconds");
    double longest = asked;
    const json_t *cell;
    unsigned longer = 0;
    size_t i;

    json_array_foreach(results->cells, i, cell)
    {
        const double seconds = results_number(cell, "seconds");

        longer += seconds > asked;
        longest = seconds > longest ? seconds : longest;
    }
    (void)snprintf(text, TABLE_NOTE_MAX,
                   "the rounds of %u cells were lengthened, to at most %.3g s, "
                   "since no job ended in %.3g s",
                   longer, longest, asked);
    return longer > 0;
}

bool table_note(const struct results_set *results, unsigned number,
                char text[static TABLE_NOTE_MAX])
{
    return number == 0 ? few_rounds(results, text)
                       : longer_rounds(results, text);
}

void table_notes(const struct screen *screen, const struct results_set *results)
{
    char text[TABLE_NOTE_MAX];
    bool any = false;

    for (unsigned i = 0; i < TABLE_NOTES; i++)
        if (table_note(results, i, text)) {
            screen_item(screen, 0, any ? "" : "Note", "%s", text);
            any = true;
        }
    if (any)
        putchar('\n');
}
