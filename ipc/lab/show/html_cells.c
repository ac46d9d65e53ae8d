/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/html_cells.h"

#include "ipc/lab/measure/results.h"
#include "ipc/lab/show/html_parts.h"
#include "shared/base/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Sorts the table by a column, and keeps the rows that hold all words. */
static const char script[] =
    "<script>\n"
    "'use strict';\n"
    "const table = document.querySelector('table.cells');\n"
    "const heads = [...table.tHead.rows[0].cells];\n"
    "const filter = document.querySelector('input[type=search]');\n"
    "const key = (row, i) => {\n"
    "  const cell = row.cells[i], number = cell.dataset.v;\n"
    "  return number === undefined ? cell.textContent :\n"
    "    number === '' ? NaN : Number(number);\n"
    "};\n"
    "const order = (a, b) => typeof a === 'string' ? a.localeCompare(b) :\n"
    "  isNaN(a) - isNaN(b) || a - b;\n"
    "heads.forEach((head, i) => head.firstChild.onclick = () => {\n"
    "  const down = head.ariaSort === 'ascending';\n"
    "  const rows = [...table.tBodies[0].rows];\n"
    "  heads.forEach(other => other.removeAttribute('aria-sort'));\n"
    "  head.ariaSort = down ? 'descending' : 'ascending';\n"
    "  rows.sort((a, b) => {\n"
    "    const x = key(a, i), y = key(b, i);\n"
    "    const none = typeof x === 'number' && (isNaN(x) || isNaN(y));\n"
    "    return none || !down ? order(x, y) : order(y, x);\n"
    "  });\n"
    "  table.tBodies[0].append(...rows);\n"
    "});\n"
    "filter.hidden = false;\n"
    "filter.oninput = () => {\n"
    "  const words = filter.value.toLowerCase().split(/\\s+/);\n"
    "  for (const row of table.tBodies[0].rows) {\n"
    "    const text = row.textContent.toLowerCase();\n"
    "    row.hidden = !words.every(word => text.includes(word));\n"
    "  }\n"
    "};\n"
    "</script>\n";

/* ------------------------------------------------------------ the columns */

typedef const char *number_text_fn(double number,
                                   char text[static UNITS_TEXT_MAX]);

static const char *few_text(double number, char text[static UNITS_TEXT_MAX])
{
    (void)snprintf(text, UNITS_TEXT_MAX, "%.*f", number < 9.995 ? 2 : 0,
                   number);
    return text;
}

static const char *percent_text(double share, char text[static UNITS_TEXT_MAX])
{
    (void)snprintf(text, UNITS_TEXT_MAX, "%.0f %%", 100 * share);
    return text;
}

static const char *payload_text(double size, char text[static UNITS_TEXT_MAX])
{
    return size >= 0 && size < 1e15 ? size_text((size_t)size, text) : "-";
}

/* Half the interval, as a share of the median. */
static double interval_of(const json_t *cell)
{
    if (!results_has_interval(cell))
        return NAN;
    return (results_number(cell, "jobs_per_second.high") -
            results_number(cell, "jobs_per_second.low")) /
           2 / results_rate(cell);
}

