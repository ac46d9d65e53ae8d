/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/html.h"

#include "ipc/lab/show/overview.h"
#include "shared/base/units.h"

#include <errno.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* The head: light and dark by what the reader's system says. Plots are drawn
 * on white; in the dark they are turned round, and keep their hues. */
static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, "
    "initial-scale=1\">\n"
    "<title>IPC on this machine</title>\n"
    "<style>\n"
    ":root { color-scheme: light dark; --text: #1b1f24; --dim: #5b6470;\n"
    "  --page: #fff; --card: #f4f6f8; --line: #d5dae0; --good: #1a7f37;\n"
    "  --bad: #cf222e; --link: #0b62c4; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  :root { --text: #e4e7eb; --dim: #9aa4b0; --page: #14171b;\n"
    "    --card: #1d2228; --line: #363d46; --good: #4cc368;\n"
    "    --bad: #ff7b72; --link: #6cb0ff; }\n"
    "  figure img { filter: invert(0.92) hue-rotate(180deg); }\n"
    "}\n"
    "body { margin: 0 auto; max-width: 940px; padding: 16px;\n"
    "  font: 16px/1.5 system-ui, sans-serif; color: var(--text);\n"
    "  background: var(--page); }\n"
    "h1 { font-size: 1.6em; margin: 0.3em 0; }\n"
    "h2 { font-size: 1.2em; margin: 2em 0 0.4em; }\n"
    "p.dim, figcaption, .note { color: var(--dim); font-size: 0.92em; }\n"
    "a { color: var(--link); }\n"
    ".cards { display: grid; gap: 10px;\n"
    "  grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }\n"
    ".card { background: var(--card); border: 1px solid var(--line);\n"
    "  border-radius: 8px; padding: 10px 12px; }\n"
    ".card b { display: block; font-size: 1.25em; }\n"
    ".card span { color: var(--dim); font-size: 0.85em; }\n"
    "figure { margin: 0; }\n"
    "figure img { width: 100%; height: auto; border-radius: 6px; }\n"
    ".scroll { overflow-x: auto; border: 1px solid var(--line);\n"
    "  border-radius: 8px; }\n"
    "table { border-collapse: collapse; font-size: 0.86em; width: 100%;\n"
    "  font-variant-numeric: tabular-nums; }\n"
    "th, td { padding: 5px 9px; text-align: right; white-space: nowrap;\n"
    "  border-bottom: 1px solid var(--line); }\n"
    "th.word, td.word { text-align: left; }\n"
    "th { background: var(--card); }\n"
    "table.answer th { white-space: normal; vertical-align: bottom;\n"
    "  font-weight: normal; font-size: 0.9em; }\n"
    "th button { all: unset; cursor: pointer; }\n"
    "th button:focus-visible { outline: 2px solid var(--link); }\n"
    "th[aria-sort=ascending] button::after { content: ' \\2191'; }\n"
    "th[aria-sort=descending] button::after { content: ' \\2193'; }\n"
    ".good { color: var(--good); } .bad { color: var(--bad); }\n"
    "input { font: inherit; padding: 6px 10px; width: 100%;\n"
    "  box-sizing: border-box; margin: 6px 0 10px; color: inherit;\n"
    "  background: var(--card); border: 1px solid var(--line);\n"
    "  border-radius: 6px; }\n"
    "</style>\n";

/* Sorts the table by a column, and keeps the rows that hold all words. */
static const char script[] =
    "<script>\n"
    "'use strict';\n"
    "const table = document.querySelector('table.cells');\n"
    "const heads = [...table.tHead.rows[0].cells];\n"
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
    "document.querySelector('input').oninput = event => {\n"
    "  const words = event.target.value.toLowerCase().split(/\\s+/);\n"
    "  for (const row of table.tBodies[0].rows) {\n"
    "    const text = row.textContent.toLowerCase();\n"
    "    row.hidden = !words.every(word => text.includes(word));\n"
    "  }\n"
    "};\n"
    "</script>\n";

static void put_escaped(const char *text, FILE *stream)
{
    for (; *text; text++)
        switch (*text) {
        case '<':
            (void)fputs("&lt;", stream);
            break;
        case '>':
            (void)fputs("&gt;", stream);
            break;
        case '&':
            (void)fputs("&amp;", stream);
            break;
        case '"':
            (void)fputs("&quot;", stream);
            break;
        default:
            (void)fputc(*text, stream);
        }
}

/* ---------------------------------------------------------------- machine */

