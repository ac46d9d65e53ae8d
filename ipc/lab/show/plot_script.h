/* SPDX-License-Identifier: MIT */
/*
 * plot_script.h -- what gnuplot is told to draw
 */
#ifndef IPC_LAB_SHOW_PLOT_SCRIPT_H
#define IPC_LAB_SHOW_PLOT_SCRIPT_H

#include "ipc/lab/measure/results.h"

/* Each plot is drawn for a wide screen and for a narrow one. */
enum plot_format { PLOT_WIDE, PLOT_NARROW, PLOT_FORMATS };

enum { PLOT_TITLE_MAX = 240 };

enum plot_script {
    PLOT_FLOW_FILES, /* bytes per second against size, one for each family */
    PLOT_FLOW_SIGNALS,
    PLOT_FLOW_PIPES,
    PLOT_FLOW_SOCKETS,
    PLOT_FLOW_QUEUES,
    PLOT_LATENCY,
    PLOT_HEAT, /* where latencies lie */
    PLOT_CPU,
    PLOT_CALLS,
    PLOT_SHARE, /* of a picture's job that is IPC */
    PLOT_SCRIPTS,
};

/* plot_script_title tells what is drawn of these results; false when they have
 * nothing for it. */
bool plot_script_title(enum plot_script id, const struct results_set *results,
                       char ret_title[static PLOT_TITLE_MAX]);
const char *plot_script_caption(enum plot_script id);

/* plot_script_write writes the commands that draw one into a file. */
void plot_script_write(enum plot_script id, const struct results_set *results,
                       enum plot_format format, const char *output,
                       FILE *script);

#endif
