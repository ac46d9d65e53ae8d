/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/plot_curves.h"

#include "ipc/lab/measure/statistics.h"
#include "shared/base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CURVES_MAX = 8, POINTS_MAX = 256, VALUES_MAX = 64 };

static const struct layout {
    unsigned width, height, font;
    unsigned numbers; /* as many fit on the horizontal axis */
    unsigned names;   /* in a row of the key */
} layouts[PLOT_FORMATS] = {
    [PLOT_WIDE] = { 900, 400, 14, 14, 4 },
    [PLOT_NARROW] = { 360, 340, 11, 6, 2 },
};

struct point {
    unsigned curve;
    double x, low, median, high;
};

struct curves {
    const char *name[CURVES_MAX];
    unsigned names;
    struct point point[POINTS_MAX];
    size_t count;
    const char *x_unit, *y_unit;
    double x_low, x_high, y_low, y_high;
};

/* ---------------------------------------------------------- what there is */

static bool is_linear(const struct curves *curves)
{
    return strcmp(curves->y_unit, "share") == 0;
}

/* CURVES_MAX: there is no room. */
static unsigned curve_of(struct curves *curves, const char *name)
{
    unsigned i = 0;

    while (i < curves->names && strcmp(curves->name[i], name) != 0)
        i++;
    if (i == curves->names && i < CURVES_MAX)
        curves->name[curves->names++] = name;
    return i;
}

/* Of the values that are numbers. */
static bool take_values(const json_t *figure, bool linear, struct point *point)
{
    const json_t *array = json_object_get(figure, "values");
    double values[VALUES_MAX];
    unsigned count = 0;

    for (size_t i = 0; i < json_array_size(array) && count < VALUES_MAX; i++) {
        const double value = json_number_value(json_array_get(array, i));

        if (!(value >= 0 && value < 1e18) || (!linear && value < 1e-9))
            continue;
        values[count++] = value;
        point->low = count == 1 ? value : fmin(point->low, value);
        point->high = count == 1 ? value : fmax(point->high, value);
    }
    if (count > 0)
        point->median = statistics_median(values, count);
    return count > 0;
}

static void take_point(struct curves *curves, const json_t *figure)
{
    struct point point = { .x = results_number(figure, "x") };

    if (!(point.x > 0 && point.x < 1e18) || curves->count == POINTS_MAX)
        return;
    if (curves->count == 0)
        curves->y_unit = results_text(figure, "unit");
    if (strcmp(results_text(figure, "unit"), curves->y_unit) != 0 ||
        !take_values(figure, is_linear(curves), &point))
        return;
    point.curve = curve_of(curves, results_text(figure, "name"));
    if (point.curve == CURVES_MAX)
        return;
    curves->point[curves->count++] = point;
    curves->x_low = fmin(curves->x_low, point.x);
    curves->x_high = fmax(curves->x_high, point.x);
    curves->y_low = fmin(curves->y_low, point.low);
    curves->y_high = fmax(curves->y_high, point.high);
}

static int by_place(const void *a, const void *b)
{
    const struct point *p = a, *q = b;

    if (p->x < q->x || p->x > q->x)
        return p->x < q->x ? -1 : 1;
    return (int)p->curve - (int)q->curve;
}

static void take_curves(const json_t *claim, struct curves *ret_curves)
{
    const json_t *figures = json_object_get(claim, "figures");

    *ret_curves = (struct curves){ .x_low = INFINITY, .y_low = INFINITY };
    ret_curves->x_unit = results_text(claim, "plot.x_unit");
    for (size_t i = 0; i < json_array_size(figures); i++)
        take_point(ret_curves, json_array_get(figures, i));
    qsort(ret_curves->point, ret_curves->count, sizeof(ret_curves->point[0]),
          by_place);
}

bool plot_curves_can(const json_t *claim)
{
    struct curves curves;

    if (!json_is_object(json_object_get(claim, "plot")))
        return false;
    take_curves(claim, &curves);
    return curves.count > 0 && curves.x_low < curves.x_high;
}

