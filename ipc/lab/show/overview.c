/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/overview.h"

#include "ipc/lab/measure/pick.h"
#include "ipc/lab/show/table.h"
#include "shared/base/units.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The cells that answer; "two" stands for two processors, where there are. */
static const struct question {
    const char *pattern;
    const char *work;
    double size; /* NAN: a picture's own */
    const char *pin;
    double batched;
} questions[OVERVIEW_QUESTIONS] = {
    [OVERVIEW_ONE] = { "ping-pong", "verify", 64, "same", 0 },
    [OVERVIEW_TWO] = { "ping-pong", "verify", 64, "two", 0 },
    [OVERVIEW_SMALL] = { "stream", "verify", 64, "two", 0 },
    [OVERVIEW_BATCH] = { "stream", "verify", 64, "two", 1 },
    [OVERVIEW_64K] = { "stream", "verify", 65536, "two", 0 },
    [OVERVIEW_1M] = { "stream", "verify", 1 << 20, "two", 0 },
    [OVERVIEW_IMAGE] = { "exchange", "image", NAN, "two", 0 },
};

/* ---------------------------------------------------------------- the rows */

static bool was_split(const struct results_set *results)
{
    for (size_t i = 0; i < json_array_size(results->cells); i++)
        if (strcmp(results_text(json_array_get(results->cells, i), "pin"),
                   "split") == 0)
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
        { "auto_batch", NULL, q->batched },
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

static double round_trip(const struct overview_row *row,
                         enum overview_question q)
{
    return results_number(row->cell[q], "latency_ns.p50");
}

/* How good a row is in a question: more is better; NAN: not known, or of too
 * few rounds to be told from another. */
static double worth(const struct overview_row *row, enum overview_question q)
{
    if (!results_has_interval(row->cell[q]))
        return NAN;
    return q == OVERVIEW_ONE || q == OVERVIEW_TWO
               ? 1 / round_trip(row, q)
               : results_number(row->cell[q], "jobs_per_second.median");
}

/* What cannot be told from another has no rank, and keeps its place in the
 * file, behind those that have one. */
static int by_round_trip(const void *a, const void *b)
{
    const struct overview_row *x = a, *y = b;
    const double first = worth(x, OVERVIEW_TWO);
    const double second = worth(y, OVERVIEW_TWO);

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

    *o = (struct overview){ .unpinned = !was_split(results) };
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
    return results_number(cell, "jobs_per_second.median") / 1e6;
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
    { "mechanism", "", "mechanism", "", -15, false, 0, NULL },
    { "round trip on one processor, us", "round trip", "one", "us", 5, false,
      OVERVIEW_ONE, p50_us },
    { "its 99th percentile, us", "", "p99", "us", 5, true, OVERVIEW_ONE,
      p99_us },
    { "round trip on two, us", "", "two", "us", 5, false, OVERVIEW_TWO,
      p50_us },
    { "its 99th percentile, us", "", "p99", "us", 5, true, OVERVIEW_TWO,
      p99_us },
    { "messages one by one, M/s", "messages", "single", "M/s", 6, false,
      OVERVIEW_SMALL, millions },
    { "in batches, M/s", "", "batch", "M/s", 5, false, OVERVIEW_BATCH,
      millions },
    { "64 KiB each, GB/s", "bytes", "64 KiB", "GB/s", 6, false, OVERVIEW_64K,
      gigabytes },
    { "1 MiB each, GB/s", "", "1 MiB", "GB/s", 5, false, OVERVIEW_1M,
      gigabytes },
    { "CPU time of a message, us", "each", "CPU", "us", 5, false,
      OVERVIEW_SMALL, cpu_us },
    { "its system calls", "", "calls", "", 5, false, OVERVIEW_SMALL, calls },
    { "IPC of a picture's job, ms", "picture", "IPC", "ms", 5, false,
      OVERVIEW_IMAGE, ipc_ms },
    { "verdict", "", "verdict", "", -7, false, 0, NULL },
};

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
    else if (!isfinite(number) || number < 0)
        (void)snprintf(text, OVERVIEW_CELL_MAX, "-");
    else
        (void)snprintf(text, OVERVIEW_CELL_MAX, "%.*f",
                       number < 9.995   ? 2
                       : number < 99.95 ? 1
                                        : 0,
                       fabs(number));
    return text;
}

