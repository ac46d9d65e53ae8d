/* SPDX-License-Identifier: MIT */
#include "ipc/screen/outcome_row.h"

#include "shared/base/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static const char *row_name(const struct outcome_row *row)
{
    return row->mechanism ? row->mechanism->name : "none";
}

static uint64_t jobs_done(const struct outcome_row *row)
{
    return row->outcome.verdict.completed;
}

double row_cpu_ns(const struct outcome_row *row)
{
    const struct cost *cost = row->outcome.cost;

    return cost[WORKER_PRODUCER].cpu_ns + cost[WORKER_CONSUMER].cpu_ns +
           row->outcome.broker_cpu_ns;
}

double row_bytes_per_second(const struct outcome_row *row)
{
    if (jobs_done(row) == 0)
        return 0;
    return row->outcome.jobs_per_second * (double)row->outcome.bytes /
           (double)jobs_done(row);
}

bool row_payload_moves(const struct outcome_row *row)
{
    return row->plan.work == JOB_WORK_VERIFY ||
           row->plan.work == JOB_WORK_IMAGE ||
           (row->plan.ops && !(row->plan.ops->traits & CHANNEL_ZERO_COPY));
}

double row_ipc_share(const struct outcome_row *row)
{
    double cpu_ns = row_cpu_ns(row), share;

    if (!row->mechanism || row->none_cpu_ns <= 0 || cpu_ns <= 0 ||
        row->outcome.verdict.restarts > 0)
        return -1;
    share = 1 - row->none_cpu_ns / cpu_ns;
    return share > 0 ? share : 0;
}

/* The columns before the verdict, and which of them a narrow screen keeps. */
static const struct {
    const char *title;
    int width; /* negative: its text begins where the column does */
    bool kept;
    const char *legend; /* NULL: the title says it */
} columns[] = {
    { "mechanism", -15, true, NULL },
    { "payload", 8, true, "bytes of a job, on average." },
    { "IPC/job", 8, true,
      "CPU time in the channels, on both sides, in a mechanism's own threads "
      "and in a server between them." },
    { "CPU/job", 8, true,
      "all CPU time; `none` does the same work in one process, without IPC." },
    { "copies", 6, false, "how often the payload is copied." },
    { "jobs/s", 8, true, NULL },
    { "calls", 6, false,
      "system calls of a job, on both sides, counted afterwards with a payload "
      "of that size (many: too many to count in a moment)." },
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]), LEGEND_MAX = 1024 };

static bool is_shown(const struct screen *screen, size_t column)
{
    return columns[column].kept || screen->columns >= SCREEN_FULL;
}

static void print_cells(const struct screen *screen,
                        const char *const text[static COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++)
        if (is_shown(screen, i))
            printf("%*s ", columns[i].width, text[i]);
}

void row_title(const struct screen *screen)
{
    const char *text[COLUMNS];

    for (size_t i = 0; i < COLUMNS; i++)
        text[i] = columns[i].title;
    printf("%s", screen_style(screen, STYLE_TITLE));
    print_cells(screen, text);
    printf("verdict%s\n", screen_style(screen, STYLE_END));
}

const char *row_verdict(const struct outcome_row *row)
{
    const struct exchange_outcome *outcome = &row->outcome;

    if (outcome->signal)
        return "stopped";
    if (outcome->failure[0])
        return "FAILED";
    if (!verdict_good(&outcome->verdict))
        return "BAD";
    if (outcome->verdict.submitted == 0)
        return "no jobs";
    return outcome->verdict.rejected ? "rejected" : "good";
}

uint64_t row_payload(const struct outcome_row *row)
{
    uint64_t jobs = jobs_done(row);

    if (row->plan.work != JOB_WORK_IMAGE)
        return row->plan.size;
    return jobs ? row->outcome.bytes / jobs : 0;
}

/* "-" where it is not known. */
static const char *calls_text(double calls, char text[static UNITS_TEXT_MAX])
{
    if (calls < 0)
        return "-";
    if (isinf(calls))
        return "many";
    (void)snprintf(text, UNITS_TEXT_MAX, calls < 100 ? "%.1f" : "%.0f", calls);
    return text;
}

