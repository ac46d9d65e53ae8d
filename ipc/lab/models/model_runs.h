/* SPDX-License-Identifier: MIT */
/*
 * model_runs.h -- what each model did with the same pictures, and by what to
 * judge it
 */
#ifndef IPC_LAB_MODELS_MODEL_RUNS_H
#define IPC_LAB_MODELS_MODEL_RUNS_H

#include "ipc/lab/models/drive.h"
#include "ipc/upload/upload_server.h"

enum {
    RUNS_ALONE = 7, /* pictures that are done one at a time */
    RUNS_MAX = 16,
};

/* What one model did. */
struct model_run {
    const struct model *model; /* NULL: nothing was run */
    struct drive_outcome alone;
    size_t middle; /* of these: the one whose time is the median */
    struct drive_outcome stream;
};

/* What all of them did, where, and with what. */
struct model_runs {
    unsigned processors;
    /* Of our own server; NULL: uploads went to one that was named. */
    const struct upload_server_options *served;
    struct model_run yardstick; /* serial, whose tasks nothing disturbs */
    struct model_run run[RUNS_MAX];
    size_t count;
};

/* runs_free is safe on zeroed memory. */
void runs_free(struct model_runs *runs);

/* run_find_middle returns which picture of those alone took the median time. */
size_t run_find_middle(const struct model_run *run);

/* run_middle returns that picture; run_took_ns, what the i-th took. */
const struct drive_record *run_middle(const struct model_run *run);
uint64_t run_took_ns(const struct model_run *run, size_t i);

/* runs_find returns the run of a model; NULL: there is none. */
const struct model_run *runs_find(const struct model_runs *runs,
                                  const char *name);

/* runs_longest_ns returns the longest of the models' median times, and
 * runs_shown_ns how much of the streams' beginnings is shown. */
uint64_t runs_longest_ns(const struct model_runs *runs);
uint64_t runs_shown_ns(const struct model_runs *runs);

/* runs_path_ns returns the critical path, and runs_bound_ns what a model's
 * stream takes at the least, by the yardstick. */
uint64_t runs_path_ns(const struct model_runs *runs);
uint64_t runs_bound_ns(const struct model_runs *runs,
                       const struct model_run *run);

#endif