static void write_machine(const json_t *run, FILE *stream)
{
    const json_t *warnings =
        json_object_get(json_object_get(run, "machine"), "warnings");
    char memory[UNITS_TEXT_MAX];

    (void)fputs("<h1>IPC on this machine</h1>\n<p class=\"dim\">", stream);
    put_escaped(results_text(run, "machine.processor"), stream);
    (void)fprintf(
        stream, ", %.0f processors, %s of memory, Linux ",
        results_number(run, "machine.processors"),
        bytes_text(results_number(run, "machine.memory_bytes"), memory));
    put_escaped(results_text(run, "machine.kernel"), stream);
    (void)fputs(". Measured ", stream);
    put_escaped(results_text(run, "machine.measured"), stream);
    (void)fprintf(stream,
                  ": %.0f rounds in random order, seed %.0f. Figures are "
                  "medians of the rounds; every job was checked.</p>\n",
                  results_number(run, "rounds"), results_number(run, "seed"));
    for (size_t i = 0; i < json_array_size(warnings); i++) {
        const char *text = json_string_value(json_array_get(warnings, i));

        (void)fputs("<p class=\"note\">Note: ", stream);
        put_escaped(text ? text : "", stream);
        (void)fputs(".</p>\n", stream);
    }
}

static void write_card(const char *what, const char *value, FILE *stream)
{
    (void)fputs("<div class=\"card\"><b>", stream);
    put_escaped(value, stream);
    (void)fputs("</b><span>", stream);
    put_escaped(what, stream);
    (void)fputs("</span></div>\n", stream);
}

static void write_time_card(const json_t *run, const char *what,
                            const char *path, FILE *stream)
{
    double ns = results_number(run, path);
    char text[UNITS_TEXT_MAX];

    if (isfinite(ns) && ns > 0)
        write_card(what, time_text(ns, text), stream);
}

static void write_copy_cards(const json_t *run, FILE *stream)
{
    const json_t *copies =
        json_object_get(json_object_get(run, "limits"), "memcpy");
    char rate[UNITS_TEXT_MAX + 2], size[UNITS_TEXT_MAX], what[80];

    for (size_t i = 0; i < json_array_size(copies); i++) {
        const json_t *copy = json_array_get(copies, i);
        double bytes = results_number(copy, "size");
        double ns = results_number(copy, "ns");

        if (!(bytes > 0 && ns > 0))
            continue;
        (void)bytes_text(bytes / ns * 1e9, rate);
        (void)strcat(rate, "/s");
        (void)snprintf(what, sizeof(what), "memcpy of %s",
                       size_text(results_size(copy, "size"), size));
        write_card(what, rate, stream);
    }
}

static void write_cards(const json_t *run, FILE *stream)
{
    static const struct {
        const char *what;
        const char *path;
    } cards[] = {
        { "a look at the clock", "limits.clock_ns" },
        { "a system call", "limits.system_call_ns" },
        { "a cache line to the other processor", "limits.cache_line_ns" },
        { "futex, there and back, one processor",
          "limits.futex_round_trip_ns.same" },
        { "futex, there and back, two processors",
          "limits.futex_round_trip_ns.split" },
        { "pipe, there and back, one processor",
          "limits.pipe_round_trip_ns.same" },
        { "pipe, there and back, two processors",
          "limits.pipe_round_trip_ns.split" },
    };

    (void)fputs("<h2>The numbers of this machine</h2>\n"
                "<p class=\"dim\">What no mechanism here can be faster than, "
                "by the barest loops there are.</p>\n"
                "<div class=\"cards\">\n",
                stream);
    for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++)
        write_time_card(run, cards[i].what, cards[i].path, stream);
    write_copy_cards(run, stream);
    (void)fputs("</div>\n", stream);
}

/* --------------------------------------------------------------- the answer */

