/* SPDX-License-Identifier: MIT */
/*
 * timeline_svg.h -- when tasks ran, and on which processor, as a drawing in a
 * page: what computes in full colour, what waits for the server pale below it
 */
#ifndef IPC_LAB_SHOW_TIMELINE_SVG_H
#define IPC_LAB_SHOW_TIMELINE_SVG_H

#include "ipc/lab/show/plot_look.h"

#include <jansson.h>
#include <stdio.h>

/*
 * timeline_svg writes an <svg> for tasks as models_json.h has them, from 0 to
 * span_ns; they may come from any file (timeline_rows.h tells what is left
 * out). `label` is what is read to those who do not see it. Less than 1 MiB.
 */
void timeline_svg(const json_t *tasks, double span_ns, unsigned processors,
                  enum plot_format format, const char *label, FILE *stream);

/* A page that has any needs timeline_svg_style once, within <style>; and
 * timeline_svg_legend, which tells what the bars mean. */
void timeline_svg_style(FILE *stream);
void timeline_svg_legend(FILE *stream);

#endif