/* ------------------------------------------------------------ in sentences */

__attribute__((format(printf, 2, 3))) static void say(
    char text[static OVERVIEW_TEXT_MAX], const char *format, ...)
{
    const size_t used = strlen(text);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text + used, OVERVIEW_TEXT_MAX - used, format, arguments);
    va_end(arguments);
}

/* The best row, or the worst; NULL: none is known. */
static const struct overview_row *extreme(const struct overview *o,
                                          enum overview_question q, bool best)
{
    const struct overview_row *found = NULL;

    for (size_t i = 0; i < o->count; i++) {
        const double value = worth(&o->row[i], q);

        if (isfinite(value) && (!found || (best ? value > worth(found, q)
                                                : value < worth(found, q))))
            found = &o->row[i];
    }
    return found;
}

/* The best, and all of which no difference to it is shown. */
static void say_best(const struct overview *o, enum overview_question q,
                     const struct overview_row *best,
                     char text[static OVERVIEW_TEXT_MAX])
{
    bool alike = false;

    say(text, "%s", best->mechanism);
    for (size_t i = 0; i < o->count; i++) {
        const struct overview_row *row = &o->row[i];

        if (row == best || !isfinite(worth(row, q)) ||
            table_differs(row->cell[q], best->cell[q]))
            continue;
        say(text, "%s%s",
            alike ? ", " : " (no difference shown: ", row->mechanism);
        alike = true;
    }
    say(text, "%s", alike ? ")" : "");
}

static const char *factor_text(double factor, char text[static UNITS_TEXT_MAX])
{
    (void)snprintf(text, UNITS_TEXT_MAX, factor < 999.5 ? "%.3g" : "%.0f",
                   factor);
    return text;
}

static void say_round_trip(const struct overview *o, enum overview_question q,
                           const char *where,
                           char text[static OVERVIEW_TEXT_MAX])
{
    const struct overview_row *best = extreme(o, q, true);
    const struct overview_row *worst = extreme(o, q, false);
    char time[UNITS_TEXT_MAX], factor[UNITS_TEXT_MAX];

    if (!best)
        return;
    say(text, "%s%s the fastest round trip of a small message is that of ",
        text[0] ? " " : "", where);
    say_best(o, q, best, text);
    say(text, ", %s", time_text(round_trip(best, q), time));
    if (worst != best)
        say(text, "; %s takes %s times as long", worst->mechanism,
            factor_text(round_trip(worst, q) / round_trip(best, q), factor));
    say(text, ".");
}

static void say_bytes(const struct overview *o,
                      char text[static OVERVIEW_TEXT_MAX])
{
    const struct overview_row *best = extreme(o, OVERVIEW_1M, true);
    char bytes[UNITS_TEXT_MAX];

    if (!best)
        return;
    say(text, "%sMessages of 1 MiB go fastest over ", text[0] ? " " : "");
    say_best(o, OVERVIEW_1M, best, text);
    say(text, ", %s/s.",
        bytes_text(
            results_number(best->cell[OVERVIEW_1M], "bytes_per_second.median"),
            bytes));
}

/* How much longer the same mechanism takes on the one place than on the other,
 * at most. */
static void say_placement(const struct overview *o,
                          char text[static OVERVIEW_TEXT_MAX])
{
    const struct overview_row *most = NULL;
    double factor = 1;

    for (size_t i = 0; i < o->count; i++) {
        const struct overview_row *row = &o->row[i];
        const double ratio =
            worth(row, OVERVIEW_ONE) / worth(row, OVERVIEW_TWO);
        const double here = ratio < 1 ? 1 / ratio : ratio;

        if (isfinite(here) && here > factor) {
            factor = here;
            most = row;
        }
    }
    if (most)
        say(text,
            "%sWhere the two sides run makes up to %.3g times by itself (%s).",
            text[0] ? " " : "", factor, most->mechanism);
}

