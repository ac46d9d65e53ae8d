/* SPDX-License-Identifier: MIT */
#include "ipc/lab/models/timeline.h"

#include "ipc/lab/models/critical_path.h"
#include "shared/base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    NAME_COLUMNS = 18,   /* with the indent */
    FIGURE_COLUMNS = 18, /* "  43.1 ms, CPU 11" */
    BAR_LEAST = 16,
    LEVELS = 8,
};

static bool has_blocks(void)
{
    const char *set = getenv("LC_ALL");

    if (!set || !*set)
        set = getenv("LC_CTYPE");
    if (!set || !*set)
        set = getenv("LANG");
    return set && (strcasestr(set, "UTF-8") || strcasestr(set, "utf8"));
}

int timeline_columns(const struct screen *screen)
{
    const int room = screen->columns - 1 - NAME_COLUMNS - FIGURE_COLUMNS;

    return room > BAR_LEAST ? room : BAR_LEAST;
}

static void repeat(FILE *stream, const char *text, int count)
{
    while (count-- > 0)
        (void)fputs(text, stream);
}

static void print_bar(const struct screen *screen, const struct task_span *span,
                      uint64_t origin_ns, uint64_t span_ns)
{
    const int columns = timeline_columns(screen);
    const double scale = (double)columns / (double)span_ns;
    int from = (int)((double)(span->begin_ns - origin_ns) * scale);
    int to = (int)ceil((double)(span->end_ns - origin_ns) * scale);
    const char *mark;

    if (has_blocks())
        mark = span->cpu >= 0 ? "\u2588" : "\u2591";
    else
        mark = span->cpu >= 0 ? "#" : ".";
    if (to > columns)
        to = columns;
    if (from >= to)
        from = to - 1;
    repeat(screen->stream, " ", from);
    repeat(screen->stream, mark, to - from);
    repeat(screen->stream, " ", columns - to);
}

void timeline_one(const struct screen *screen,
                  const struct drive_record *record, uint64_t span_ns)
{
    const uint64_t origin = record_begin_ns(record);
    char took[UNITS_TEXT_MAX];

    for (int i = 0; i < JOB_TASKS; i++) {
        const struct task_span *span = &record->span[i];

        if (span->end_ns == 0)
            continue;
        (void)fprintf(screen->stream, "  %-*s", NAME_COLUMNS - 2,
                      work_task_name((enum work_task)i));
        print_bar(screen, span, origin, span_ns);
        (void)fprintf(screen->stream, "%9s",
                      time_text((double)(span->end_ns - span->begin_ns), took));
        if (span->cpu >= 0)
            (void)fprintf(screen->stream, ", CPU %d", span->cpu);
        (void)fputc('\n', screen->stream);
    }
}

/* How many of a task were under way, on average, from one moment to another. */
static double under_way(const struct drive_outcome *outcome, int task,
                        uint64_t from_ns, uint64_t to_ns)
{
    double sum = 0;

    for (uint64_t i = 0; i < outcome->done; i++) {
        const struct task_span *span = &outcome->records[i].span[task];
        const uint64_t begin =
            span->begin_ns > from_ns ? span->begin_ns : from_ns;
        const uint64_t end = span->end_ns < to_ns ? span->end_ns : to_ns;

        if (end > begin)
            sum += (double)(end - begin);
    }
    return sum / (double)(to_ns - from_ns);
}

static void print_level(const struct screen *screen, double part)
{
    static const char *const blocks[LEVELS + 1] = {
        " ",      "\u2581", "\u2582", "\u2583", "\u2584",
        "\u2585", "\u2586", "\u2587", "\u2588",
    };
    /* The least there is shows, and so does what is not quite full. */
    int level = (int)ceil(part * LEVELS - 0.05);

    if (level > LEVELS)
        level = LEVELS;
    if (level < 0)
        level = 0;
    if (has_blocks())
        (void)fputs(blocks[level], screen->stream);
    else
        (void)fputc(" 12345678"[level], screen -> stream);
}

void timeline_stream(const struct screen *screen,
                     const struct drive_outcome *outcome, uint64_t span_ns)
{
    const int columns = timeline_columns(screen) + FIGURE_COLUMNS;

    for (int task = 0; task < JOB_TASKS; task++) {
        (void)fprintf(screen->stream, "  %-*s", NAME_COLUMNS - 2,
                      work_task_name((enum work_task)task));
        for (int i = 0; i < columns; i++) {
            const uint64_t from = span_ns * (uint64_t)i / (uint64_t)columns;
            const uint64_t to = span_ns * (uint64_t)(i + 1) / (uint64_t)columns;

            print_level(screen, under_way(outcome, task, from, to) /
                                    (double)outcome->window);
        }
        (void)fputc('\n', screen->stream);
    }
}
