/* SPDX-License-Identifier: MIT */
/*
 * models_json.h -- the models' runs as lines of JSON
 *
 * First {"type":"models"}: the machine's processors, the server, the critical
 * path. Then a {"type":"model"} for each: its sheet, and why it was skipped, or
 * its runs, "alone" and "stream". Times are nanoseconds. A task is
 *
 *   {"job":0,"task":"resize","begin_ns":0,"end_ns":9,"cpu_ns":8,"cpu":1}
 *
 * from the start of the run, or of the picture alone; a "cpu" of -1: it waited.
 * No line is as long as 1 MiB.
 */
#ifndef IPC_LAB_MODELS_MODELS_JSON_H
#define IPC_LAB_MODELS_MODELS_JSON_H

#include "ipc/lab/models/model_runs.h"

#include <jansson.h>

/* Each returns an object that the caller releases; NULL without memory. */

/* models_json_all tells what holds for all models; there may be no runs. */
json_t *models_json_all(const struct model_runs *runs);

/* models_json_skipped tells of a model that was not built, and models_json_run
 * of one that ran. */
json_t *models_json_skipped(const struct model *model);
json_t *models_json_run(const struct model_runs *runs,
                        const struct model_run *run);

#endif
