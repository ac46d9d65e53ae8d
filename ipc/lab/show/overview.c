/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/overview.h"

#include "ipc/lab/measure/pick.h"
#include "shared/base/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The cells that answer; "two" stands for two processors, where there are. */
static const struct question {
    const char *pattern;
    const char *work;
    double size; /* NAN: a picture's own */
    const char *pin;
    bool batched;
} questions[OVERVIEW_QUESTIONS] = {
    [OVERVIEW_ONE] = { "ping-pong", "verify", 64, "same", false },
    [OVERVIEW_TWO] = { "ping-pong", "verify", 64, "two", false },
    [OVERVIEW_SMALL] = { "stream", "verify", 64, "two", false },
    [OVERVIEW_BATCH] = { "stream", "verify", 64, "two", true },
    [OVERVIEW_64K] = { "stream", "verify", 65536, "two", false },
    [OVERVIEW_1M] = { "stream", "verify", 1 << 20, "two", false },
    [OVERVIEW_IMAGE] = { "exchange", "image", NAN, "two", false },
    [OVERVIEW_SMALL_ONE] = { "stream", "verify", 64, "same", false },
};

/* ---------------------------------------------------------------- the rows */

static bool has_pin(const struct results_set *results, const char *pin)
{
    for (size_t i = 0; i < json_array_size(results->cells); i++)
        if (strcmp(results_text(json_array_get(results->cells, i), "pin"),
                   pin) == 0)
            return true;
    return false;
}

static const json_t *find_cell(const struct results_set *results,
                               const char *mechanism, const struct question *q,
                               bool unpinned)
{
    const char *two = unpinned ? "free" : "split";
    struct pick_axis axes[6] = {
        { "pattern", q->pattern, 0 },
        { "work", q->work, 0 },
        { "pin", strcmp(q->pin, "two") == 0 ? two : q->pin, 0 },
        { q->batched ? "auto_batch" : "batch", NULL, 1 },
    };
    const char *difference;

    if (!isnan(q->size))
        axes[4] = (struct pick_axis){ "size", NULL, q->size };
    return pick_cell(results, mechanism, axes, &difference);
}

/* The worse of two verdicts; NULL: there is none yet. */
static const char *worse(const char *a, const char *b)
{
    static const char *const order[] = { "good", "good*", "BAD", "FAILED" };

    for (size_t i = sizeof(order) / sizeof(order[0]); i-- > 0;)
        if (strcmp(b, order[i]) == 0 || (a && strcmp(a, order[i]) == 0))
            return order[i];
    return b;
}

static struct overview_row *row_of(struct overview *o, const char *mechanism)
{
    struct overview_row *row = o->row;

    for (; row < o->row + o->count; row++)
        if (strcmp(row->mechanism, mechanism) == 0)
            return row;
    if (o->count == OVERVIEW_ROWS_MAX)
        return NULL;
    o->count++;
    *row = (struct overview_row){ .mechanism = mechanism,
                                  .place = (unsigned)o->count };
    return row;
}

double overview_worth(const struct overview_row *row, enum overview_question q)
{
    if (!results_has_interval(row->cell[q]))
        return NAN;
    return q == OVERVIEW_ONE || q == OVERVIEW_TWO
               ? 1 / results_number(row->cell[q], "latency_ns.p50")
               : results_rate(row->cell[q]);
}

/* What cannot be told from another has no rank, and keeps its place in the
 * file, behind those that have one. */
