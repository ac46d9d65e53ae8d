/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/timeline_svg.h"

#include "ipc/job/work.h"
#include "ipc/lab/models/timeline_rows.h"
#include "ipc/lab/show/html_parts.h"
#include "shared/base/units.h"

#include <math.h>
#include <string.h>

enum { TICKS_MOST = 8, LABEL_MAX = 200, FRAMES_MOST = 8, NOTE_MAX = 40 };

/* In pixels. */
enum {
    EDGE = 4,
    CPU_LANE = 18,
    WAIT_LANE = 13,
    GAP = 7,       /* between rows */
    GROUP_GAP = 7, /* and as much again above those that wait */
    AXIS = 22,
    DIGIT = 6,
    IDLE_LEAST = 8,       /* the width of what is marked as idle, */
    IDLE_TEXT_LEAST = 26, /* and of what is called so */
    NUMBER_LEAST = 14,    /* the width of a bar that has a number in it */
    BASELINE = 4,         /* below the middle of a line of text */
};

static const double bar_least = 1;
static const double bar_gap = 0.8; /* between one and the next in its lane */

/* Each task's class of CSS, and the family of plots whose colour it has. */
static const struct {
    const char *class;
    unsigned family;
} looks[TIMELINE_TASKS] = {
    [WORK_UPLOAD_ORIGINAL] = { "task-upload-original", 2 },
    [WORK_CHECKSUM] = { "task-checksum", 0 },
    [WORK_RESIZE] = { "task-resize", 3 },
    [WORK_UPLOAD_RESIZED] = { "task-upload-resized", 1 },
    [JOB_TASKS] = { "task-other", 5 },
};

/* Labels stand on the left of the rows, or above them where that is narrow. */
static const struct {
    double width, left, right; /* where the rows are */
    double head;               /* above each */
} formats[PLOT_FORMATS] = {
    [PLOT_WIDE] = { 900, 112, 812, 0 },
    [PLOT_NARROW] = { 360, EDGE, 360 - EDGE, 17 },
};

struct drawing {
    FILE *stream;
    enum plot_format format;
    struct timeline_rows rows;
    double top[TIMELINE_ROWS];
    double cpus_top, cpus_end; /* of all processors' rows */
    double bottom;
};

static const char *name_of(unsigned task)
{
    return task < JOB_TASKS ? work_task_name(task) : "another task";
}

/* ------------------------------------------------------------------- where */

static double lane_height(unsigned row)
{
    return row < TIMELINE_ROW_WAITS ? CPU_LANE : WAIT_LANE;
}

static double row_height(const struct drawing *d, unsigned row)
{
    return d->rows.row[row].lanes * lane_height(row);
}

static double x_of(const struct drawing *d, double ns)
{
    const double left = formats[d->format].left;

    return left + (formats[d->format].right - left) * ns / d->rows.span_ns;
}

static void arrange(struct drawing *d)
{
    double y = EDGE;

    for (unsigned i = 0; i < TIMELINE_ROWS; i++) {
        if (i == TIMELINE_ROW_WAITS)
            y += GROUP_GAP;
        if (!d->rows.row[i].shown)
            continue;
        d->top[i] = y + formats[d->format].head;
        y = d->top[i] + row_height(d, i);
        if (i < TIMELINE_ROW_WAITS) {
            d->cpus_top = d->cpus_top > 0 ? d->cpus_top : d->top[i];
            d->cpus_end = y;
        }
        y += GAP;
    }
    d->bottom = y;
}

/* -------------------------------------------------------------------- axis */

/* Of 1, 2 and 5 the first that makes at most 8 ticks, which are 4 at least. */
static double step_of(double span_ms)
{
    static const double factors[] = { 1, 2, 5 };
    double decade = pow(10, floor(log10(span_ms)) - 1);

    for (;; decade *= 10)
        for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++)
            if (span_ms / (factors[i] * decade) < TICKS_MOST)
                return factors[i] * decade;
}

