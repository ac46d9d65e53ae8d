/* SPDX-License-Identifier: MIT */
#include "ipc/claims/evidence.h"

#include "ipc/lab/measure/statistics.h"
#include "shared/base/units.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool is_at(const struct figure *figure, double x)
{
    return isnan(x) ? isnan(figure->x) : figure->x == x;
}

/* The place of the point of that curve at x, or, of NAN, of the figure of that
 * name; run->figure_count: there is none. */
static unsigned place_of(const struct claim_run *run, const char *name,
                         double x)
{
    unsigned i = 0;

    while (i < run->figure_count && (!is_at(&run->figures[i], x) ||
                                     strcmp(run->figures[i].name, name) != 0))
        i++;
    return i;
}

static const struct figure *find(const struct claim_run *run, const char *name)
{
    const unsigned place = place_of(run, name, NAN);

    return place < run->figure_count ? &run->figures[place] : NULL;
}

void claim_note(struct claim_run *run, const char *name, enum claim_unit unit,
                double value)
{
    claim_note_at(run, name, unit, NAN, value);
}

void claim_note_at(struct claim_run *run, const char *curve,
                   enum claim_unit unit, double x, double value)
{
    const unsigned place = place_of(run, curve, x);
    struct figure *figure = &run->figures[place];

    if (place == CLAIM_FIGURES_MAX)
        return;
    if (place == run->figure_count) {
        *figure = (struct figure){ .x = x, .unit = unit };
        (void)snprintf(figure->name, sizeof(figure->name), "%s", curve);
        run->figure_count++;
    }
    if (figure->count < CLAIM_VALUES_MAX)
        figure->values[figure->count++] = value;
}

int claim_cannot(struct claim_run *run, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(run->finding, sizeof(run->finding), format, args);
    va_end(args);
    return -ENOTSUP;
}

void claim_say(struct claim_run *run, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(run->finding, sizeof(run->finding), format, args);
    va_end(args);
}

double claim_median(const struct claim_run *run, const char *name)
{
    const struct figure *figure = find(run, name);

    return figure ? statistics_median(figure->values, figure->count) : NAN;
}

static double extreme(const struct figure *figure, double sign)
{
    double most;

    if (!figure)
        return NAN;
    most = figure->values[0];
    for (unsigned i = 1; i < figure->count; i++)
        if (sign * figure->values[i] > sign * most)
            most = figure->values[i];
    return most;
}

double claim_least(const struct claim_run *run, const char *name)
{
    return extreme(find(run, name), -1);
}

double claim_most(const struct claim_run *run, const char *name)
{
    return extreme(find(run, name), 1);
}

struct times claim_times(const struct claim_run *run, const char *a,
                         const char *b)
{
    const struct figure *over = find(run, a), *under = find(run, b);
    struct figure ratio = { 0 };
    struct estimate all;

    if (!over || !under)
        return (struct times){ NAN, NAN, NAN };
    while (ratio.count < over->count && ratio.count < under->count) {
        ratio.values[ratio.count] =
            over->values[ratio.count] / under->values[ratio.count];
        ratio.count++;
    }
    all = statistics_estimate(ratio.values, ratio.count);
    return (struct times){
        .median = all.median,
        .low = isnan(all.low) ? extreme(&ratio, -1) : all.low,
        .high = isnan(all.high) ? extreme(&ratio, 1) : all.high,
    };
}

static const char *unit_text(enum claim_unit unit, double value,
                             char text[static UNITS_TEXT_MAX])
{
    switch (unit) {
    case UNIT_NS:
        return time_text(value, text);
    case UNIT_BYTES:
        return bytes_text(value, text);
    case UNIT_SHARE:
        (void)snprintf(text, UNITS_TEXT_MAX, "%.3g %%", 100 * value);
        return text;
    case UNIT_TIMES:
        (void)snprintf(text, UNITS_TEXT_MAX, "%.3g", value);
        return text;
    case UNIT_YES_NO:
        (void)snprintf(text, UNITS_TEXT_MAX, "%s", value != 0 ? "yes" : "no");
        return text;
    case UNIT_COUNT:
    case CLAIM_UNITS:
        break;
    }
    return value < 1000 && value == floor(value) ? whole_text(value, text)
                                                 : count_text(value, text);
}

const char *figure_name_text(const struct figure *figure,
                             enum claim_unit x_unit,
                             char text[static FIGURE_TEXT_MAX])
{
    char x[UNITS_TEXT_MAX];

    if (isnan(figure->x))
        return strcpy(text, figure->name);
    (void)snprintf(text, FIGURE_TEXT_MAX, "%s, at %s", figure->name,
                   x_unit == UNIT_BYTES ? size_text((size_t)figure->x, x)
                                        : unit_text(x_unit, figure->x, x));
    return text;
}

const char *claim_value_text(const struct claim_run *run, const char *name,
                             char text[static FIGURE_TEXT_MAX])
{
    const struct figure *figure = find(run, name);

    if (!figure)
        return strcpy(text, "-");
    return unit_text(figure->unit,
                     statistics_median(figure->values, figure->count), text);
}

const char *figure_spread_text(const struct figure *figure,
                               char text[static FIGURE_TEXT_MAX])
{
    char median[UNITS_TEXT_MAX], low[UNITS_TEXT_MAX], high[UNITS_TEXT_MAX];

    (void)unit_text(figure->unit,
                    statistics_median(figure->values, figure->count), median);
    if (figure->count < 2) {
        (void)snprintf(text, FIGURE_TEXT_MAX, "%s", median);
        return text;
    }
    (void)snprintf(text, FIGURE_TEXT_MAX, "%s  [%s to %s]", median,
                   unit_text(figure->unit, extreme(figure, -1), low),
                   unit_text(figure->unit, extreme(figure, 1), high));
    return text;
}
