/* SPDX-License-Identifier: MIT */
/*
 * plot_script.h -- which plots results have, and what gnuplot is told to draw
 */
#ifndef IPC_LAB_SHOW_PLOT_SCRIPT_H
#define IPC_LAB_SHOW_PLOT_SCRIPT_H

#include "ipc/lab/measure/results.h"
#include "ipc/lab/show/overview.h"
#include "ipc/lab/show/plot_look.h"

enum { PLOT_TITLE_MAX = 240, PLOT_CAPTION_MAX = 600, PLOT_SCRIPTS_MAX = 64 };

/* The parts of a page. */
enum plot_section {
    SECTION_SCATTER,
    SECTION_FLOW,
    SECTION_LATENCY,
    SECTION_COST,
    SECTION_MORE, /* of cells that were asked for besides */
    PLOT_SECTIONS,
};

/* One plot. The other cells that it shows differ from its first in the
 * mechanism alone, and where throughput is drawn against size in that. */
struct plot_script {
    enum plot_section section;
    unsigned kind;
    unsigned set; /* plots of one set follow one another, and differ in where
                     the two sides ran */
    const json_t *first; /* the results' */
};

/* What is drawn, and of what. */
struct plot_source {
    const struct results_set *results;
    struct overview overview;
    bool has_overview;
    struct plot_script script[PLOT_SCRIPTS_MAX];
    size_t count;
    unsigned left_out; /* sets of plots, there being too many */
};

/* plot_script_find finds all that can be drawn of these results, to which it
 * then belongs. */
void plot_script_find(const struct results_set *results,
                      struct plot_source *ret_source);

/* plot_script_title tells what is drawn, with all that the cells have in
 * common; the kind alone tells plot_script_kind, and where the two sides ran
 * plot_script_place. */
void plot_script_title(const struct plot_script *plot,
                       char ret_title[static PLOT_TITLE_MAX]);
const char *plot_script_kind(const struct plot_script *plot);
const char *plot_script_place(const struct plot_script *plot);

/* plot_script_caption tells how to read it. */
void plot_script_caption(const struct plot_source *source,
                         const struct plot_script *plot,
                         char ret_text[static PLOT_CAPTION_MAX]);

/* plot_script_families returns the bits of the families of which one can be
 * picked out; 0: there is nothing to pick. */
unsigned plot_script_families(const struct plot_source *source,
                              const struct plot_script *plot);

/* plot_script_write writes the commands that draw one into a file. */
void plot_script_write(const struct plot_source *source,
                       const struct plot_script *plot, enum plot_format format,
                       const char *output, FILE *script);

#endif