/* ----------------------------------------------------------- the commands */

static const char *number_text(const char *unit, double number,
                               char text[static UNITS_TEXT_MAX])
{
    if (strcmp(unit, "bytes") == 0)
        return number < 1e9 ? size_text((size_t)number, text)
                            : bytes_text(number, text);
    return strcmp(unit, "ns") == 0 ? time_text(number, text)
                                   : whole_text(number, text);
}

/* A number where there is a point, unless the one before is too near. */
static void write_numbers(const struct layout *at, const struct curves *curves,
                          FILE *script)
{
    const double near = log(curves->x_high / curves->x_low) / at->numbers;
    char text[UNITS_TEXT_MAX];
    double last = 0;

    (void)fputs("set xtics (", script);
    for (size_t i = 0; i < curves->count; i++) {
        const double x = curves->point[i].x;

        if (last > 0 && log(x / last) < near)
            continue;
        (void)fprintf(script, "%s'%s' %.9g", last > 0 ? ", " : "",
                      number_text(curves->x_unit, x, text), x);
        last = x;
    }
    (void)fputs(")\n", script);
}

static void write_axes(const struct layout *at, const struct curves *curves,
                       const json_t *claim, FILE *script)
{
    char text[PLOT_WORDS_MAX];

    (void)fprintf(script, "set logscale x\nset xrange [%.9g:%.9g]\n",
                  curves->x_low / 1.1, curves->x_high * 1.1);
    write_numbers(at, curves, script);
    if (is_linear(curves))
        (void)fprintf(script, "set yrange [0:%.6g]\nset format y '%%g %%%%'\n",
                      fmax(1, 110 * curves->y_high));
    else if (strcmp(curves->y_unit, "ns") == 0)
        plot_axis_times("y", curves->y_low / 1.5, curves->y_high * 1.5, script);
    else
        plot_axis_counts("y", curves->y_low / 1.5, curves->y_high * 1.5,
                         script);
    (void)fprintf(script, "set xlabel '%s'\n",
                  plot_words(results_text(claim, "plot.x"), text));
    (void)fprintf(script, "set ylabel '%s'\n",
                  plot_words(results_text(claim, "plot.y"), text));
    (void)fprintf(script,
                  "set key above left horizontal Left reverse samplen 2 "
                  "maxcols %u\n",
                  at->names);
}

static void write_points(const struct curves *curves, unsigned curve,
                         FILE *script)
{
    const double scale = is_linear(curves) ? 100 : 1;

    (void)fprintf(script, "$c%u << EOD\n", curve);
    for (size_t i = 0; i < curves->count; i++)
        if (curves->point[i].curve == curve)
            (void)fprintf(script, "%.9g %.6g %.6g %.6g\n", curves->point[i].x,
                          scale * curves->point[i].median,
                          scale * curves->point[i].low,
                          scale * curves->point[i].high);
    (void)fputs("EOD\n", script);
}

void plot_curves_write(const json_t *claim, enum plot_format format,
                       const char *output, FILE *script)
{
    const struct layout *at = &layouts[format];
    const struct plot_sheet sheet = { PLOT_PAGE, format, at->width, at->height,
                                      at->font };
    struct curves curves;
    char text[PLOT_WORDS_MAX];

    take_curves(claim, &curves);
    plot_begin(&sheet, output, script);
    write_axes(at, &curves, claim, script);
    for (unsigned i = 0; i < curves.names; i++)
        write_points(&curves, i, script);
    for (unsigned i = 0; i < curves.names; i++) {
        (void)fprintf(script, "%s$c%u using 1:2:3:4 with yerrorlines lw 1.5 ",
                      i == 0 ? "plot " : ", ", i);
        plot_points(PLOT_PAGE, i % PLOT_FAMILIES, i >= PLOT_FAMILIES, script);
        (void)fprintf(script, " ps %s title '%s'",
                      format == PLOT_WIDE ? "0.8" : "0.5",
                      plot_words(curves.name[i], text));
    }
    (void)fputs("\nunset output\n", script);
}
