/* SPDX-License-Identifier: MIT */
/*
 * plot_look.h -- how plots look: colours, marks, the numbers on their axes
 */
#ifndef IPC_LAB_SHOW_PLOT_LOOK_H
#define IPC_LAB_SHOW_PLOT_LOOK_H

#include "ipc/lab/measure/results.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* In a page, on its paper; or by itself, in light or dark. */
enum plot_theme { PLOT_PAGE, PLOT_LIGHT, PLOT_DARK, PLOT_THEMES };

/* Each plot is drawn for a wide screen and for a narrow one. */
enum plot_format { PLOT_WIDE, PLOT_NARROW, PLOT_FORMATS };

/* The families; the last stands for any other. */
enum { PLOT_FAMILIES = 6, PLOT_NAME_MAX = RESULTS_NAME_MAX };

/* A drawing: who it is for, and its size in pixels. */
struct plot_sheet {
    enum plot_theme theme;
    enum plot_format format;
    unsigned width, height;
    unsigned font; /* pixels */
};

/* plot_begin writes what comes first in the commands of one drawing, which goes
 * into the file `output`. */
void plot_begin(const struct plot_sheet *sheet, const char *output,
                FILE *script);

/* plot_family returns the number of a cell's family, and plot_family_name its
 * name. A family has a colour, and a mark, filled where the payload is not
 * copied: plot_points writes both, as gnuplot's points take them. */
unsigned plot_family(const json_t *cell);
const char *plot_family_name(unsigned family);
const char *plot_colour(enum plot_theme theme, unsigned family);
void plot_points(enum plot_theme theme, unsigned family, bool copies,
                 FILE *script);

/* plot_copies: whether a cell's mechanism copies the payload, or may. */
bool plot_copies(const json_t *cell);

/* plot_dim returns the colour of what is of less weight. */
const char *plot_dim(enum plot_theme theme);

/* plot_name is results_name for gnuplot. It comes from a file: only what a name
 * is made of is passed on. */
const char *plot_name(const json_t *cell, char text[static PLOT_NAME_MAX]);

/* plot_words passes on what words are made of, of any text. */
enum { PLOT_WORDS_MAX = 80 };
const char *plot_words(const char *words, char text[static PLOT_WORDS_MAX]);

/* These make an axis ("x") from low to high a scale of factors, with a number
 * at 1, 2 and 5 where there is room, otherwise at 1 of each decade: amounts of
 * nanoseconds, of anything, of bytes a second. */
void plot_axis_times(const char *axis, double low, double high, FILE *script);
void plot_axis_counts(const char *axis, double low, double high, FILE *script);
void plot_axis_rates(const char *axis, double low, double high, FILE *script);

#endif
