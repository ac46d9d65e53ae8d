/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/plot_look.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* Told apart by who sees few colours, too. What is in a page is turned round in
 * the dark by the page. */
static const struct look {
    const char *background, *text, *dim, *grid, *border;
    const char *family[PLOT_FAMILIES];
} light = {
    "#ffffff",
    "#333333",
    "#999999",
    "#e3e6ea",
    "#888888",
    { "#b67a00", "#b8428c", "#00875f", "#0b62c4", "#d55e00", "#555555" },
}, dark = {
    "#0d1117",
    "#e4e7eb",
    "#7d8690",
    "#262c34",
    "#7d8690",
    { "#e8b04b", "#e887c0", "#3fcf9e", "#6cb0ff", "#ff9350", "#b0b6bd" },
};

static const struct look *look_of(enum plot_theme theme)
{
    return theme == PLOT_DARK ? &dark : &light;
}

/* Each with the mark that it has unfilled; the next number fills it. */
static const struct {
    const char *name;
    unsigned mark;
} families[PLOT_FAMILIES] = {
    { "files", 12 },  { "signals", 8 }, { "pipes", 10 },
    { "sockets", 4 }, { "queues", 6 },  { "others", 14 },
};

void plot_begin(const struct plot_sheet *sheet, const char *output,
                FILE *script)
{
    const struct look *look = look_of(sheet->theme);
    const bool alone = sheet->theme != PLOT_PAGE; /* else paper shows */

    (void)fprintf(script,
                  "reset\n"
                  "set terminal svg size %u,%u font 'sans-serif,%u' "
                  "noenhanced%s%s%s\n"
                  "set output '%s'\n"
                  "set grid lt 1 lw 0.7 lc rgb '%s'\n"
                  "set border 3 lc rgb '%s'\n"
                  "set tics nomirror textcolor rgb '%s'\n"
                  "set key textcolor rgb '%s'\n"
                  "set xlabel textcolor rgb '%s'\n"
                  "set ylabel textcolor rgb '%s'\n",
                  sheet->width, sheet->height, sheet->font,
                  alone ? " background '" : "", alone ? look->background : "",
                  alone ? "'" : "", output, look->grid, look->border,
                  look->text, look->text, look->text, look->text);
}

unsigned plot_family(const json_t *cell)
{
    unsigned family = 0;

    while (family < PLOT_FAMILIES - 1 &&
           strcmp(results_text(cell, "family"), families[family].name) != 0)
        family++;
    return family;
}

const char *plot_family_name(unsigned family)
{
    return families[family].name;
}

const char *plot_colour(enum plot_theme theme, unsigned family)
{
    return look_of(theme)->family[family];
}

void plot_points(enum plot_theme theme, unsigned family, bool copies,
                 FILE *script)
{
    (void)fprintf(script, "pt %u lc rgb '%s'",
                  families[family].mark + (copies ? 0 : 1),
                  look_of(theme)->family[family]);
}

bool plot_copies(const json_t *cell)
{
    return results_number(cell, "copies") != 0;
}

const char *plot_dim(enum plot_theme theme)
{
    return look_of(theme)->dim;
}

const char *plot_name(const json_t *cell, char text[static PLOT_NAME_MAX])
{
    (void)results_name(cell, text);
    for (char *at = text; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '-' && *at != ' ')
            *at = '?';
    return text;
}

const char *plot_words(const char *words, char text[static PLOT_WORDS_MAX])
{
    (void)snprintf(text, PLOT_WORDS_MAX, "%s", words);
    for (char *at = text; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr(" -_,.:;()/%", *at))
            *at = '?';
    return text;
}

/* --------------------------------------------------------------- the axes */

/* A unit for each three decades, the first of them for 1. */
static void write_number(double value, const char *const *units, FILE *script)
{
    while (value >= 999.5 && units[1]) {
        value /= 1000;
        units++;
    }
    (void)fprintf(script, "%.3g%s", value, *units);
}

static void write_axis(const char *axis, double low, double high,
                       const char *const *units, FILE *script)
{
    static const unsigned steps[] = { 1, 2, 5 };
    const bool room = high / low < (*axis == 'y' ? 1000 : 150);
    bool any = false;

    (void)fprintf(script,
                  "set logscale %s\nset %srange [%.6g:%.6g]\n"
                  "set %stics (",
                  axis, axis, low, high, axis);
    for (int decade = (int)floor(log10(low)); decade <= log10(high); decade++)
        for (int i = 0; i < 3; i++) {
            const double at = steps[i] * pow(10, decade);

            if (at < low || at > high)
                continue;
            (void)fprintf(script, "%s'", any ? ", " : "");
            if (i == 0 || room)
                write_number(at, units, script);
            (void)fprintf(script, "' %.6g %d", at, i == 0 || room ? 0 : 1);
            any = true;
        }
    (void)fputs(any ? ")\n" : "'' 1)\n", script);
}

void plot_axis_times(const char *axis, double low, double high, FILE *script)
{
    static const char *const units[] = { " ns", " us", " ms", " s", NULL };

    write_axis(axis, low, high, units, script);
}

void plot_axis_counts(const char *axis, double low, double high, FILE *script)
{
    static const char *const units[] = { "", " k", " M", " G", NULL };

    write_axis(axis, low, high, units, script);
}

void plot_axis_rates(const char *axis, double low, double high, FILE *script)
{
    static const char *const units[] = { " B/s", " kB/s", " MB/s", " GB/s",
                                         NULL };

    write_axis(axis, low, high, units, script);
}
