/* SPDX-License-Identifier: MIT */
/*
 * timeline.h -- when the tasks of image jobs ran, as bars on a terminal
 */
#ifndef IPC_LAB_MODELS_TIMELINE_H
#define IPC_LAB_MODELS_TIMELINE_H

#include "ipc/lab/models/drive.h"
#include "ipc/screen/screen.h"

/* Bars are block characters where the terminal's character set has them (UTF-8
 * by LC_ALL, LC_CTYPE or LANG), else letters and digits. */

/* timeline_one prints a line for each task of one job; a bar of the screen's
 * width is span_ns long. A task that computes is drawn full, one that waits is
 * not. */
void timeline_one(const struct screen *screen,
                  const struct drive_record *record, uint64_t span_ns);

/* timeline_stream prints, for each task, how many were under way in each moment
 * of the first span_ns: full height is `window` of them. */
void timeline_stream(const struct screen *screen,
                     const struct drive_outcome *outcome, uint64_t span_ns);

/* timeline_columns returns how wide the bars of each are. */
int timeline_columns(const struct screen *screen);

#endif
