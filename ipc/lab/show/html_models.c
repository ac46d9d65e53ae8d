/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/html_models.h"

#include "ipc/lab/measure/results.h"
#include "ipc/lab/measure/statistics.h"
#include "ipc/lab/show/html_parts.h"
#include "ipc/lab/show/timeline_svg.h"
#include "shared/base/units.h"

#include <math.h>
#include <string.h>

enum { TOOK_MAX = 64, TEXT_MAX = 400, PROCESSORS_MAX = 64 };

void html_models_style(FILE *stream)
{
    timeline_svg_style(stream);
    (void)fputs(
        "figure.timeline { margin: 1.2em 0 1.6em; }\n"
        "figure.timeline figcaption { margin: 0 0 0.4em; max-width: none; }\n"
        "figure.timeline figcaption b::first-letter { text-transform: none; "
        "}\n",
        stream);
}

/* ----------------------------------------------------------------- figures */

static unsigned processors_of(const struct article *article)
{
    const double number = results_number(article->setting, "processors");

    return number >= 1 && number <= PROCESSORS_MAX ? (unsigned)number : 1;
}

/* NAN: there is none. */
static double took_ns(const json_t *model)
{
    const json_t *took =
        json_object_get(json_object_get(model, "alone"), "took_ns");
    double values[TOOK_MAX];
    unsigned count = 0;

    for (size_t i = 0; i < json_array_size(took) && count < TOOK_MAX; i++)
        if (json_is_number(json_array_get(took, i)))
            values[count++] = json_number_value(json_array_get(took, i));
    return count > 0 ? statistics_median(values, count) : NAN;
}

static double longest_ns(const json_t *models)
{
    double longest = 0;

    for (size_t i = 0; i < json_array_size(models); i++)
        longest = fmax(longest, took_ns(json_array_get(models, i)));
    return longest;
}

static double per_second(const json_t *model)
{
    return results_number(model, "stream.jobs") /
           results_number(model, "stream.elapsed_ns") * 1e9;
}

static double busy(const json_t *model)
{
    return results_number(model, "stream.cpu_ns") /
           results_number(model, "stream.elapsed_ns");
}

static double serial_per_second(const json_t *models)
{
    for (size_t i = 0; i < json_array_size(models); i++)
        if (strcmp(results_text(json_array_get(models, i), "name"), "serial") ==
            0)
            return per_second(json_array_get(models, i));
    return NAN;
}

/* "1.03", or "-" for what cannot be told. */
static const char *ratio_text(double ratio, char text[static UNITS_TEXT_MAX])
{
    if (ratio >= 0 && ratio < 1e6)
        (void)snprintf(text, UNITS_TEXT_MAX, "%.2f", ratio);
    else
        (void)strcpy(text, "-");
    return text;
}

/* --------------------------------------------------------------- the table */

static void write_cell(const char *text, FILE *stream)
{
    (void)fputs("<td>", stream);
    html_escape(text, stream);
    (void)fputs("</td>", stream);
}

static void write_row(const struct article *article, const json_t *model,
                      FILE *stream)
{
    const double took = took_ns(model);
    const double path = results_number(article->setting, "path_ns");
    const double serial = serial_per_second(article->models);
    char text[UNITS_TEXT_MAX];

    (void)fputs("<tr><td class=\"word\">", stream);
    html_escape(results_text(model, "name"), stream);
    (void)fputs("</td>", stream);
    if (results_text(model, "skipped")[0]) {
        (void)fputs("<td class=\"word\" colspan=\"6\">skipped: ", stream);
        html_escape(results_text(model, "skipped"), stream);
        (void)fputs("</td></tr>\n", stream);
        return;
    }
    write_cell(time_text(took, text), stream);
    write_cell(ratio_text(took / path, text), stream);
    write_cell(count_text(per_second(model), text), stream);
    write_cell(ratio_text(results_number(model, "stream.elapsed_ns") /
                              results_number(model, "stream.bound_ns"),
                          text),
               stream);
    write_cell(ratio_text(busy(model), text), stream);
    write_cell(ratio_text(per_second(model) / serial, text), stream);
    (void)fputs("</tr>\n", stream);
}

static void write_table(const struct article *article, FILE *stream)
{
    static const char *const heads[] = {
        "one picture",          "times its path", "pictures/s",
        "times the least time", "CPUs busy",      "times serial",
    };

    (void)fputs("<div class=\"scroll\"><table class=\"models\">\n<thead><tr>"
                "<th scope=\"col\" class=\"word\">model</th>",
                stream);
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        (void)fprintf(stream, "<th scope=\"col\">%s</th>", heads[i]);
    (void)fputs("</tr></thead>\n<tbody>\n", stream);
    for (size_t i = 0; i < json_array_size(article->models); i++)
        write_row(article, json_array_get(article->models, i), stream);
    (void)fputs(
        "</tbody></table></div>\n"
        "<p class=\"dim\">Its path: the critical path. The least time: what "
        "the processors, and as many pictures as are under way, need for the "
        "stream whatever the order. CPUs: processors that the model kept busy; "
        "the server's work is not among them.</p>\n",
        stream);
}

