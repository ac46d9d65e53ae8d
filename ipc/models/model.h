/* SPDX-License-Identifier: MIT */
/*
 * model.h -- the contract of a concurrency model: who does the four tasks, when
 *
 * In this room: a file for each model, and the tasks that they share.
 *
 * A model takes whole image jobs and does upload original, checksum, resize and
 * upload resized for each. Its file defines these four functions, in this
 * order:
 *
 *      start  (submit  collect)*  stop
 *
 * One thread may submit while another collects. A model has its own threads or
 * processes between start and stop; none outlives stop. 0 or a negative errno.
 */
#ifndef IPC_MODELS_MODEL_H
#define IPC_MODELS_MODEL_H

#include "ipc/channel.h"
#include "ipc/models/tasks.h"

/* Its pointers are the caller's and stay valid until stop. */
struct model_config {
    const struct upload_target *target;
    unsigned workers; /* threads of a pool; at least 1 */
    /* How processes talk. */
    const struct channel_ops *ops;
    size_t options[CHANNEL_OPTIONS_MAX];
    const char *dir; /* private */
    uint64_t seed;
    size_t image_max; /* bytes of the largest image */
    /* Called in each process that a model makes: to drop what keeps others
     * from noticing that this one's parent has died. NULL: there is nothing. */
    void (*forked)(void *arg);
    void *forked_arg;
};

struct model_ops {
    const char *name;  /* as people type it: "per-job" */
    size_t state_size; /* zeroed bytes, which the caller allocates */

    /* start makes threads, connections, processes, for as many jobs under way
     * as *window says, at least 1; it may lower that. Call stop also after a
     * failure. */
    int (*start)(void *state, const struct model_config *config,
                 unsigned *window);

    /* submit hands over a job, when fewer than the window are under way.
     * The job and its image stay where they are until it is collected. */
    int (*submit)(void *state, struct model_job *job);

    /* collect returns a job whose tasks have all ended, in any order. Call it
     * only while one is under way: it waits for it. */
    int (*collect)(void *state, struct model_job **ret_job);

    /* stop ends what start made; jobs that are under way are given up. */
    void (*stop)(void *state);
};

enum model_heading {
    MODEL_WORKERS, /* threads and processes */
    MODEL_WAITING, /* who waits for an upload */
    MODEL_GAINS,
    MODEL_COSTS,
    MODEL_USE,
    MODEL_MANUAL,
    MODEL_HEADINGS,
};

/* A model as its sheet tells of it. */
struct model {
    const char *name;
    const char *source;
    const char *title;
    const char *sheet[MODEL_HEADINGS];
    const struct model_ops *ops; /* NULL: it was not built */
    const char *skipped;         /* why, or NULL */
};

/* All of them; a NULL name ends the table. */
extern const struct model models[];

/* model_error_text says what an error of submit or collect means. */
const char *model_error_text(int error);

/* model_find returns the one of that name, or NULL. */
const struct model *model_find(const char *name);

#endif