static const struct {
    const char *title;
    const char *path;
    number_text_fn *text;         /* NULL: it is a word */
    double (*of)(const json_t *); /* the number; NULL: the one at the path */
    bool axis;                    /* shown where cells differ in it */
    const char *legend;           /* NULL: none is needed */
} columns[] = {
    { "mechanism", "mechanism", NULL, NULL, false, NULL },
    { "pattern", "pattern", NULL, NULL, false, NULL },
    { "work", "work", NULL, NULL, false, NULL },
    { "payload", "payload_bytes", payload_text, NULL, false, NULL },
    { "pin", "pin", NULL, NULL, true, NULL },
    { "window", "window", whole_text, NULL, true, NULL },
    { "batch", "batch", whole_text, NULL, true, NULL },
    { "wait", "wait", NULL, NULL, true, NULL },
    { "model", "model", NULL, NULL, true, NULL },
    { "rate", "rate", count_text, NULL, true, NULL },
    { "producers", "producers", whole_text, NULL, true, NULL },
    { "consumers", "consumers", whole_text, NULL, true, NULL },
    { "jobs/s", "jobs_per_second.median", count_text, NULL, false, NULL },
    { "&plusmn;", "", percent_text, interval_of, false,
      "half the interval that holds the true jobs/s in at least 95 of 100 "
      "cases; there is none with fewer than six rounds" },
    { "bytes/s", "bytes_per_second.median", bytes_text, NULL, false, NULL },
    { "p50", "latency_ns.p50", time_text, NULL, false, NULL },
    { "p99", "latency_ns.p99", time_text, NULL, false, NULL },
    { "p99.9", "latency_ns.p99_9", time_text, NULL, false, NULL },
    { "max", "latency_ns.max", time_text, NULL, false, NULL },
    { "CPU producer", "cpu_ns_per_job.producer", time_text, NULL, false, NULL },
    { "CPU consumer", "cpu_ns_per_job.consumer", time_text, NULL, false, NULL },
    { "CPU server", "cpu_ns_per_job.broker", time_text, NULL, false, NULL },
    { "calls producer", "system_calls_per_job.producer", few_text, NULL, false,
      NULL },
    { "calls consumer", "system_calls_per_job.consumer", few_text, NULL, false,
      NULL },
    { "waits", "switches_per_job.voluntary", few_text, NULL, false,
      "how often a side gave up the processor during a job" },
    { "copies", "copies", whole_text, NULL, false, NULL },
    { "memory", "memory_bytes", bytes_text, NULL, false, NULL },
    { "IPC", "ipc_share", percent_text, NULL, false,
      "the share of a job's CPU time beyond that of <code>none</code>, the "
      "same work in one process" },
    { "of limit", "limit.share", percent_text, NULL, false,
      "how close it comes to what no mechanism here can pass" },
    { "limit", "limit.kind", NULL, NULL, false, NULL },
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* NAN: not known. */
static double number_of(const json_t *cell, size_t column)
{
    const double number = columns[column].of
                              ? columns[column].of(cell)
                              : results_number(cell, columns[column].path);

    return isfinite(number) && number >= 0 ? fabs(number) : NAN;
}

static bool is_known(size_t column, const json_t *cells)
{
    for (size_t i = 0; i < json_array_size(cells); i++)
        if (isfinite(number_of(json_array_get(cells, i), column)))
            return true;
    return !columns[column].text;
}

/* Two rows that read alike would be told apart by nothing: so each axis in
 * which cells differ has a column. */
static bool is_shown(size_t column, const json_t *cells)
{
    const json_t *first = json_array_get(cells, 0);
    const char *path = columns[column].path;

    if (!columns[column].axis)
        return is_known(column, cells);
    for (size_t i = 1; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);

        if (!json_equal(json_object_get(first, path),
                        json_object_get(cell, path)))
            return true;
    }
    return false;
}

/* Settings differ by the mechanism; they are told where they differ in one. */
static bool settings_differ(const json_t *cells)
{
    for (size_t i = 1; i < json_array_size(cells); i++)
        for (size_t j = 0; j < i; j++) {
            const json_t *a = json_array_get(cells, i);
            const json_t *b = json_array_get(cells, j);

            if (strcmp(results_text(a, "mechanism"),
                       results_text(b, "mechanism")) != 0)
                continue;
            if (!json_equal(json_object_get(a, "settings"),
                            json_object_get(b, "settings")))
                return true;
            break;
        }
    return false;
}

/* --------------------------------------------------------------- the rows */

