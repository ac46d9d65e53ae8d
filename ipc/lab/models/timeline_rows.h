/* SPDX-License-Identifier: MIT */
/*
 * timeline_rows.h -- where each task stands in a drawing: in the row of a
 * processor, or in that of those that wait, in a lane of its own
 */
#ifndef IPC_LAB_MODELS_TIMELINE_ROWS_H
#define IPC_LAB_MODELS_TIMELINE_ROWS_H

#include "ipc/job/job.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    TIMELINE_BARS_MAX = 4000,
    TIMELINE_LANES_MAX = 8,
    TIMELINE_CPUS_MAX = 64,
    TIMELINE_TASKS = JOB_TASKS + 1, /* the last: one of another name */

    /* The rows: each processor, the other ones, each task that waits. */
    TIMELINE_ROW_OTHERS = TIMELINE_CPUS_MAX,
    TIMELINE_ROW_WAITS,
    TIMELINE_ROWS = TIMELINE_ROW_WAITS + TIMELINE_TASKS,
};

/* A task, from begin to end within what is shown. */
struct timeline_bar {
    double begin_ns;
    double end_ns;
    double took_ns;
    double job;    /* -1: not known */
    unsigned task; /* enum work_task */
    int cpu;       /* -1: it waited */
    unsigned row;
    unsigned lane;
};

struct timeline_row {
    bool shown;
    size_t count;   /* of its tasks */
    bool crowded;   /* more at once than there are lanes */
    unsigned lanes; /* at least 1 */
    double busy_ns; /* in which one task at least was under way */
};

struct timeline_rows {
    double span_ns;            /* what is shown, from 0 */
    struct timeline_bar *bars; /* in the order in which they begin; owned */
    size_t count;
    bool one_job;   /* all of them are of one */
    double last_ns; /* when the last of them ends, but within the span */
    struct timeline_row row[TIMELINE_ROWS];
};

/*
 * timeline_rows_place reads an array of tasks (models_json.h) that may come
 * from any file: what is no task, or not in the span, is left out, and so is
 * what comes after the first TIMELINE_BARS_MAX. A span that is none becomes
 * that of the tasks. The rows of the processors are shown, unless there are
 * very many, and those of uploads that wait; of the others, those with tasks.
 * Without memory there are no tasks. Pair with timeline_rows_free.
 */
void timeline_rows_place(const json_t *tasks, double span_ns,
                         unsigned processors, struct timeline_rows *ret_rows);
void timeline_rows_free(struct timeline_rows *rows);

#endif
