/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/plot_scatter.h"

#include "ipc/lab/show/plot_labels.h"

#include <math.h>
#include <string.h>

/* Pixels; what is around the plot, in the order of CSS. A picture by itself is
 * read at half its size, too. */
struct layout {
    unsigned width, height, font;
    unsigned top, right, bottom, left;
    double letter; /* how wide one is, on average and a little more */
};

static const struct layout in_page[PLOT_FORMATS] = {
    [PLOT_WIDE] = { 900, 560, 14, 50, 20, 62, 88, 8.2 },
    [PLOT_NARROW] = { 360, 500, 11, 62, 8, 48, 64, 6.5 },
};
static const struct layout alone = { 900, 560, 18, 62, 16, 82, 112, 10.2 };

/* The dots, and the ends of both axes. */
struct dots {
    const json_t *cell[OVERVIEW_ROWS_MAX]; /* its round trip */
    double ns[OVERVIEW_ROWS_MAX];
    double rate[OVERVIEW_ROWS_MAX];
    struct plot_label label[OVERVIEW_ROWS_MAX];
    size_t count;
    double ns_low, ns_high, rate_low, rate_high;
};

bool plot_scatter_elsewhere(const struct overview *overview, bool one)
{
    for (size_t i = 0; i < overview->count; i++)
        if (overview->row[i].cell[OVERVIEW_SMALL_ONE])
            return false;
    return one;
}

static void add_dots(const struct overview *overview, bool one,
                     struct dots *dots)
{
    const enum overview_question trip = one ? OVERVIEW_ONE : OVERVIEW_TWO;
    const enum overview_question flow =
        one && !plot_scatter_elsewhere(overview, one) ? OVERVIEW_SMALL_ONE
                                                      : OVERVIEW_SMALL;

    dots->count = 0;
    for (size_t i = 0; i < overview->count; i++) {
        const json_t *const *cell = overview->row[i].cell;
        const double ns = results_number(cell[trip], "latency_ns.p50");
        const double rate = results_rate(cell[flow]);

        if (!(ns > 0 && ns < 1e12 && rate > 1e-3 && rate < 1e12))
            continue;
        dots->cell[dots->count] = cell[trip];
        dots->ns[dots->count] = ns;
        dots->rate[dots->count++] = rate;
        dots->ns_low = fmin(dots->ns_low, ns);
        dots->ns_high = fmax(dots->ns_high, ns);
        dots->rate_low = fmin(dots->rate_low, rate);
        dots->rate_high = fmax(dots->rate_high, rate);
    }
}

/* Those of the one placement, with axes for both. */
static void take_dots(const struct overview *overview, bool one,
                      struct dots *ret_dots)
{
    *ret_dots = (struct dots){ .ns_low = INFINITY, .rate_low = INFINITY };
    add_dots(overview, !one, ret_dots);
    add_dots(overview, one, ret_dots);
    ret_dots->ns_low /= 1.8;
    ret_dots->ns_high *= 1.6;
    ret_dots->rate_low /= 1.6;
    ret_dots->rate_high *= 2;
}

const json_t *plot_scatter_first(const struct overview *overview, bool one)
{
    struct dots dots = { .ns_low = INFINITY, .rate_low = INFINITY };

    add_dots(overview, one, &dots);
    return dots.count > 0 ? dots.cell[0] : NULL;
}

/* Where a value lies on an axis, from 0 to 1. */
static double along(double value, double low, double high)
{
    return log(value / low) / log(high / low);
}

static void place_labels(const struct layout *at, struct dots *dots)
{
    const struct plot_box area = { at->left + 2, at->top, at->width - at->right,
                                   at->height - at->bottom - 2 };
    char name[PLOT_NAME_MAX];

    for (size_t i = 0; i < dots->count; i++)
        dots->label[i] = (struct plot_label){
            .x =
                area.left + (area.right - area.left) *
                                along(dots->ns[i], dots->ns_low, dots->ns_high),
            .y = area.bottom -
                 (area.bottom - area.top) *
                     along(dots->rate[i], dots->rate_low, dots->rate_high),
            .width =
                at->letter * (double)strlen(plot_name(dots->cell[i], name)),
        };
    plot_labels_place(dots->label, dots->count, &area, at->font + 1);
}

static void write_label(const struct layout *at, const struct plot_label *label,
                        const char *name, const char *colour,
                        enum plot_theme theme, FILE *script)
{
    static const char *const sides[] = { "left", "center", "right" };
    const double x = label->side < 0 ? label->box.left
                     : label->side > 0
                         ? label->box.right
                         : (label->box.left + label->box.right) / 2;
    const double y = (label->box.top + label->box.bottom) / 2;