static void write_overview(const struct results_set *results, FILE *stream)
{
    char text[OVERVIEW_TEXT_MAX], value[OVERVIEW_CELL_MAX];
    struct overview overview;

    if (!overview_make(results, &overview))
        return;
    (void)fputs("<p>", stream);
    put_escaped(overview_finding(&overview, text), stream);
    (void)fputs("</p>\n<div class=\"scroll\"><table class=\"answer\">\n"
                "<thead><tr>",
                stream);
    for (size_t i = 0; i < OVERVIEW_COLUMNS; i++)
        (void)fprintf(stream, "<th scope=\"col\"%s>%s</th>",
                      overview_columns[i].width < 0 ? " class=\"word\"" : "",
                      overview_columns[i].name);
    (void)fputs("</tr></thead>\n<tbody>\n", stream);
    for (size_t i = 0; i < overview.count; i++) {
        (void)fputs("<tr>", stream);
        for (size_t k = 0; k < OVERVIEW_COLUMNS; k++) {
            (void)fputs(overview_columns[k].width < 0 ? "<td class=\"word\">"
                                                      : "<td>",
                        stream);
            put_escaped(overview_text(&overview.row[i], k, value), stream);
            (void)fputs("</td>", stream);
        }
        (void)fputs("</tr>\n", stream);
    }
    (void)fputs("</tbody></table></div>\n", stream);
    if (overview_ties(&overview, text)[0]) {
        (void)fputs("<p class=\"dim\">No difference is shown between "
                    "neighbours in the order of the round trips on two "
                    "processors: ",
                    stream);
        put_escaped(text, stream);
        (void)fputs(".</p>\n", stream);
    }
}

/* ------------------------------------------------------------------ plots */

/* Writes an image as an address that holds it. */
static int write_data_address(const char *svg, size_t size, FILE *stream)
{
    unsigned char *text = malloc(size / 3 * 4 + 8);

    if (!text)
        return -ENOMEM;
    (void)EVP_EncodeBlock(text, (const unsigned char *)svg, (int)size);
    (void)fprintf(stream, "data:image/svg+xml;base64,%s", text);
    free(text);
    return 0;
}

static int write_plot(const struct plot *plot, FILE *stream)
{
    int r;

    (void)fputs("<h2>", stream);
    put_escaped(plot->title, stream);
    (void)fputs("</h2>\n<figure>\n<picture>"
                "<source media=\"(max-width: 640px)\" srcset=\"",
                stream);
    r = write_data_address(plot->svg[PLOT_NARROW], plot->size[PLOT_NARROW],
                           stream);
    (void)fputs("\"><img alt=\"", stream);
    put_escaped(plot->title, stream);
    (void)fputs("\" src=\"", stream);
    if (r == 0)
        r = write_data_address(plot->svg[PLOT_WIDE], plot->size[PLOT_WIDE],
                               stream);
    (void)fputs("\"></picture>\n<figcaption>", stream);
    put_escaped(plot->caption, stream);
    (void)fputs("</figcaption>\n</figure>\n", stream);
    return r;
}

/* ------------------------------------------------------------------ table */

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

static const char *whole_text(double number, char text[static UNITS_TEXT_MAX])
{
    (void)snprintf(text, UNITS_TEXT_MAX, "%.0f", number);
    return text;
}

static const char *payload_text(double size, char text[static UNITS_TEXT_MAX])
{
    return size >= 0 && size < 1e15 ? size_text((size_t)size, text) : "-";
}

/* Half the interval, as a share of the median. */
static double interval_of(const json_t *cell)
{
    return (results_number(cell, "jobs_per_second.high") -
            results_number(cell, "jobs_per_second.low")) /
           2 / results_number(cell, "jobs_per_second.median");
}

static const struct {
    const char *title;
    const char *path;
    number_text_fn *text;         /* NULL: it is a word */
    double (*of)(const json_t *); /* the number; NULL: the one at the path */
    bool axis;                    /* shown where cells differ in it */
} columns[] = {
    { "mechanism", "mechanism", NULL, NULL, false },
    { "pattern", "pattern", NULL, NULL, false },
    { "work", "work", NULL, NULL, false },
    { "payload", "payload_bytes", payload_text, NULL, false },
    { "pin", "pin", NULL, NULL, true },
    { "window", "window", whole_text, NULL, true },
    { "batch", "batch", whole_text, NULL, true },
    { "wait", "wait", NULL, NULL, true },
    { "rate", "rate", count_text, NULL, true },
    { "producers", "producers", whole_text, NULL, true },
    { "consumers", "consumers", whole_text, NULL, true },
    { "jobs/s", "jobs_per_second.median", count_text, NULL, false },
    { "+-", "", percent_text, interval_of, false },
    { "bytes/s", "bytes_per_second.median", bytes_text, NULL, false },
    { "p50", "latency_ns.p50", time_text, NULL, false },
    { "p99", "latency_ns.p99", time_text, NULL, false },
    { "p99.9", "latency_ns.p99_9", time_text, NULL, false },
    { "max", "latency_ns.max", time_text, NULL, false },
    { "CPU producer", "cpu_ns_per_job.producer", time_text, NULL, false },
    { "CPU consumer", "cpu_ns_per_job.consumer", time_text, NULL, false },
    { "CPU server", "cpu_ns_per_job.broker", time_text, NULL, false },
    { "calls producer", "system_calls_per_job.producer", few_text, NULL,
      false },
    { "calls consumer", "system_calls_per_job.consumer", few_text, NULL,
      false },
    { "waits", "switches_per_job.voluntary", few_text, NULL, false },
    { "copies", "copies", few_text, NULL, false },
    { "memory", "memory_bytes", bytes_text, NULL, false },
    { "IPC", "ipc_share", percent_text, NULL, false },
    { "of limit", "limit.share", percent_text, NULL, false },
    { "limit", "limit.kind", NULL, NULL, false },
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* Two rows that read alike would be told apart by nothing: so each axis in
 * which cells differ has a column. Settings are not told: they differ by the
 * mechanism. */
static bool is_shown(size_t column, const json_t *cells)
{
    const json_t *first = json_array_get(cells, 0);
    const char *path = columns[column].path;

    if (!columns[column].axis)
        return true;
    for (size_t i = 1; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);

        if (!json_equal(json_object_get(first, path),
                        json_object_get(cell, path)))
            return true;
    }
    return false;
}