void row_line(const struct screen *screen, const struct outcome_row *row)
{
    const struct exchange_outcome *outcome = &row->outcome;
    char payload[UNITS_TEXT_MAX], calls[UNITS_TEXT_MAX], ipc[UNITS_TEXT_MAX];
    char copies[16] = "-", cpu[UNITS_TEXT_MAX], jobs[UNITS_TEXT_MAX];
    const bool any = jobs_done(row) > 0;
    /* What the dead have used nobody knows. */
    const bool cost_known = any && outcome->verdict.restarts == 0;
    const char *const text[COLUMNS] = {
        row->mechanism ? row->mechanism->name : "none",
        row->plan.work == JOB_WORK_IMAGE
            ? bytes_text((double)row_payload(row), payload)
            : size_text(row->plan.size, payload),
        cost_known && row->mechanism ? time_text(row->ipc_ns, ipc) : "-",
        cost_known ? time_text(row_cpu_ns(row), cpu) : "-",
        copies,
        any ? count_text(outcome->jobs_per_second, jobs) : "-",
        any && row->mechanism ? calls_text(row->calls, calls) : "-",
    };

    if (row->mechanism)
        (void)snprintf(copies, sizeof(copies), "%u",
                       mechanism_copies(row->mechanism));
    print_cells(screen, text);
    printf("%s%s%s\n",
           screen_style(screen, outcome_good(outcome) ? STYLE_GOOD : STYLE_BAD),
           row_verdict(row), screen_style(screen, STYLE_END));
}

void row_skipped(const struct screen *screen, const struct mechanism *mechanism,
                 const char *reason)
{
    printf("%-15s ", mechanism->name);
    printf("%sskipped: ", screen_style(screen, STYLE_DIM));
    screen_wrap(screen, reason, 25);
    printf("%s", screen_style(screen, STYLE_END));
}

/* Where the work takes nearly all of the time, jobs/s tell of it alone. */
static void tell_work(const struct screen *screen,
                      const struct outcome_row *none,
                      const struct outcome_row *rows, size_t count)
{
    char work[UNITS_TEXT_MAX], least[UNITS_TEXT_MAX], most[UNITS_TEXT_MAX];
    double low = INFINITY, high = 0;

    for (size_t i = 0; i < count; i++) {
        if (rows[i].ipc_ns < 0 || rows[i].outcome.verdict.restarts > 0 ||
            !outcome_good(&rows[i].outcome))
            continue;
        low = rows[i].ipc_ns < low ? rows[i].ipc_ns : low;
        high = rows[i].ipc_ns > high ? rows[i].ipc_ns : high;
    }
    if (row_cpu_ns(none) <= 0 || !isfinite(low))
        return;
    screen_item(screen, 0, "Work",
                "%s of CPU time for each job, over any mechanism, so jobs/s "
                "hardly tell them apart. IPC takes %s%s%s.",
                time_text(row_cpu_ns(none), work), time_text(low, least),
                high > low ? " to " : "",
                high > low ? time_text(high, most) : "");
    putchar('\n');
}

void row_legend(const struct screen *screen, const struct outcome_row *none,
                const struct outcome_row *rows, size_t count)
{
    char text[LEGEND_MAX];
    size_t used = 0;

    putchar('\n');
    tell_work(screen, none, rows, count);
    for (size_t i = 0; i < COLUMNS; i++)
        if (columns[i].legend && is_shown(screen, i))
            used +=
                (size_t)snprintf(text + used, sizeof(text) - used, "%s: %s ",
                                 columns[i].title, columns[i].legend);
    (void)snprintf(text + used, sizeof(text) - used,
                   "good: each job arrived once, in order, undamaged. "
                   "MB = 10^6 bytes.");
    printf("%s", screen_style(screen, STYLE_DIM));
    screen_wrap(screen, text, 0);
    printf("%s", screen_style(screen, STYLE_END));
}

static void tell_remarks(const struct outcome_row *row, const char *mechanism,
                         const char *what,
                         const struct remark list[PAGE_REMARKS_MAX],
                         uint64_t count)
{
    for (uint64_t i = 0; i < count && i < PAGE_REMARKS_MAX; i++) {
        const char *name =
            inputs_name_of(row->plan.inputs, list[i].number, list[i].name);

        if (name[0])
            complain(mechanism, "job %" PRIu64 " %s: %s: %s", list[i].number,
                     what, name, list[i].text);
        else
            complain(mechanism, "job %" PRIu64 " %s: %s", list[i].number, what,
                     list[i].text);
    }
    if (count > PAGE_REMARKS_MAX)
        complain(mechanism, "and %" PRIu64 " more %s", count - PAGE_REMARKS_MAX,
                 what);
}

void row_remarks(const struct outcome_row *row, const char *mechanism)
{
    for (size_t i = 0; i < WORKER_ROLES; i++) {
        const struct results *results = &row->outcome.results[i];

        tell_remarks(row, mechanism, "rejected", results->rejection,
                     results->rejected);
        tell_remarks(row, mechanism, "done, but", results->notice,
                     results->noticed);
    }
}

void row_problems(const struct outcome_row *row)
{
    const struct exchange_outcome *outcome = &row->outcome;
    char text[VERDICT_TEXT_MAX];

    if (outcome->failure[0])
        complain(row_name(row), "%s", outcome->failure);
    else if (!verdict_good(&outcome->verdict))
        complain(row_name(row), "verdict %s",
                 verdict_text(&outcome->verdict, text));
    row_remarks(row, row_name(row));
}