const char *overview_finding(const struct overview *o,
                             char text[static OVERVIEW_TEXT_MAX])
{
    text[0] = '\0';
    say_round_trip(o, OVERVIEW_ONE, "On one processor", text);
    say_round_trip(o, OVERVIEW_TWO,
                   o->unpinned ? "Where the kernel puts the two"
                               : "On two processors",
                   text);
    say_bytes(o, text);
    if (!o->unpinned)
        say_placement(o, text);
    if (!text[0])
        say(text, "There are too few rounds to say which is the fastest.");
    return text;
}

const char *overview_ties(const struct overview *o,
                          char text[static OVERVIEW_TEXT_MAX])
{
    bool within = false;

    text[0] = '\0';
    for (size_t i = 1; i < o->count; i++) {
        const struct overview_row *a = &o->row[i - 1], *b = &o->row[i];
        const bool tie =
            isfinite(worth(a, OVERVIEW_TWO)) &&
            isfinite(worth(b, OVERVIEW_TWO)) &&
            !table_differs(a->cell[OVERVIEW_TWO], b->cell[OVERVIEW_TWO]);

        if (tie && !within)
            say(text, "%s%s", text[0] ? "; " : "", a->mechanism);
        if (tie)
            say(text, ", %s", b->mechanism);
        within = tie;
    }
    return text;
}

/* ---------------------------------------------------------------- printing */

static bool is_shown(const struct screen *screen, size_t column)
{
    return !overview_columns[column].wide || screen->columns > 99;
}

/* A head begins where its column does, and may reach over those behind it. */
static void print_first_line(const struct screen *screen)
{
    int at = 0, begin = 0;

    for (size_t i = 0; i < OVERVIEW_COLUMNS; i++) {
        const struct overview_column *column = &overview_columns[i];

        if (!is_shown(screen, i))
            continue;
        if (column->head[0])
            at += printf("%*s%s", begin + 1 - at, "", column->head);
        begin += abs(column->width) + 1;
    }
}

static void print_heads(const struct screen *screen)
{
    printf("%s", screen_style(screen, STYLE_TITLE));
    print_first_line(screen);
    for (int line = 0; line < 2; line++) {
        putchar('\n');
        for (size_t i = 0; i < OVERVIEW_COLUMNS; i++)
            if (is_shown(screen, i))
                printf("%s%*s", i ? " " : "", overview_columns[i].width,
                       line == 0 ? overview_columns[i].title
                                 : overview_columns[i].unit);
    }
    printf("%s\n", screen_style(screen, STYLE_END));
}

static void print_row(const struct screen *screen,
                      const struct overview_row *row)
{
    char text[OVERVIEW_CELL_MAX];

    for (size_t i = 0; i < OVERVIEW_COLUMNS; i++)
        if (is_shown(screen, i))
            printf("%s%*s", i ? " " : "", overview_columns[i].width,
                   overview_text(row, i, text));
    putchar('\n');
}

static const char legend[] =
    "one, two: a message of 64 B there and its answer back, both sides on one "
    "processor or on two (median). single, batch: messages of 64 B one way, "
    "one by one, and many in a frame. each: of such a message one by one, CPU "
    "time of all who work for it and their system calls. picture: CPU time "
    "that the job of a 12 megapixel picture takes beyond its work. All but "
    "`one` on two processors. good: each job arrived once, in order, "
    "undamaged, in every round; good*: other programs disturbed some.";

void overview_print(const struct screen *screen,
                    const struct overview *overview)
{
    char text[OVERVIEW_TEXT_MAX];

    screen_wrap(screen, overview_finding(overview, text), 0);
    putchar('\n');
    print_heads(screen);
    for (size_t i = 0; i < overview->count; i++)
        print_row(screen, &overview->row[i]);
    putchar('\n');
    if (overview_ties(overview, text)[0])
        screen_item(screen, 0, "No difference",
                    "is shown between neighbours "
                    "in the order of the round trips on two processors: %s.",
                    text);
    printf("%s", screen_style(screen, STYLE_DIM));
    screen_wrap(screen, legend, 0);
    printf("%s", screen_style(screen, STYLE_END));
}
