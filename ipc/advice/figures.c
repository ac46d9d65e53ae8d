/* SPDX-License-Identifier: MIT */
#include "ipc/advice/figures.h"

#include "ipc/lab/measure/pick.h"
#include "ipc/options/options.h"
#include "shared/base/units.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *pin; /* as in a cell */
    const char *name;
} places[FIGURES_PLACES] = {
    [FIGURES_ONE] = { "same", "one CPU" },
    [FIGURES_TWO] = { "split", "two CPUs" },
    [FIGURES_FREE] = { "free", "CPUs of the kernel's choice" },
};

static const double LEAST_SHARE = 0.001; /* of a processor: it is no matter */

/* ----------------------------------------------------------- what there is */

/* The size that was measured with this pattern and lies next to the one that
 * was asked for, on a scale of factors; NAN: there is none. */
static double nearest_size(const struct results_set *results,
                           const char *pattern, size_t wanted)
{
    const struct pick_axis axes[] = { { "pattern", pattern, 0 },
                                      { "work", "verify", 0 },
                                      { 0 } };
    double least = INFINITY, nearest = NAN;

    for (size_t i = 0; i < json_array_size(results->cells); i++) {
        const json_t *cell = json_array_get(results->cells, i);
        const double size = results_number(cell, "size");
        const double distance = fabs(log((size + 1) / ((double)wanted + 1)));

        if (pick_fits(cell, axes) && size >= 0 && size <= OPTIONS_MAX_MAX &&
            distance < least) {
            least = distance;
            nearest = size;
        }
    }
    return nearest;
}

/* Whether anything was measured so, in that place. */
static bool is_measured(const struct results_set *results, const char *pattern,
                        double size, enum figures_place place)
{
    const struct pick_axis axes[] = {
        { "pattern", pattern, 0 },
        { "work", "verify", 0 },
        { "size", NULL, size },
        { "pin", places[place].pin, 0 },
        { 0 },
    };

    for (size_t i = 0; i < json_array_size(results->cells); i++)
        if (pick_fits(json_array_get(results->cells, i), axes))
            return true;
    return false;
}

/* Throughput is told of two processors, where that was measured. */
struct figures figures_near(const struct results_set *results, size_t size)
{
    static const enum figures_place order[] = { FIGURES_TWO, FIGURES_FREE,
                                                FIGURES_ONE };
    struct figures f = { .results = results };

    f.stream_size = nearest_size(results, "stream", size);
    f.round_trip_size = nearest_size(results, "ping-pong", size);
    for (size_t i = FIGURES_PLACES; i-- > 0;)
        if (is_measured(results, "stream", f.stream_size, order[i]))
            f.stream_place = order[i];
    for (enum figures_place place = 0; place < FIGURES_PLACES; place++)
        f.round_trips[place] =
            is_measured(results, "ping-pong", f.round_trip_size, place);
    return f;
}

/* -------------------------------------------------------- of one mechanism */

/* Whether somebody judged the run, and not well. */
static bool is_bad(const json_t *cell)
{
    return json_is_object(json_object_get(cell, "verdict")) &&
           !results_good(cell);
}

static const json_t *find_cell(const struct figures *f, const char *mechanism,
                               const char *pattern, double size,
                               enum figures_place place,
                               struct figures_row *row)
{
    const struct pick_axis axes[] = {
        { "pattern", pattern, 0 }, { "work", "verify", 0 },
        { "size", NULL, size },    { "pin", places[place].pin, 0 },
        { "batch", NULL, 1 },      { 0 },
    };
    const char *difference;
    const json_t *cell;

    if (isnan(size))
        return NULL;
    cell = pick_cell(f->results, mechanism, axes, &difference);
    if (difference)
        row->difference = difference;
    row->bad |= is_bad(cell);
    return cell;
}

struct figures_row figures_of(const struct figures *f, const char *mechanism)
{
    struct figures_row row = { 0 };

    row.stream = find_cell(f, mechanism, "stream", f->stream_size,
                           f->stream_place, &row);
    for (enum figures_place place = 0; place < FIGURES_PLACES; place++)
        row.round_trip[place] = find_cell(f, mechanism, "ping-pong",
                                          f->round_trip_size, place, &row);
    return row;
}

const char *figures_place_name(enum figures_place place)
{
    return places[place].name;
}

double figures_rate(const struct figures_row *row)
{
    return results_rate(row->stream);
}

double figures_cpu_ns(const struct figures_row *row)
{
    return results_cpu_ns(row->stream);
}

double figures_round_trip_ns(const struct figures_row *row,
                             enum figures_place place)
{
    return results_number(row->round_trip[place], "latency_ns.p50");
}

/* ---------------------------------------------------------------- in words */

static bool is_figure(double number)
{
    return isfinite(number) && number > 0;
}

static void tell_round_trips(const struct figures *f,
                             const struct figures_row *row, struct words *words)
{
    char size[UNITS_TEXT_MAX], time[UNITS_TEXT_MAX];
    bool any = false;

    for (enum figures_place place = 0; place < FIGURES_PLACES; place++) {
        const double ns = figures_round_trip_ns(row, place);

        if (!is_figure(ns))
            continue;
        if (!any)
            words_add(words, "; ", "round trip of %s: ",
                      size_text((size_t)f->round_trip_size, size));
        words_add(words, any ? ", " : "", "%s on %s", time_text(ns, time),
                  places[place].name);
        any = true;
    }
}

static void tell_stream(const struct figures *f, const struct figures_row *row,
                        struct words *words)
{
    char size[UNITS_TEXT_MAX], count[UNITS_TEXT_MAX], time[UNITS_TEXT_MAX];

    if (!is_figure(figures_rate(row)))
        return;
    words_add(words, "; ", "%s jobs/s of %s on %s",
              count_text(figures_rate(row), count),
              size_text((size_t)f->stream_size, size),
              places[f->stream_place].name);
    if (is_figure(figures_cpu_ns(row)))
        words_add(words, ", ", "at %s of CPU time each",
                  time_text(figures_cpu_ns(row), time));
}

void figures_tell(const struct figures *f, const struct figures_row *row,
                  unsigned rate, struct words *words)
{
    const double share = figures_cpu_ns(row) * rate / 1e9;

    tell_round_trips(f, row, words);
    tell_stream(f, row, words);
    if (rate > 0 && is_figure(share))
        words_add(words, "; ",
                  "%u jobs/s take %s%.2g%% of a CPU, and more if it sleeps "
                  "between them",
                  rate, share < LEAST_SHARE ? "less than " : "",
                  100 * (share < LEAST_SHARE ? LEAST_SHARE : share));
    if (words->used == 0)
        words_add(words, "",
                  row->difference ? "none that is the only one"
                                  : "none in these results");
}
