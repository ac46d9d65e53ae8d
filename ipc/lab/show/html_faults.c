/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/html_faults.h"

#include "ipc/lab/measure/results.h"
#include "ipc/lab/show/html_parts.h"
#include "shared/base/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 96, NAME_TEXT_MAX = 64 };

/* Different texts, in the order in which they came. */
struct names {
    char text[NAMES_MAX][NAME_TEXT_MAX];
    size_t count;
};

static void add_name(struct names *names, const char *text)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->text[i], text) == 0)
            return;
    if (names->count < NAMES_MAX && text[0])
        (void)snprintf(names->text[names->count++], NAME_TEXT_MAX, "%s", text);
}

/* "F2" and "F2/calls" go before "F10". */
static int by_number(const void *a, const void *b)
{
    const int difference =
        atoi((const char *)a + 1) - atoi((const char *)b + 1);

    return difference ? difference : strcmp(a, b);
}

static void sort_names(struct names *names)
{
    qsort(names->text, names->count, sizeof(names->text[0]), by_number);
}

static const char *level_name(const json_t *cell,
                              char text[static NAME_TEXT_MAX])
{
    (void)snprintf(text, NAME_TEXT_MAX, "%.20s/%.30s",
                   results_text(cell, "fault"), results_text(cell, "level"));
    return text;
}

/* ------------------------------------------------------- mechanism by fault */

static int severity(const char *verdict)
{
    return strcmp(verdict, "FAIL") == 0   ? 3
           : strcmp(verdict, "SKIP") == 0 ? 2
           : strcmp(verdict, "PASS") == 0 ? 1
                                          : 0;
}

/* The worst of all levels of a kind. */
static int worst_of(const json_t *cells, const char *mechanism,
                    const char *fault)
{
    int worst = 0, own;

    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);

        if (strcmp(results_text(cell, "mechanism"), mechanism) != 0 ||
            strcmp(results_text(cell, "fault"), fault) != 0)
            continue;
        own = severity(results_text(cell, "verdict"));
        worst = own > worst ? own : worst;
    }
    return worst;
}

static void write_marks(const json_t *cells, const struct names *mechanisms,
                        const struct names *faults, FILE *stream)
{
    static const char *const marks[] = { "-", "ok", "?", "BAD" };

    (void)fputs("<div class=\"scroll\"><table class=\"faults\">\n<thead><tr>"
                "<th scope=\"col\" class=\"word\">mechanism</th>",
                stream);
    for (size_t j = 0; j < faults->count; j++) {
        (void)fputs("<th scope=\"col\">", stream);
        html_escape(faults->text[j], stream);
        (void)fputs("</th>", stream);
    }
    (void)fputs("</tr></thead>\n<tbody>\n", stream);
    for (size_t i = 0; i < mechanisms->count; i++) {
        (void)fputs("<tr><td class=\"word\">", stream);
        html_escape(mechanisms->text[i], stream);
        (void)fputs("</td>", stream);
        for (size_t j = 0; j < faults->count; j++)
            (void)fprintf(
                stream, "<td>%s</td>",
                marks[worst_of(cells, mechanisms->text[i], faults->text[j])]);
        (void)fputs("</tr>\n", stream);
    }
    (void)fputs("</tbody></table></div>\n"
                "<p class=\"dim\">ok: passed, on each level. BAD: not. ?: "
                "skipped. -: it cannot befall it.</p>\n",
                stream);
}

/* -------------------------------------------------------------- the figures */

struct sums {
    const char *title;
    double injections, jobs, again, lost, doubled, wrong, left, recovery_ns;
};

static double number_of(const json_t *cell, const char *name)
{
    const double number = results_number(cell, name);

    return number >= 0 && number < 1e15 ? number : 0;
}

static double leaks_of(const json_t *cell)
{
    json_t *kinds = json_object_get(cell, "left_behind"), *count;
    const char *name;
    double sum = 0;

    json_object_foreach(kinds, name, count)
    {
        sum += json_number_value(count);
    }
    return sum;
}

static struct sums add_up(const json_t *cells, const char *level)
{
    struct sums sums = { .title = "" };
    char own[NAME_TEXT_MAX];

    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);

        if (strcmp(level_name(cell, own), level) != 0)
            continue;
        sums.title = results_text(cell, "title");
        sums.injections += number_of(cell, "injections");
        sums.jobs += number_of(cell, "jobs");
        sums.again += number_of(cell, "redundant");
        sums.lost += number_of(cell, "lost");
        sums.doubled += number_of(cell, "doubled");
        sums.wrong += number_of(cell, "wrong");
        sums.left += leaks_of(cell);
        sums.recovery_ns =
            fmax(sums.recovery_ns, number_of(cell, "recovery_ns.max"));
    }
    return sums;
}

static void write_count(double count, FILE *stream)
{
    (void)fprintf(stream, "<td>%.0f</td>", count);
}