static void write_axis(const struct drawing *d)
{
    const double span_ms = d->rows.span_ns / 1e6;
    const double step = step_of(span_ms);
    const char *unit = " ms";

    for (int i = 0; i < TICKS_MOST && i * step <= span_ms; i++) {
        const double x = x_of(d, i * step * 1e6);
        const char *anchor = x < 2 * EDGE                          ? "start"
                             : x > formats[d->format].width - AXIS ? "end"
                                                                   : "middle";

        (void)fprintf(d->stream,
                      "<line x1=\"%.1f\" y1=\"0\" x2=\"%.1f\" y2=\"%.0f\"/>\n"
                      "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"%s\">%.6g%s"
                      "</text>\n",
                      x, x, d->bottom, x, d->bottom + AXIS - 2 * BASELINE,
                      anchor, i * step, unit);
        unit = "";
    }
}

/* -------------------------------------------------------------------- rows */

static void write_row_name(unsigned row, FILE *stream)
{
    if (row < TIMELINE_ROW_OTHERS)
        (void)fprintf(stream, "CPU %u", row);
    else
        (void)fputs(row == TIMELINE_ROW_OTHERS
                        ? "other CPUs"
                        : name_of(row - TIMELINE_ROW_WAITS),
                    stream);
}

/* How busy a processor is, or how many wait at once: that is the point. */
static const char *note_of(const struct drawing *d, unsigned row,
                           char text[static NOTE_MAX])
{
    const struct timeline_row *what = &d->rows.row[row];

    if (row < TIMELINE_ROW_WAITS)
        (void)snprintf(text, NOTE_MAX, "%.0f %% busy",
                       100 * what->busy_ns / d->rows.span_ns);
    else if (what->count > 1)
        (void)snprintf(text, NOTE_MAX, "%u%s at a time", what->lanes,
                       what->crowded ? "+" : "");
    else
        text[0] = '\0';
    return text;
}

static void write_row(const struct drawing *d, unsigned row)
{
    const double left = formats[d->format].left;
    const double width = formats[d->format].right - left;
    const double head = formats[d->format].head;
    const double top = d->top[row];
    const double y =
        BASELINE + (head > 0 ? top - head / 2 : top + lane_height(row) / 2);
    char note[NOTE_MAX];

    (void)fprintf(d->stream,
                  "<rect class=\"track\" x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" "
                  "height=\"%.0f\"/>\n<text x=\"%d\" y=\"%.1f\">",
                  left, top, width, row_height(d, row), EDGE, y);
    write_row_name(row, d->stream);
    (void)fprintf(d->stream,
                  "</text>\n<text class=\"aside\" x=\"%.0f\" y=\"%.1f\">%s"
                  "</text>\n",
                  formats[d->format].width - EDGE, y, note_of(d, row, note));
}

/* -------------------------------------------------------------------- idle */

static void write_frame(const struct drawing *d, double x, double width,
                        double top, double height)
{
    (void)fprintf(d->stream,
                  "<rect class=\"idle\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                  "height=\"%.1f\" rx=\"2\"/>",
                  x + 1.5, top + 1.5, width - 3, height - 3);
    if (width >= IDLE_TEXT_LEAST)
        (void)fprintf(d->stream,
                      "<text class=\"number\" x=\"%.1f\" y=\"%.1f\">idle"
                      "</text>",
                      x + width / 2, top + height / 2 + BASELINE - 0.5);
    (void)fputc('\n', d->stream);
}

/* One frame around all processors; or where their names stand between the rows,
 * one in each row, of the first few. */
static void write_gap(const struct drawing *d, double from_ns, double to_ns)
{
    const double x = x_of(d, from_ns), width = x_of(d, to_ns) - x;
    unsigned frames = 0;

    if (width < IDLE_LEAST || d->cpus_end <= d->cpus_top)
        return;
    if (formats[d->format].head <= 0) {
        write_frame(d, x, width, d->cpus_top, d->cpus_end - d->cpus_top);
        return;
    }
    for (unsigned i = 0; i < TIMELINE_ROW_WAITS && frames < FRAMES_MOST; i++)
        if (d->rows.row[i].shown) {
            write_frame(d, x, width, d->top[i], row_height(d, i));
            frames++;
        }
}