static void write_value(const json_t *cell, size_t column, FILE *stream)
{
    char text[UNITS_TEXT_MAX];
    double number;

    if (!columns[column].text) {
        (void)fputs("<td class=\"word\">", stream);
        put_escaped(results_text(cell, columns[column].path), stream);
        (void)fputs("</td>", stream);
        return;
    }
    number = columns[column].of ? columns[column].of(cell)
                                : results_number(cell, columns[column].path);
    if (isfinite(number))
        (void)fprintf(stream, "<td data-v=\"%.9g\">%s</td>", number,
                      columns[column].text(number, text));
    else
        (void)fputs("<td data-v=\"\">-</td>", stream);
}

static void write_row(const json_t *cell, const bool shown[static COLUMNS],
                      FILE *stream)
{
    (void)fputs("<tr>", stream);
    for (size_t i = 0; i < COLUMNS; i++)
        if (shown[i])
            write_value(cell, i, stream);
    (void)fprintf(stream, "<td class=\"word %s\">%s</td></tr>\n",
                  results_good(cell) ? "good" : "bad", results_verdict(cell));
}

static void write_table(const json_t *cells, FILE *stream)
{
    bool shown[COLUMNS];

    for (size_t i = 0; i < COLUMNS; i++)
        shown[i] = is_shown(i, cells);
    (void)fputs("<h2>All cells</h2>\n"
                "<p class=\"dim\">A click on a heading sorts by it. "
                "+- is half the interval that holds the true jobs/s in 95 of "
                "100 cases or more; - with fewer than six rounds. good*: other "
                "programs disturbed some of the rounds. "
                "IPC is the share of a job's CPU time beyond that of "
                "<code>none</code>, the same work in one process; waits are "
                "how often a side gave the processor up in a job; the limit is "
                "what no mechanism here can pass.</p>\n"
                "<input type=\"search\" aria-label=\"Filter\" "
                "placeholder=\"Filter: pipe stream\">\n"
                "<div class=\"scroll\"><table class=\"cells\">\n<thead><tr>",
                stream);
    for (size_t i = 0; i < COLUMNS; i++)
        if (shown[i])
            (void)fprintf(
                stream, "<th scope=\"col\"%s><button>%s</button></th>",
                columns[i].text ? "" : " class=\"word\"", columns[i].title);
    (void)fputs("<th scope=\"col\" class=\"word\"><button>verdict</button>"
                "</th></tr></thead>\n<tbody>\n",
                stream);
    for (size_t i = 0; i < json_array_size(cells); i++)
        write_row(json_array_get(cells, i), shown, stream);
    (void)fputs("</tbody></table></div>\n", stream);
}

int html_write(const struct results_set *results, const struct plots *plots,
               FILE *stream)
{
    int r = 0;

    (void)fputs(head, stream);
    write_machine(results->run, stream);
    write_overview(results, stream);
    write_cards(results->run, stream);
    if (plots->count == 0)
        (void)fputs("<p class=\"note\">There is nothing to draw: no cell here "
                    "has a rate of bytes, latencies, or the costs of a job, "
                    "but those of one process without IPC.</p>\n",
                    stream);
    for (size_t i = 0; r == 0 && i < plots->count; i++)
        r = write_plot(&plots->plot[i], stream);
    write_table(results->cells, stream);
    (void)fputs(script, stream);
    (void)fputs("</html>\n", stream);
    return r;
}
