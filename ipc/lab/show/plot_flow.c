/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/plot_flow.h"

#include "ipc/lab/show/plot_labels.h"

#include <math.h>
#include <string.h>

enum { CURVES_MAX = 64, LIMITS_MAX = 32 };

/* Pixels, as in CSS; right of the curves are their names. */
static const struct layout {
    unsigned width, height, font;
    unsigned top, right, bottom, left;
    unsigned names;
    double letter;
} layouts[PLOT_FORMATS] = {
    [PLOT_WIDE] = { 900, 520, 14, 14, 16, 46, 88, 156, 8.2 },
    [PLOT_NARROW] = { 360, 480, 11, 12, 4, 34, 66, 122, 6.6 },
};

/* The mechanisms' last dots, with their names; and the ends of both axes. */
struct curves {
    const json_t *last[CURVES_MAX];
    struct plot_label label[CURVES_MAX];
    size_t count;
    double size_low, size_high, rate_low, rate_high;
    double limit_size[LIMITS_MAX], limit_rate[LIMITS_MAX];
    size_t limits;
};

static double rate_of(const json_t *cell)
{
    return results_number(cell, "bytes_per_second.median");
}

static double size_of(const json_t *cell)
{
    return results_number(cell, "size");
}

unsigned plot_flow_families(const struct plot_flow *flow)
{
    unsigned families = 0;

    for (size_t i = 0; i < flow->count; i++)
        families |= 1u << plot_family(flow->cell[i]);
    return families;
}

static bool same_curve(const json_t *a, const json_t *b)
{
    char name[PLOT_NAME_MAX], other[PLOT_NAME_MAX];

    return strcmp(plot_name(a, name), plot_name(b, other)) == 0;
}

/* ---------------------------------------------------------- what there is */

static void widen(struct curves *curves, double size, double rate)
{
    curves->size_low = fmin(curves->size_low, size);
    curves->size_high = fmax(curves->size_high, size);
    curves->rate_low = fmin(curves->rate_low, rate);
    curves->rate_high = fmax(curves->rate_high, rate);
}

static void add_curve(struct curves *curves, const json_t *cell)
{
    size_t i = 0;

    while (i < curves->count && !same_curve(curves->last[i], cell))
        i++;
    if (i == CURVES_MAX)
        return;
    if (i == curves->count)
        curves->last[curves->count++] = cell;
    else if (size_of(cell) > size_of(curves->last[i]))
        curves->last[i] = cell;
    widen(curves, size_of(cell), rate_of(cell));
}

/* memcpy's, of the sizes that the curves have. */
static void add_limits(struct curves *curves, const json_t *run)
{
    const json_t *copies =
        json_object_get(json_object_get(run, "limits"), "memcpy");
    const double low = curves->size_low, high = curves->size_high;

    for (size_t i = 0; i < json_array_size(copies); i++) {
        const json_t *copy = json_array_get(copies, i);
        const double size = results_number(copy, "size");
        const double rate = size / results_number(copy, "ns") * 1e9;

        if (!(size >= low && size <= high && rate > 1 && rate < 1e15) ||
            curves->limits == LIMITS_MAX)
            continue;
        curves->limit_size[curves->limits] = size;
        curves->limit_rate[curves->limits++] = rate;
        widen(curves, size, rate);
    }
}

static void take_curves(const struct plot_flow *flow, const json_t *run,
                        struct curves *ret_curves)
{
    *ret_curves = (struct curves){ .size_low = INFINITY, .rate_low = INFINITY };
    for (size_t i = 0; i < flow->count; i++)
        add_curve(ret_curves, flow->cell[i]);
    add_limits(ret_curves, run);
    ret_curves->rate_low /= 1.5;
    ret_curves->rate_high *= 2;
}

/* -------------------------------------------------------------- the names */

/* How far to the right an axis goes on for the names. */
static double axis_end(const struct layout *at, const struct curves *curves)
{
    const double all = at->width - at->left - at->right;

    return curves->size_low *
           pow(curves->size_high / curves->size_low, all / (all - at->names));
}

static double pixel_x(const struct layout *at, const struct curves *curves,
                      double size)
{
    return at->left + (at->width - at->left - at->right) *
                          log(size / curves->size_low) /
                          log(axis_end(at, curves) / curves->size_low);
}

static double size_at(const struct layout *at, const struct curves *curves,
                      double x)
{
    return curves->size_low *
           pow(axis_end(at, curves) / curves->size_low,
               (x - at->left) / (at->width - at->left - at->right));
}

static double pixel_y(const struct layout *at, const struct curves *curves,
                      double rate)
{
    return at->top + (at->height - at->top - at->bottom) *
                         log(curves->rate_high / rate) /
                         log(curves->rate_high / curves->rate_low);
}

static double rate_at(const struct layout *at, const struct curves *curves,
                      double y)
{
    return curves->rate_high *
           pow(curves->rate_low / curves->rate_high,
               (y - at->top) / (at->height - at->top - at->bottom));
}

static void place_names(const struct layout *at, struct curves *curves)
{
    const struct plot_box area = { at->left, at->top, at->width,
                                   at->height - at->bottom };
    const double x = at->width - at->right - at->names + 26;
    char name[PLOT_NAME_MAX];

    for (size_t i = 0; i < curves->count; i++)
        curves->label[i] = (struct plot_label){
            .x = pixel_x(at, curves, size_of(curves->last[i])),
            .y = pixel_y(at, curves, rate_of(curves->last[i])),
            .width =
                at->letter * (double)strlen(plot_name(curves->last[i], name)),
        };
    plot_labels_stack(curves->label, curves->count, &area, at->font + 2, x);
}

/* ----------------------------------------------------------- the commands */

