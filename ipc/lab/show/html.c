/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/html.h"

#include "ipc/lab/show/html_cells.h"
#include "ipc/lab/show/html_faults.h"
#include "ipc/lab/show/html_parts.h"
#include "ipc/lab/show/html_style.h"
#include "ipc/lab/show/overview_words.h"
#include "ipc/lab/show/table_note.h"
#include "shared/base/units.h"

#include <math.h>
#include <string.h>

/* ---------------------------------------------------------------- machine */

static void write_run(const json_t *run, FILE *stream)
{
    char rounds[UNITS_TEXT_MAX], seed[UNITS_TEXT_MAX], text[160];

    (void)snprintf(text, sizeof(text),
                   ": %s rounds in random order, seed %s. Figures are medians "
                   "of the rounds; every job was checked.",
                   whole_text(results_number(run, "rounds"), rounds),
                   whole_text(results_number(run, "seed"), seed));
    html_machine(json_object_get(run, "machine"), text, stream);
}

/* What a reader must know before the figures. */
static void write_notes(const struct results_set *results, FILE *stream)
{
    char text[TABLE_NOTE_MAX];

    html_warnings(json_object_get(results->run, "machine"), stream);
    for (unsigned i = 0; i < TABLE_NOTES; i++)
        if (table_note(results, i, text))
            html_note(text, stream);
}

static void write_time_card(const json_t *run, const char *what,
                            const char *path, FILE *stream)
{
    double ns = results_number(run, path);
    char text[UNITS_TEXT_MAX];

    if (isfinite(ns) && ns > 0)
        html_card(what, time_text(ns, text), stream);
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
        html_card(what, rate, stream);
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

    (void)fputs(
        "<section>\n<h2>The numbers of this machine</h2>\n"
        "<p class=\"dim\">No mechanism here can be faster than this: it "
        "is what the barest loops take that do each thing.</p>\n"
        "<div class=\"cards\">\n",
        stream);
    for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++)
        write_time_card(run, cards[i].what, cards[i].path, stream);
    write_copy_cards(run, stream);
    (void)fputs("</div>\n</section>\n", stream);
}

/* --------------------------------------------------------------- the answer */

/* How many columns a group has. */
static size_t group_width(size_t column)
{
    size_t width = 1;

    while (column + width < OVERVIEW_COLUMNS &&
           !overview_columns[column + width].group)
        width++;
    return width;
}

static void write_heads(const struct overview *overview, FILE *stream)
{
    (void)fputs("<thead>\n<tr class=\"groups\">", stream);
    for (size_t i = 0; i < OVERVIEW_COLUMNS; i++)
        if (overview_columns[i].group)
            (void)fprintf(stream,
                          "<th scope=\"colgroup\" colspan=\"%zu\">%s</th>",
                          group_width(i), overview_columns[i].group);
    (void)fputs("</tr>\n<tr>", stream);
    for (size_t i = 0; i < OVERVIEW_COLUMNS; i++)
        (void)fprintf(stream, "<th scope=\"col\"%s>%s</th>",
                      overview_columns[i].width < 0 ? " class=\"word\"" : "",
                      overview_name(overview, i));
    (void)fputs("</tr>\n</thead>\n", stream);
}

static const char *class_of(const struct overview_row *row, size_t column)
{
    if (column == OVERVIEW_COLUMNS - 1)
        return strncmp(row->verdict, "good", 4) == 0 ? " class=\"word good\""
                                                     : " class=\"word bad\"";
    return overview_columns[column].width < 0 ? " class=\"word\"" : "";
}

static void write_row(const struct overview_row *row, FILE *stream)
{
    char value[OVERVIEW_CELL_MAX];

    (void)fputs("<tr>", stream);
    for (size_t i = 0; i < OVERVIEW_COLUMNS; i++) {
        (void)fprintf(stream, "<td%s>", class_of(row, i));
        html_escape(overview_text(row, i, value), stream);
        (void)fputs("</td>", stream);
    }
    (void)fputs("</tr>\n", stream);
}

static void write_overview(const struct results_set *results, FILE *stream)
{
    char text[OVERVIEW_WORDS_MAX];
    struct overview overview;

    if (!overview_make(results, &overview))
        return;
    html_words("finding", overview_finding(&overview, text), stream);
    (void)fputs("<div class=\"scroll\"><table class=\"answer\">\n", stream);
    write_heads(&overview, stream);
    (void)fputs("<tbody>\n", stream);
    for (size_t i = 0; i < overview.count; i++)
        write_row(&overview.row[i], stream);
    (void)fputs("</tbody></table></div>\n", stream);
    if (overview_ties(&overview, text)[0])
        html_words("dim", text, stream);
}

/* ------------------------------------------------------------------ plots */