static int by_round_trip(const void *a, const void *b)
{
    const struct overview_row *x = a, *y = b;
    const double first = overview_worth(x, OVERVIEW_TWO);
    const double second = overview_worth(y, OVERVIEW_TWO);

    if (isfinite(first) != isfinite(second))
        return isfinite(first) ? -1 : 1;
    if (isfinite(first) && first != second)
        return first > second ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

bool overview_make(const struct results_set *results,
                   struct overview *ret_overview)
{
    struct overview *o = ret_overview;
    bool any = false;

    *o = (struct overview){ .unpinned = has_pin(results, "free") &&
                                        !has_pin(results, "split") };
    for (size_t i = 0; i < json_array_size(results->cells); i++) {
        const json_t *cell = json_array_get(results->cells, i);
        struct overview_row *row;

        if (results_is_none(cell))
            continue;
        row = row_of(o, results_text(cell, "mechanism"));
        if (row)
            row->verdict = worse(row->verdict, results_verdict(cell));
    }
    for (size_t i = 0; i < o->count; i++)
        for (unsigned q = 0; q < OVERVIEW_QUESTIONS; q++) {
            o->row[i].cell[q] = find_cell(results, o->row[i].mechanism,
                                          &questions[q], o->unpinned);
            any |= o->row[i].cell[q] != NULL;
        }
    qsort(o->row, o->count, sizeof(o->row[0]), by_round_trip);
    return any;
}

/* ------------------------------------------------------------- the columns */

static double p50_us(const json_t *cell)
{
    return results_number(cell, "latency_ns.p50") / 1e3;
}

static double p99_us(const json_t *cell)
{
    return results_number(cell, "latency_ns.p99") / 1e3;
}

static double millions(const json_t *cell)
{
    return results_rate(cell) / 1e6;
}

static double gigabytes(const json_t *cell)
{
    return results_number(cell, "bytes_per_second.median") / 1e9;
}

static double cpu_us(const json_t *cell)
{
    return results_cpu_ns(cell) / 1e3;
}

static double calls(const json_t *cell)
{
    return results_number(cell, "system_calls_per_job.producer") +
           results_number(cell, "system_calls_per_job.consumer");
}

static double ipc_ms(const json_t *cell)
{
    return results_cpu_ns(cell) * results_number(cell, "ipc_share") / 1e6;
}

const struct overview_column overview_columns[OVERVIEW_COLUMNS] = {
    { "", "mechanism", "mechanism", "", "mechanism", "", -15, false, 0, NULL },
    { "round trip of 64 B, us", "one CPU", "round trip on one CPU, us",
      "round trip", "one", "us", 5, false, OVERVIEW_ONE, p50_us },
    { NULL, "p99", NULL, "", "p99", "us", 5, true, OVERVIEW_ONE, p99_us },
    { NULL, "two CPUs", "on two CPUs, us", "", "two", "us", 5, false,
      OVERVIEW_TWO, p50_us },
    { NULL, "p99", NULL, "", "p99", "us", 5, true, OVERVIEW_TWO, p99_us },
    { "messages of 64 B, M/s", "one by one", "messages of 64 B, M/s",
      "messages", "single", "M/s", 6, false, OVERVIEW_SMALL, millions },
    { NULL, "in batches", "in batches, M/s", "", "batch", "M/s", 5, false,
      OVERVIEW_BATCH, millions },
    { "large ones, GB/s", "64 KiB", NULL, "bytes", "64 KiB", "GB/s", 6, false,
      OVERVIEW_64K, gigabytes },
    { NULL, "1 MiB", "of 1 MiB, GB/s", "", "1 MiB", "GB/s", 5, false,
      OVERVIEW_1M, gigabytes },
    { "a message of 64 B", "CPU, us", "CPU time each, us", "each", "CPU", "us",
      5, false, OVERVIEW_SMALL, cpu_us },
    { NULL, "calls", "system calls", "", "calls", "", 5, false, OVERVIEW_SMALL,
      calls },
    { "a picture", "IPC, ms", "IPC of a picture, ms", "picture", "IPC", "ms", 5,
      false, OVERVIEW_IMAGE, ipc_ms },
    { "", "verdict", NULL, "", "verdict", "", -7, false, 0, NULL },
};

bool overview_is_unpinned(const struct overview *overview, size_t column)
{
    return overview->unpinned && !overview_columns[column].wide &&
           overview_columns[column].question == OVERVIEW_TWO;
}

const char *overview_name(const struct overview *overview, size_t column)
{
    return overview_is_unpinned(overview, column)
               ? "not pinned"
               : overview_columns[column].name;
}

const char *overview_markdown_name(const struct overview *overview,
                                   size_t column)
{
    return overview_is_unpinned(overview, column)
               ? "not pinned, us"
               : overview_columns[column].markdown;
}

/* Three digits and no more characters than five: what is less than it can show
 * is no zero. */
static void write_number(double number, char text[static OVERVIEW_CELL_MAX])
{
    if (!isfinite(number) || number < 0)
        (void)snprintf(text, OVERVIEW_CELL_MAX, "-");
    else if (number > 0 && number < 0.0005)
        (void)snprintf(text, OVERVIEW_CELL_MAX, "<.001");
    else
        (void)snprintf(text, OVERVIEW_CELL_MAX, "%.*f",
                       number == 0       ? 0
                       : number < 0.0995 ? 3
                       : number < 9.995  ? 2
                       : number < 99.95  ? 1
                                         : 0,
                       fabs(number));
}

const char *overview_text(const struct overview_row *row, size_t column,
                          char text[static OVERVIEW_CELL_MAX])
{
    const struct overview_column *c = &overview_columns[column];
    const double number = c->number ? c->number(row->cell[c->question]) : NAN;

    if (column == 0)
        (void)snprintf(text, OVERVIEW_CELL_MAX, "%s", row->mechanism);
    else if (column == OVERVIEW_COLUMNS - 1)
        (void)snprintf(text, OVERVIEW_CELL_MAX, "%s",
                       row->verdict ? row->verdict : "-");
    else
        write_number(number, text);
    return text;
}