/* While no processor computes, though there are jobs. */
static void write_idle(const struct drawing *d)
{
    double until = 0;

    for (size_t i = 0; i < d->rows.count; i++) {
        const struct timeline_bar *bar = &d->rows.bars[i];

        if (bar->cpu < 0)
            continue;
        write_gap(d, until, bar->begin_ns);
        until = fmax(until, bar->end_ns);
    }
    write_gap(d, until, d->rows.last_ns);
}

/* -------------------------------------------------------------------- bars */

static void write_title(const struct timeline_bar *bar, FILE *stream)
{
    char took[UNITS_TEXT_MAX];

    (void)fputs("<title>", stream);
    if (bar->job >= 0)
        (void)fprintf(stream, "picture %.0f: ", bar->job);
    (void)fprintf(stream, "%s, %s", name_of(bar->task),
                  time_text(bar->took_ns, took));
    if (bar->row < TIMELINE_ROW_OTHERS)
        (void)fprintf(stream, ", CPU %u", bar->row);
    (void)fputs("</title>", stream);
}

/* The picture's number; or of one picture alone, how long the task took. */
static void write_number(const struct drawing *d,
                         const struct timeline_bar *bar, double x, double width)
{
    const double lane = lane_height(bar->row);
    const double y = d->top[bar->row] + (bar->lane + 0.5) * lane;
    char text[UNITS_TEXT_MAX];

    if (width <= NUMBER_LEAST || (bar->job < 0 && !d->rows.one_job))
        return;
    if (d->rows.one_job)
        (void)time_text(bar->took_ns, text);
    else
        (void)whole_text(bar->job, text);
    if ((double)strlen(text) * DIGIT < width)
        (void)fprintf(d->stream,
                      "<text class=\"number%s\" x=\"%.1f\" y=\"%.1f\">%s"
                      "</text>",
                      bar->cpu < 0 ? "" : " on", x + width / 2,
                      y + BASELINE - 0.5, text);
}

static void write_bar(const struct drawing *d, const struct timeline_bar *bar)
{
    const double lane = lane_height(bar->row);
    const double y = d->top[bar->row] + bar->lane * lane;
    const bool waits = bar->cpu < 0;
    const double inset = waits ? 0.5 : 0; /* for half the line around it */
    double x = x_of(d, bar->begin_ns);
    double width = x_of(d, bar->end_ns) - x - bar_gap;

    if (width < bar_least)
        width = bar_least;
    x = fmin(x, formats[d->format].right - width);
    (void)fprintf(d->stream,
                  "<rect class=\"%s%s%s\" x=\"%.1f\" y=\"%.1f\" "
                  "width=\"%.1f\" height=\"%.0f\" rx=\"2\">",
                  looks[bar->task].class, waits ? " wait" : "",
                  fmod(bar->job, 2) > 0 && !d->rows.one_job ? " odd" : "",
                  x + inset, y + 1 + inset, fmax(width - 2 * inset, bar_least),
                  lane - 2 - 2 * inset);
    write_title(bar, d->stream);
    (void)fputs("</rect>", d->stream);
    write_number(d, bar, x, width);
    (void)fputc('\n', d->stream);
}

/* As much of a text that may come from a file as has a place. */
static void write_label(const char *label, FILE *stream)
{
    char text[LABEL_MAX];
    size_t size = strnlen(label, LABEL_MAX - 1);

    while (size > 0 && label[size] &&
           ((unsigned char)label[size] & 0xc0) == 0x80)
        size--; /* no part of a character */
    memcpy(text, label, size);
    text[size] = '\0';
    html_escape(text, stream);
}

void timeline_svg(const json_t *tasks, double span_ns, unsigned processors,
                  enum plot_format format, const char *label, FILE *stream)
{
    struct drawing d = { .stream = stream, .format = format };

