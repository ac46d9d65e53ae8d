/* SPDX-License-Identifier: MIT */
/*
 * model_runs_print.h -- the models' runs as a person reads them: the critical
 * path, a timeline of each, a table
 */
#ifndef IPC_LAB_MODELS_MODEL_RUNS_PRINT_H
#define IPC_LAB_MODELS_MODEL_RUNS_PRINT_H

#include "ipc/lab/models/model_runs.h"
#include "ipc/screen/screen.h"

/* runs_print prints runs of one model at least, and of the yardstick. */
void runs_print(const struct model_runs *runs, const struct screen *screen);

#endif