/* ----------------------------------------------------------- the timelines */

static void write_timeline(const json_t *model, const json_t *tasks,
                           const char *words, double span_ns,
                           unsigned processors, FILE *stream)
{
    static const char *const classes[PLOT_FORMATS] = { "broad", "narrow" };
    char label[TEXT_MAX];

    (void)fputs("<figure class=\"timeline\">\n<figcaption><b>", stream);
    html_escape(results_text(model, "name"), stream);
    (void)fputs("</b> (", stream);
    html_escape(results_text(model, "title"), stream);
    (void)fputs("): ", stream);
    html_escape(words, stream);
    (void)fputs(".</figcaption>\n", stream);
    (void)snprintf(label, sizeof(label), "%.100s: %.200s",
                   results_text(model, "name"), words);
    for (unsigned format = 0; format < PLOT_FORMATS; format++) {
        (void)fprintf(stream, "<div class=\"%s\">\n", classes[format]);
        timeline_svg(tasks, span_ns, processors, format, label, stream);
        (void)fputs("</div>\n", stream);
    }
    (void)fputs("</figure>\n", stream);
}

static void write_alone(const struct article *article, const json_t *model,
                        FILE *stream)
{
    const unsigned processors = processors_of(article);
    const json_t *alone = json_object_get(model, "alone");
    const double took = took_ns(model);
    const double cpu = results_number(alone, "cpu_ns");
    char all[UNITS_TEXT_MAX], path[UNITS_TEXT_MAX], used[UNITS_TEXT_MAX];
    char text[TEXT_MAX];

    if (!json_array_size(json_object_get(alone, "tasks")))
        return;
    (void)snprintf(
        text, sizeof(text),
        "%s in all, %s times the critical path; %s of CPU time, so that %u "
        "processor%s idle for %.0f %% of it",
        time_text(took, all),
        ratio_text(took / results_number(article->setting, "path_ns"), path),
        time_text(cpu, used), processors, processors == 1 ? " was" : "s were",
        cpu >= 0 && took > 0 ? fmax(0, 100 * (1 - cpu / took / processors))
                             : 0);
    write_timeline(model, json_object_get(alone, "tasks"), text,
                   longest_ns(article->models), processors, stream);
}

static void write_stream(const struct article *article, const json_t *model,
                         FILE *stream)
{
    const json_t *tasks =
        json_object_get(json_object_get(model, "stream"), "tasks");
    char rate[UNITS_TEXT_MAX], used[UNITS_TEXT_MAX], text[TEXT_MAX];

    if (!json_array_size(tasks))
        return;
    (void)snprintf(text, sizeof(text), "%s pictures/s, %s processors busy",
                   count_text(per_second(model), rate),
                   ratio_text(busy(model), used));
    write_timeline(model, tasks, text,
                   results_number(article->setting, "shown_ns"),
                   processors_of(article), stream);
}

static bool has_stream(const json_t *models)
{
    for (size_t i = 0; i < json_array_size(models); i++)
        if (json_object_get(json_array_get(models, i), "stream"))
            return true;
    return false;
}

/* ------------------------------------------------------------- the section */

static void write_words(const struct article *article, FILE *stream)
{
    char path[UNITS_TEXT_MAX], latency[UNITS_TEXT_MAX], text[TEXT_MAX];
    const json_t *setting = article->setting;

    (void)fputs("<p>Each picture has four tasks: its original is uploaded, its "
                "checksum computed, it is resized, and the result uploaded. A "
                "model says which thread or process does which, and when.</p>"
                "\n",
                stream);
    (void)snprintf(text, sizeof(text),
                   "No order of the tasks is faster than the critical path: %s "
                   "for %.60s. The server lets an upload wait for %s.",
                   time_text(results_number(setting, "path_ns"), path),
                   results_text(setting, "path"),
                   time_text(results_number(setting, "latency_ns"), latency));
    html_words("dim", text, stream);
}

void html_models(const struct article *article, FILE *stream)
{
    const json_t *models = article->models;
    char shown[UNITS_TEXT_MAX], text[TEXT_MAX];

    (void)fputs("<section id=\"models\">\n<h2>Six ways to do four tasks</h2>\n",
                stream);
    write_words(article, stream);
    write_table(article, stream);
    (void)fputs("<h3>One picture at a time</h3>\n", stream);
    timeline_svg_legend(stream);
    for (size_t i = 0; i < json_array_size(models); i++)
        write_alone(article, json_array_get(models, i), stream);
    if (has_stream(models)) {
        (void)snprintf(
            text, sizeof(text), "The first %s.",
            time_text(results_number(article->setting, "shown_ns"), shown));
        (void)fputs("<h3>A stream of pictures</h3>\n", stream);
        html_words("dim", text, stream);
        timeline_svg_legend(stream);
    }
    for (size_t i = 0; i < json_array_size(models); i++)
        write_stream(article, json_array_get(models, i), stream);
    (void)fputs("</section>\n", stream);
}