    timeline_rows_place(tasks, span_ns, processors, &d.rows);
    arrange(&d);
    (void)fprintf(stream,
                  "<svg class=\"timeline\" viewBox=\"0 0 %.0f %.0f\" "
                  "role=\"img\" aria-label=\"",
                  formats[format].width, d.bottom + AXIS);
    write_label(label, stream);
    (void)fputs("\">\n", stream);
    for (unsigned i = 0; i < TIMELINE_ROWS; i++)
        if (d.rows.row[i].shown)
            write_row(&d, i);
    write_axis(&d);
    write_idle(&d);
    for (size_t i = 0; i < d.rows.count; i++)
        write_bar(&d, &d.rows.bars[i]);
    (void)fputs("</svg>\n", stream);
    timeline_rows_free(&d.rows);
}

/* ------------------------------------------------------- style and legend */

/* A page turns the colours of its plots round in the dark, but these have
 * others for it. */
static const char rules[] =
    ".timeline { display: block; width: 100%; height: auto; }\n"
    "figure svg.timeline { filter: none; }\n"
    ".timeline text { fill: currentColor;\n"
    "  font: 12px system-ui, sans-serif; }\n"
    ".timeline .aside { fill-opacity: 0.75; text-anchor: end; }\n"
    ".timeline .number { font-size: 10px; text-anchor: middle;\n"
    "  pointer-events: none; }\n"
    ".timeline .on { fill: var(--task-ink); }\n"
    ".timeline line { stroke: currentColor; stroke-opacity: 0.16; }\n"
    ".timeline rect { fill: var(--task); }\n"
    ".timeline .odd { fill-opacity: 0.72; }\n"
    ".timeline .wait { fill-opacity: 0.14; stroke: var(--task); }\n"
    ".timeline .wait.odd { fill-opacity: 0.34; }\n"
    ".timeline .track { fill: currentColor; fill-opacity: 0.06; }\n"
    ".timeline .idle { fill: none; stroke: currentColor;\n"
    "  stroke-opacity: 0.45; stroke-dasharray: 3 3; }\n"
    ".timeline-legend span { white-space: nowrap; margin-right: 1.2em; }\n"
    ".timeline-legend span::before { content: ''; display: inline-block;\n"
    "  width: 1.8em; height: 0.8em; margin-right: 0.4em;\n"
    "  border-radius: 2px; box-sizing: border-box;\n"
    "  border: 1px solid var(--task); background: var(--task); }\n"
    ".timeline-legend .wait::before { background:\n"
    "  color-mix(in srgb, var(--task) 20%, transparent); }\n";

static void write_colours(enum plot_theme theme, const char *ink, FILE *stream)
{
    (void)fprintf(stream, ".timeline, .timeline-legend { --task-ink: %s;", ink);
    for (unsigned i = 0; i < TIMELINE_TASKS; i++)
        (void)fprintf(stream, "\n  --%s: %s;", looks[i].class,
                      plot_colour(theme, looks[i].family));
    (void)fputs(" }\n", stream);
}

void timeline_svg_style(FILE *stream)
{
    write_colours(PLOT_LIGHT, "#fff", stream);
    (void)fputs("@media (prefers-color-scheme: dark) {\n", stream);
    write_colours(PLOT_DARK, "#111", stream);
    (void)fputs("}\n", stream);
    for (unsigned i = 0; i < TIMELINE_TASKS; i++)
        (void)fprintf(stream, ".%s { --task: var(--%s); }\n", looks[i].class,
                      looks[i].class);
    (void)fputs(rules, stream);
}

void timeline_svg_legend(FILE *stream)
{
    static const bool waits[JOB_TASKS] = {
        [WORK_UPLOAD_ORIGINAL] = true,
        [WORK_UPLOAD_RESIZED] = true,
    };

    (void)fputs("<p class=\"timeline-legend\">", stream);
    for (unsigned i = 0; i < JOB_TASKS; i++)
        (void)fprintf(stream, "<span class=\"%s%s\">%s</span>\n",
                      looks[i].class, waits[i] ? " wait" : "", name_of(i));
    (void)fputs("<br>A full bar computes on that processor, a pale one waits "
                "for the server. In a dashed frame no processor computes. "
                "Numbers and shades tell one picture from the next.</p>\n",
                stream);
}