/* The dots of one curve, in the order of the cells, which is that of the
 * sizes. */
static void write_curve(const struct plot_flow *flow, const json_t *last,
                        FILE *script)
{
    for (size_t i = 0; i < flow->count; i++)
        if (same_curve(flow->cell[i], last))
            (void)fprintf(script, "%.0f %.6g\n", size_of(flow->cell[i]),
                          rate_of(flow->cell[i]));
    (void)fputs("\n", script);
}

static void write_curves(const struct plot_flow *flow,
                         const struct curves *curves, unsigned family,
                         bool copies, FILE *script)
{
    (void)fprintf(script, "$f%u%s << EOD\n", family, copies ? "c" : "n");
    for (size_t i = 0; i < curves->count; i++)
        if (plot_family(curves->last[i]) == family &&
            plot_copies(curves->last[i]) == copies)
            write_curve(flow, curves->last[i], script);
    (void)fputs("EOD\n", script);
}

/* Where a name stands, and the line that leads there. */
static void write_names(const struct layout *at, const struct curves *curves,
                        unsigned family, FILE *script)
{
    char name[PLOT_NAME_MAX];

    (void)fprintf(script, "$n%u << EOD\n", family);
    for (size_t i = 0; i < curves->count; i++) {
        const struct plot_label *label = &curves->label[i];
        const double x = size_at(at, curves, label->box.left);
        const double y = rate_at(at, curves, label->from_y);
        const double left = size_at(at, curves, label->from_x);

        if (plot_family(curves->last[i]) == family)
            (void)fprintf(script, "%.9g %.9g %.9g %.9g %.9g \"%s\"\n",
                          size_of(curves->last[i]), rate_of(curves->last[i]),
                          left - size_of(curves->last[i]),
                          y - rate_of(curves->last[i]), x,
                          plot_name(curves->last[i], name));
    }
    (void)fputs("EOD\n", script);
}

/* Lines of their own, so that they stay when a family is picked out. */
static void write_limits(const struct curves *curves, FILE *script)
{
    for (size_t i = 1; i < curves->limits; i++)
        (void)fprintf(script,
                      "set arrow from %.0f,%.6g to %.0f,%.6g nohead lw 2 dt 2 "
                      "lc rgb '%s'\n",
                      curves->limit_size[i - 1], curves->limit_rate[i - 1],
                      curves->limit_size[i], curves->limit_rate[i],
                      plot_dim(PLOT_PAGE));
    if (curves->limits > 1)
        (void)fprintf(script,
                      "set label 'memcpy' at %.0f,%.6g left offset 0.5,0.9 "
                      "textcolor rgb '%s'\n",
                      curves->limit_size[0], curves->limit_rate[0],
                      plot_dim(PLOT_PAGE));
}

static void write_axes(const struct layout *at, const struct curves *curves,
                       FILE *script)
{
    const bool wide = at->width > 400;

    (void)fprintf(
        script,
        "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
        "set tmargin at screen %.4f\nset bmargin at screen %.4f\n"
        "set logscale x\nset xrange [%.6g:%.6g]\n",
        (double)at->left / at->width, 1 - (double)at->right / at->width,
        1 - (double)at->top / at->height, (double)at->bottom / at->height,
        curves->size_low, axis_end(at, curves));
    (void)fprintf(script,
                  "set xtics ('64 B' 64, '%s' 256, '%s' 1024, '4 KiB' 4096, "
                  "'%s' 16384, '64 KiB' 65536, '%s' 262144, '1 MiB' 1048576%s)"
                  "\nunset key\n",
                  wide ? "256 B" : "", wide ? "1 KiB" : "",
                  wide ? "16 KiB" : "", wide ? "256 KiB" : "",
                  curves->size_high > 2e6 ? ", '6 MiB' 6291456" : "");
    plot_axis_rates("y", curves->rate_low, curves->rate_high, script);
}

static void write_family(unsigned family, bool wide, FILE *script)
{
    for (int copies = 0; copies < 2; copies++) {
        (void)fprintf(script, "$f%u%s using 1:2 with linespoints lw 1.5 ps %s ",
                      family, copies ? "c" : "n", wide ? "0.8" : "0.5");
        plot_points(PLOT_PAGE, family, copies, script);
        (void)fputs(" notitle, ", script);
    }
    (void)fprintf(script,
                  "$n%u using 1:2:3:4 with vectors nohead lw 0.7 lc rgb '%s' "
                  "notitle, $n%u using 5:($2 + $4):6 with labels left "
                  "textcolor rgb '%s' notitle",
                  family, plot_dim(PLOT_PAGE), family,
                  plot_colour(PLOT_PAGE, family));
}

void plot_flow_write(const struct plot_flow *flow, const json_t *run,
                     enum plot_format format, const char *output, FILE *script)
{
    const struct layout *at = &layouts[format];
    const struct plot_sheet sheet = { PLOT_PAGE, format, at->width, at->height,
                                      at->font };
    const unsigned families = plot_flow_families(flow);
    const char *separator = "plot ";
    struct curves curves;

    take_curves(flow, run, &curves);
    place_names(at, &curves);
    plot_begin(&sheet, output, script);
    write_axes(at, &curves, script);
    write_limits(&curves, script);
    for (unsigned family = 0; family < PLOT_FAMILIES; family++) {
        write_curves(flow, &curves, family, false, script);
        write_curves(flow, &curves, family, true, script);
        write_names(at, &curves, family, script);
    }
    for (unsigned family = 0; family < PLOT_FAMILIES; family++) {
        if (!(families & 1u << family))
            continue;
        (void)fputs(separator, script);
        write_family(family, format == PLOT_WIDE, script);
        separator = ", ";
    }
    (void)fputs("\nunset output\n", script);
}
