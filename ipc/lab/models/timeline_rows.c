/* SPDX-License-Identifier: MIT */
#include "ipc/lab/models/timeline_rows.h"

#include "ipc/job/work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CPUS_ALL_SHOWN = 8 }; /* of more, only those that computed */

static const double time_most = 1e15;
static const double job_most = 1e6;

/* ------------------------------------------------------------------- read */

/* NAN: there is none, or none from 0 to the most. */
static double number_of(const json_t *task, const char *key, double most)
{
    const json_t *value = json_object_get(task, key);
    const double number = json_is_number(value) ? json_number_value(value) : -1;

    return number >= 0 && number <= most ? number : NAN;
}

static unsigned task_of(const json_t *task)
{
    const char *name = json_string_value(json_object_get(task, "task"));
    unsigned i = 0;

    while (i < JOB_TASKS && (!name || strcmp(name, work_task_name(i)) != 0))
        i++;
    return i;
}

static bool read_bar(const json_t *task, unsigned processors,
                     struct timeline_bar *ret_bar)
{
    const double begin = number_of(task, "begin_ns", time_most);
    const double end = number_of(task, "end_ns", time_most);
    const double job = number_of(task, "job", job_most);
    const double cpu = number_of(task, "cpu", time_most);

    if (isnan(begin) || isnan(end) || begin > end)
        return false;
    *ret_bar = (struct timeline_bar){
        .begin_ns = begin,
        .end_ns = end,
        .took_ns = end - begin,
        .job = isnan(job) ? -1 : floor(job),
        .task = task_of(task),
        .cpu = isnan(cpu) ? -1 : (int)fmin(cpu, TIMELINE_CPUS_MAX),
    };
    if (ret_bar->cpu < 0)
        ret_bar->row = TIMELINE_ROW_WAITS + ret_bar->task;
    else if ((unsigned)ret_bar->cpu < processors &&
             ret_bar->cpu < TIMELINE_CPUS_MAX)
        ret_bar->row = (unsigned)ret_bar->cpu;
    else
        ret_bar->row = TIMELINE_ROW_OTHERS;
    return true;
}

static int compare_begins(const void *a, const void *b)
{
    const struct timeline_bar *x = a, *y = b;

    if (x->begin_ns != y->begin_ns)
        return x->begin_ns < y->begin_ns ? -1 : 1;
    return (x->job > y->job) - (x->job < y->job);
}

static void read_bars(const json_t *tasks, unsigned processors,
                      struct timeline_rows *rows)
{
    size_t size = json_array_size(tasks);

    if (size > TIMELINE_BARS_MAX)
        size = TIMELINE_BARS_MAX;
    rows->bars = size > 0 ? calloc(size, sizeof(*rows->bars)) : NULL;
    for (size_t i = 0; rows->bars && i < size; i++)
        if (read_bar(json_array_get(tasks, i), processors,
                     &rows->bars[rows->count]))
            rows->count++;
    if (rows->count > 0)
        qsort(rows->bars, rows->count, sizeof(*rows->bars), compare_begins);
}

/* ------------------------------------------------------------------ placed */

static double span_of(const struct timeline_rows *rows, double span_ns)
{
    double last = 0;

    if (span_ns >= 1 && span_ns <= time_most)
        return span_ns;
    for (size_t i = 0; i < rows->count; i++)
        last = fmax(last, rows->bars[i].end_ns);
    return fmax(last, 1);
}

/* Those that begin within the span are the first ones. */
static void cut(struct timeline_rows *rows)
{
    size_t count = 0;

    rows->one_job = true;
    while (count < rows->count && rows->bars[count].begin_ns < rows->span_ns) {
        struct timeline_bar *bar = &rows->bars[count++];

        bar->end_ns = fmin(bar->end_ns, rows->span_ns);
        rows->last_ns = fmax(rows->last_ns, bar->end_ns);
        rows->one_job &=
            !(bar->job < rows->bars[0].job) && !(bar->job > rows->bars[0].job);
    }
    rows->count = count;
}

/* Each goes into the first lane that is free when it begins. */
static void place(struct timeline_rows *rows)
{
    double free_at[TIMELINE_ROWS][TIMELINE_LANES_MAX] = { 0 };
    double busy_until[TIMELINE_ROWS] = { 0 };

    for (size_t i = 0; i < rows->count; i++) {
        struct timeline_bar *bar = &rows->bars[i];
        struct timeline_row *row = &rows->row[bar->row];
        const double from = fmax(bar->begin_ns, busy_until[bar->row]);
        double *lane = free_at[bar->row];

        while (bar->lane < TIMELINE_LANES_MAX - 1 &&
               lane[bar->lane] > bar->begin_ns)
            bar->lane++;
        row->crowded |= lane[bar->lane] > bar->begin_ns;
        lane[bar->lane] = fmax(lane[bar->lane], bar->end_ns);
        if (row->lanes <= bar->lane)
            row->lanes = bar->lane + 1;
        row->busy_ns += fmax(bar->end_ns - from, 0);
        busy_until[bar->row] = fmax(busy_until[bar->row], bar->end_ns);
        row->shown = true;
        row->count++;
    }
}

void timeline_rows_place(const json_t *tasks, double span_ns,
                         unsigned processors, struct timeline_rows *ret_rows)
{
    struct timeline_rows *rows = ret_rows;

    *rows = (struct timeline_rows){ 0 };
    for (unsigned i = 0; i < TIMELINE_ROWS; i++)
        rows->row[i].lanes = 1;
    for (unsigned i = 0; i < processors && processors <= CPUS_ALL_SHOWN; i++)
        rows->row[i].shown = true;
    rows->row[TIMELINE_ROW_WAITS + WORK_UPLOAD_ORIGINAL].shown = true;
    rows->row[TIMELINE_ROW_WAITS + WORK_UPLOAD_RESIZED].shown = true;
    read_bars(tasks, processors, rows);
    rows->span_ns = span_of(rows, span_ns);
    cut(rows);
    place(rows);
}

void timeline_rows_free(struct timeline_rows *rows)
{
    free(rows->bars);
    *rows = (struct timeline_rows){ 0 };
}