    (void)fprintf(script,
                  "set label '%s' at screen %.4f,%.4f %s front textcolor "
                  "rgb '%s'\n",
                  name, x / at->width, 1 - y / at->height,
                  sides[label->side + 1], colour);
    if (label->away)
        (void)fprintf(script,
                      "set arrow from screen %.4f,%.4f to screen %.4f,%.4f "
                      "nohead back lc rgb '%s'\n",
                      label->x / at->width, 1 - label->y / at->height,
                      label->from_x / at->width, 1 - label->from_y / at->height,
                      plot_dim(theme));
}

static void write_labels(const struct layout *at, const struct dots *dots,
                         enum plot_theme theme, FILE *script)
{
    char name[PLOT_NAME_MAX];

    for (size_t i = 0; i < dots->count; i++)
        write_label(at, &dots->label[i], plot_name(dots->cell[i], name),
                    plot_colour(theme, plot_family(dots->cell[i])), theme,
                    script);
}

static void write_axes(const struct layout *at, const struct dots *dots,
                       const char *trips, const char *flows, FILE *script)
{
    (void)fprintf(
        script,
        "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
        "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
        (double)at->left / at->width, 1 - (double)at->right / at->width,
        1 - (double)at->top / at->height, (double)at->bottom / at->height);
    plot_axis_times("x", dots->ns_low, dots->ns_high, script);
    plot_axis_counts("y", dots->rate_low, dots->rate_high, script);
    (void)fprintf(
        script,
        "set xlabel 'round trip of 64 B%s (left is better)' offset 0,0.3\n"
        "set ylabel 'messages of 64 B a second%s' offset %s\n"
        "set key at screen 0.5,0.99 center top horizontal "
        "reverse Left samplen 0.5 maxrows 2\n",
        trips, flows,
        at == &alone      ? "1,0"
        : at->width > 400 ? "0,0"
                          : "1.5,0");
}

/* Of one family, those that copy the payload or those that do not. */
static void write_series(const struct dots *dots, unsigned family, bool copies,
                         FILE *script)
{
    (void)fprintf(script, "$f%u%s << EOD\n", family, copies ? "c" : "n");
    for (size_t i = 0; i < dots->count; i++)
        if (plot_family(dots->cell[i]) == family &&
            plot_copies(dots->cell[i]) == copies)
            (void)fprintf(script, "%.6g %.6g\n", dots->ns[i], dots->rate[i]);
    (void)fputs("EOD\n", script);
}

static bool has_family(const struct dots *dots, unsigned family)
{
    for (size_t i = 0; i < dots->count; i++)
        if (plot_family(dots->cell[i]) == family)
            return true;
    return false;
}

static void write_key(enum plot_theme theme, FILE *script)
{
    (void)fprintf(script,
                  "plot keyentry with points pt 7 ps 1.1 lc rgb '%s' title "
                  "'no copy', keyentry with points pt 6 ps 1.1 lw 2 lc rgb "
                  "'%s' title 'copied'",
                  plot_dim(theme), plot_dim(theme));
}

static void write_plot(const struct dots *dots, enum plot_theme theme,
                       FILE *script)
{
    for (unsigned family = 0; family < PLOT_FAMILIES; family++) {
        write_series(dots, family, false, script);
        write_series(dots, family, true, script);
    }
    write_key(theme, script);
    for (unsigned family = 0; family < PLOT_FAMILIES; family++) {
        if (!has_family(dots, family))
            continue;
        for (int copies = 0; copies < 2; copies++) {
            (void)fprintf(script, ", $f%u%s using 1:2 with points ps 1.2 lw 2 ",
                          family, copies ? "c" : "n");
            plot_points(theme, family, copies, script);
            (void)fputs(" notitle", script);
        }
        (void)fputs(", keyentry with points ps 1.2 lw 2 ", script);
        plot_points(theme, family, false, script);
        (void)fprintf(script, " title '%s'", plot_family_name(family));
    }
    (void)fputs("\n", script);
}

static const char *place_text(const struct overview *overview, bool one)
{
    return one                  ? " on one processor"
           : overview->unpinned ? ", not pinned"
                                : " on two processors";
}

void plot_scatter_write(const struct overview *overview, bool one,
                        enum plot_theme theme, enum plot_format format,
                        const char *output, FILE *script)
{
    const struct layout *at = theme == PLOT_PAGE ? &in_page[format] : &alone;
    const struct plot_sheet sheet = { theme, format, at->width, at->height,
                                      at->font };
    struct dots dots;

    take_dots(overview, one, &dots);
    place_labels(at, &dots);
    plot_begin(&sheet, output, script);
    write_axes(at, &dots, place_text(overview, one),
               plot_scatter_elsewhere(overview, one)
                   ? place_text(overview, false)
                   : "",
               script);
    write_labels(at, &dots, theme, script);
    write_plot(&dots, theme, script);
    (void)fputs("unset output\n", script);
}
