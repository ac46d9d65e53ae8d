/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/table_note.h"

#include "ipc/lab/measure/spread.h"
#include "shared/base/units.h"

#include <math.h>

/* Each note returns false when there is nothing to be said. */
static bool few_rounds(const struct results_set *results,
                       char text[static TABLE_NOTE_MAX])
{
    const json_t *cell;
    unsigned few = 0;
    size_t i;

    json_array_foreach(results->cells, i, cell) few +=
        isfinite(results_rate(cell)) && !results_has_interval(cell);
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

static void tell_kinds(const json_t *cell, const struct modes *modes,
                       char text[static TABLE_NOTE_MAX])
{
    char name[RESULTS_NAME_MAX], label[RESULTS_LABEL_MAX];
    char some[UNITS_TEXT_MAX], others[UNITS_TEXT_MAX];

    (void)snprintf(
        text, TABLE_NOTE_MAX,
        "%s, %s: %s a job in %zu rounds%s%s, "
        "%s in the other %zu%s",
        results_name(cell, name), results_label(cell, label),
        time_text(1e9 / modes->some_rate, some), modes->some,
        modes->when[0] ? " when " : "", modes->when,
        time_text(1e9 / modes->others_rate, others), modes->others,
        modes->when[0] ? "" : "; nothing that was noted tells them apart");
}

/* The cell whose kinds are furthest apart stands for all. */
static bool two_kinds(const struct results_set *results,
                      char text[static TABLE_NOTE_MAX])
{
    struct modes modes, widest = { .some = 0 };
    const json_t *cell, *found = NULL;
    char told[TABLE_NOTE_MAX];
    unsigned count = 0;
    size_t i;

    json_array_foreach(results->cells, i, cell)
    {
        if (!spread_modes(cell, &modes))
            continue;
        count++;
        if (found && modes_factor(&modes) <= modes_factor(&widest))
            continue;
        widest = modes;
        found = cell;
    }
    if (!found)
        return false;
    tell_kinds(found, &widest, told);
    (void)snprintf(text, TABLE_NOTE_MAX,
                   "the rounds of %u cells (~) are of two kinds, and a median "
                   "of them is that of the more frequent one; furthest apart: "
                   "%.300s",
                   count, told);
    return true;
}

bool table_note(const struct results_set *results, unsigned number,
                char text[static TABLE_NOTE_MAX])
{
    static bool (*const notes[TABLE_NOTES])(const struct results_set *,
                                            char[static TABLE_NOTE_MAX]) = {
        few_rounds,
        longer_rounds,
        two_kinds,
    };

    return notes[number](results, text);
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