static void write_row(const json_t *cells, const char *level, FILE *stream)
{
    const struct sums sums = add_up(cells, level);
    char took[UNITS_TEXT_MAX];

    (void)fputs("<tr><td class=\"word\">", stream);
    html_escape(level, stream);
    (void)fputs("</td><td class=\"word\">", stream);
    html_escape(sums.title, stream);
    (void)fputs("</td>", stream);
    write_count(sums.injections, stream);
    write_count(sums.jobs, stream);
    write_count(sums.again, stream);
    write_count(sums.lost, stream);
    write_count(sums.doubled, stream);
    write_count(sums.wrong, stream);
    write_count(sums.left, stream);
    (void)fprintf(stream, "<td>%s</td></tr>\n",
                  sums.recovery_ns > 0 ? time_text(sums.recovery_ns, took)
                                       : "-");
}

static void write_figures(const json_t *cells, const struct names *levels,
                          FILE *stream)
{
    static const char *const heads[] = { "times", "jobs",    "done again",
                                         "lost",  "twice",   "wrong",
                                         "left",  "recovery" };

    (void)fputs("<div class=\"scroll\"><table class=\"faults\">\n<thead><tr>"
                "<th scope=\"col\" class=\"word\">fault</th>"
                "<th scope=\"col\" class=\"word\">what happens</th>",
                stream);
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        (void)fprintf(stream, "<th scope=\"col\">%s</th>", heads[i]);
    (void)fputs("</tr></thead>\n<tbody>\n", stream);
    for (size_t i = 0; i < levels->count; i++)
        write_row(cells, levels->text[i], stream);
    (void)fputs(
        "</tbody></table></div>\n"
        "<p class=\"dim\">Over all mechanisms. Done again: jobs that were done "
        "and not yet answered when somebody died, which is no fault. Twice: "
        "effects. Left: names, memory, processes and descriptors behind it. "
        "Recovery: the longest from a kill to the next answered job.</p>\n",
        stream);
}

/* ----------------------------------------------- without the protocol */

static bool is_alone(const json_t *cell)
{
    return strcmp(results_text(cell, "level"), "alone") == 0;
}

static void write_row_alone(const json_t *cell, FILE *stream)
{
    const double twice = number_of(cell, "doubled");

    (void)fputs("<tr><td class=\"word\">", stream);
    html_escape(results_text(cell, "mechanism"), stream);
    (void)fputs("</td>", stream);
    write_count(number_of(cell, "jobs"), stream);
    write_count(number_of(cell, "executions") - twice, stream);
    write_count(twice, stream);
    write_count(number_of(cell, "lost"), stream);
    (void)fputs("</tr>\n", stream);
}

static void write_alone(const json_t *cells, FILE *stream)
{
    bool any = false;

    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);

        if (!is_alone(cell) ||
            strcmp(results_text(cell, "verdict"), "PASS") != 0)
            continue;
        if (!any)
            (void)fputs("<h3>Without the protocol</h3>\n<p>The receiver is "
                        "killed with a message in hand, and another one takes "
                        "its place.</p>\n<div class=\"scroll\"><table "
                        "class=\"faults\">\n<thead><tr><th scope=\"col\" "
                        "class=\"word\">mechanism</th><th scope=\"col\">sent"
                        "</th><th scope=\"col\">arrived</th><th "
                        "scope=\"col\">twice</th><th scope=\"col\">lost</th>"
                        "</tr></thead>\n<tbody>\n",
                        stream);
        any = true;
        write_row_alone(cell, stream);
    }
    if (any)
        (void)fputs("</tbody></table></div>\n", stream);
}

/* What did not pass, and what was not tried. */
static void write_reasons(const json_t *cells, FILE *stream)
{
    char level[NAME_TEXT_MAX], text[700];

    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);

        if (severity(results_text(cell, "verdict")) < 2)
            continue;
        (void)snprintf(text, sizeof(text), "%.10s: %.60s, %s: %.480s",
                       results_text(cell, "verdict"),
                       results_text(cell, "mechanism"), level_name(cell, level),
                       results_text(cell, "why"));
        html_note(text, stream);
    }
}

void html_faults(const json_t *cells, FILE *stream)
{
    static struct names mechanisms, faults, levels;
    char level[NAME_TEXT_MAX];

    if (json_array_size(cells) == 0)
        return;
    mechanisms.count = faults.count = levels.count = 0;
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);

        add_name(&mechanisms, results_text(cell, "mechanism"));
        if (is_alone(cell))
            continue;
        add_name(&faults, results_text(cell, "fault"));
        add_name(&levels, level_name(cell, level));
    }
    (void)fputs("<section id=\"faults\">\n<h2>What is lost when somebody dies, "
                "stops or lies</h2>\n",
                stream);
    sort_names(&faults);
    sort_names(&levels);
    if (faults.count > 0) {
        write_marks(cells, &mechanisms, &faults, stream);
        write_figures(cells, &levels, stream);
    }
    write_alone(cells, stream);
    write_reasons(cells, stream);
    (void)fputs("</section>\n", stream);
}