static void write_value(const json_t *cell, size_t column, FILE *stream)
{
    char text[UNITS_TEXT_MAX];
    double number;

    if (!columns[column].text) {
        (void)fputs("<td class=\"word\">", stream);
        html_escape(results_text(cell, columns[column].path), stream);
        (void)fputs("</td>", stream);
        return;
    }
    number = number_of(cell, column);
    if (isfinite(number))
        (void)fprintf(stream, "<td data-v=\"%.9g\">%s</td>", number,
                      columns[column].text(number, text));
    else
        (void)fputs("<td data-v=\"\">-</td>", stream);
}

static void write_settings(const json_t *cell, FILE *stream)
{
    char *text = json_dumps(json_object_get(cell, "settings"),
                            JSON_ENCODE_ANY | JSON_SORT_KEYS);

    (void)fputs("<td class=\"word\">", stream);
    html_escape(text ? text : "", stream);
    (void)fputs("</td>", stream);
    free(text);
}

/* A column, or one that is no column of figures. */
struct shown {
    bool column[COLUMNS];
    bool settings;
};

static void write_row(const json_t *cell, const struct shown *shown,
                      FILE *stream)
{
    (void)fputs("<tr>", stream);
    for (size_t i = 0; i < COLUMNS; i++)
        if (shown->column[i])
            write_value(cell, i, stream);
    if (shown->settings)
        write_settings(cell, stream);
    (void)fprintf(stream, "<td class=\"word %s\">%s</td></tr>\n",
                  results_good(cell) ? "good" : "bad", results_verdict(cell));
}

static void write_head(const char *title, bool word, FILE *stream)
{
    (void)fprintf(stream, "<th scope=\"col\"%s><button>%s</button></th>",
                  word ? " class=\"word\"" : "", title);
}

/* Whether there is this in any verdict. */
static bool any_verdict(const json_t *cells, const char *part)
{
    for (size_t i = 0; i < json_array_size(cells); i++)
        if (strstr(results_verdict(json_array_get(cells, i)), part))
            return true;
    return false;
}

/* What the columns mean, of those that are there. */
static void write_legend(const json_t *cells, const struct shown *shown,
                         FILE *stream)
{
    (void)fputs("<p class=\"dim\">A click on a heading sorts by it.", stream);
    for (size_t i = 0; i < COLUMNS; i++)
        if (shown->column[i] && columns[i].legend)
            (void)fprintf(stream, " %s: %s.", columns[i].title,
                          columns[i].legend);
    if (any_verdict(cells, "counted"))
        (void)fputs(" counted: so many frames arrived as were sent, and nobody "
                    "looked at them: the transport alone.",
                    stream);
    if (any_verdict(cells, "*"))
        (void)fputs(" *: other programs disturbed some of the rounds.", stream);
    (void)fputs("</p>\n", stream);
}

static void write_heads(const struct shown *shown, FILE *stream)
{
    (void)fputs("<thead><tr>", stream);
    for (size_t i = 0; i < COLUMNS; i++)
        if (shown->column[i])
            write_head(columns[i].title, !columns[i].text, stream);
    if (shown->settings)
        write_head("settings", true, stream);
    write_head("verdict", true, stream);
    (void)fputs("</tr></thead>\n", stream);
}

void html_cells(const json_t *cells, FILE *stream)
{
    struct shown shown = { .settings = settings_differ(cells) };

    for (size_t i = 0; i < COLUMNS; i++)
        shown.column[i] = is_shown(i, cells);
    (void)fputs("<section class=\"whole\">\n<h2>All cells</h2>\n", stream);
    write_legend(cells, &shown, stream);
    (void)fputs("<input type=\"search\" aria-label=\"Filter\" hidden "
                "placeholder=\"Filter, such as: pipe stream\">\n"
                "<div class=\"scroll\"><table class=\"cells\">\n",
                stream);
    write_heads(&shown, stream);
    (void)fputs("<tbody>\n", stream);
    for (size_t i = 0; i < json_array_size(cells); i++)
        write_row(json_array_get(cells, i), &shown, stream);
    (void)fputs("</tbody></table></div>\n</section>\n", stream);
    (void)fputs(script, stream);
}