/* One of several choices that lie side by side; the first is taken. */
static void write_choice(const char *group, unsigned number, const char *text,
                         FILE *stream)
{
    (void)fprintf(stream,
                  "<input type=\"radio\" name=\"%s\" id=\"%s-%u\"%s>"
                  "<label for=\"%s-%u\">%s</label>\n",
                  group, group, number, number == 0 ? " checked" : "", group,
                  number, text);
}

/* The picture, with a switch by which one family stands out. */
static void write_pick(const struct plot *plot, size_t place, FILE *stream)
{
    char group[32];
    unsigned number = 0;

    (void)snprintf(group, sizeof(group), "pick%zu", place);
    (void)fputs("<div class=\"pick\">\n", stream);
    if (plot->families)
        write_choice(group, number++, "all", stream);
    for (unsigned i = 0; i < PLOT_FAMILIES; i++)
        if (plot->families & 1u << i)
            write_choice(group, number++, plot_family_name(i), stream);
    html_picture(plot->title, plot->svg, stream);
    (void)fputs("</div>\n", stream);
}

static bool in_one_set(const struct plot *a, const struct plot *b)
{
    return a->script.section == b->script.section &&
           a->script.kind == b->script.kind && a->script.set == b->script.set;
}

/* Plots that differ in where the two sides ran, with a switch between them;
 * returns how many. */
static size_t write_set(const struct plots *plots, size_t first, FILE *stream)
{
    const struct plot *plot = &plots->plot[first];
    size_t count = 1;
    char group[32];

    while (first + count < plots->count &&
           in_one_set(plot, &plots->plot[first + count]))
        count++;
    (void)snprintf(group, sizeof(group), "place%zu", first);
    if (plot->script.section != SECTION_SCATTER &&
        plot->script.section != SECTION_FLOW) /* these have a heading */
        (void)fprintf(stream, "<h3>%s</h3>\n", plot_script_kind(&plot->script));
    (void)fputs("<div class=\"switch\">\n", stream);
    for (size_t i = 0; count > 1 && i < count; i++)
        write_choice(group, (unsigned)i, plot_script_place(&plot[i].script),
                     stream);
    for (size_t i = 0; i < count; i++) {
        (void)fputs("<figure>\n", stream);
        write_pick(&plot[i], first + i, stream);
        (void)fputs("<figcaption>", stream);
        html_escape(plot[i].caption, stream);
        (void)fputs("<br><small>", stream);
        html_escape(plot[i].title, stream);
        (void)fputs(".</small>", stream);
        (void)fputs("</figcaption>\n</figure>\n", stream);
    }
    (void)fputs("</div>\n", stream);
    return count;
}

static void write_left_out(const struct plots *plots, FILE *stream)
{
    if (plots->left_out > 0)
        (void)fprintf(stream,
                      "<p class=\"dim\">%u more like these are not drawn; the "
                      "table of all cells has their figures.</p>\n",
                      plots->left_out);
}

static void write_section(const struct plots *plots, enum plot_section section,
                          FILE *stream)
{
    static const char *const titles[PLOT_SECTIONS] = {
        [SECTION_SCATTER] = "Latency and throughput",
        [SECTION_FLOW] = "Throughput against size",
        [SECTION_LATENCY] = "How long a message takes",
        [SECTION_COST] = "What a message costs",
        [SECTION_MORE] = "More plots",
    };
    const bool more = section == SECTION_MORE;
    bool any = false;

    for (size_t i = 0; i < plots->count;) {
        if (plots->plot[i].script.section != section) {
            i++;
            continue;
        }
        if (!any)
            (void)fprintf(stream,
                          more ? "<details>\n<summary>%s</summary>\n"
                               : "<section>\n<h2>%s</h2>\n",
                          titles[section]);
        any = true;
        i += write_set(plots, i, stream);
    }
    if (more && any)
        write_left_out(plots, stream);
    if (any)
        (void)fputs(more ? "</details>\n" : "</section>\n", stream);
}

void html_write(const struct results_set *results, const struct plots *plots,
                const json_t *faults, const char *link, FILE *stream)
{
    html_begin("IPC on this machine", html_style_picks, stream);
    (void)fputs("<h1>IPC on this machine</h1>\n", stream);
    write_run(results->run, stream);
    html_link(link, "The article, executed", stream);
    write_notes(results, stream);
    write_overview(results, stream);
    if (plots->count == 0)
        (void)fputs("<p class=\"note\">There is nothing to draw: no cell here "
                    "has a rate of bytes, latencies, or the costs of a job, "
                    "but those of one process without IPC.</p>\n",
                    stream);
    for (unsigned section = 0; section < PLOT_SECTIONS; section++)
        write_section(plots, section, stream);
    html_faults(faults, stream);
    html_cells(results->cells, stream);
    write_cards(results->run, stream);
    (void)fputs("</main>\n</html>\n", stream);
}
