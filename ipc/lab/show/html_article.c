/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/html_article.h"

#include "ipc/lab/show/html_faults.h"
#include "ipc/lab/show/html_models.h"
#include "ipc/lab/show/html_parts.h"
#include "ipc/lab/show/html_style.h"

#include <stdbool.h>
#include <string.h>

enum { VERDICTS_MAX = 8 };

static const char style[] =
    "table.claims td { white-space: normal; text-align: left; }\n"
    "table.claims td:first-child { white-space: nowrap; }\n"
    ".verdict { font-size: 0.78em; font-weight: 600; padding: 1px 8px;\n"
    "  border: 1px solid currentColor; border-radius: 99px;\n"
    "  white-space: nowrap; color: var(--dim); }\n"
    ".verdict.good { color: var(--good); } .verdict.bad { color: var(--bad); "
    "}\n"
    "article { margin: 1.8em 0; padding-top: 0.2em; scroll-margin-top: 1em; }\n"
    "article h3 { margin: 0 0 0.2em; }\n"
    "article p { max-width: 46em; }\n"
    "article details { font-size: 0.92em; }\n"
    "article summary { margin: 0.4em 0; font-weight: normal; color: "
    "var(--link); }\n"
    "dl { margin: 0.4em 0; display: grid; gap: 0.4em 1.2em;\n"
    "  grid-template-columns: max-content 1fr; max-width: 52em; }\n"
    "dt { font-weight: 600; } dd { margin: 0; }\n"
    "figcaption b::first-letter { text-transform: uppercase; }\n"
    "figcaption b { display: inline-block; color: var(--text); }\n"
    "@media (max-width: 640px) { dl { display: block; }\n"
    "  dd { margin: 0 0 0.5em; } }\n";

static void write_style(FILE *stream)
{
    (void)fputs(style, stream);
    html_models_style(stream);
}

/* ------------------------------------------------------------- the verdicts */

static const char *class_of(const char *verdict)
{
    static const struct {
        const char *verdict, *class;
    } classes[] = {
        { "CONFIRMED", " good" },
        { "MOSTLY", " good" },
        { "REFUTED", " bad" },
        { "FAILED", " bad" },
    };

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strcmp(verdict, classes[i].verdict) == 0)
            return classes[i].class;
    return "";
}

static void write_verdict(const json_t *claim, FILE *stream)
{
    const char *verdict = results_text(claim, "verdict");

    (void)fprintf(stream, "<span class=\"verdict%s\">", class_of(verdict));
    html_escape(verdict, stream);
    (void)fputs("</span>", stream);
}

/* How often each verdict was given, in the order in which they came. */
static void write_tally(const json_t *claims, FILE *stream)
{
    const char *verdicts[VERDICTS_MAX];
    size_t counts[VERDICTS_MAX] = { 0 }, count = 0;

    for (size_t i = 0; i < json_array_size(claims); i++) {
        const char *verdict =
            results_text(json_array_get(claims, i), "verdict");
        size_t at = 0;

        while (at < count && strcmp(verdicts[at], verdict) != 0)
            at++;
        if (at == VERDICTS_MAX)
            continue;
        if (at == count)
            verdicts[count++] = verdict;
        counts[at]++;
    }
    (void)fputs("<div class=\"cards\">\n", stream);
    for (size_t i = 0; i < count; i++) {
        char number[24];

        (void)snprintf(number, sizeof(number), "%zu", counts[i]);
        html_card(verdicts[i], number, stream);
    }
    (void)fputs("</div>\n", stream);
}

/* An id comes from a file, and goes into an address. */
static void write_id(const json_t *claim, FILE *stream)
{
    char words[PLOT_WORDS_MAX];

    html_escape(plot_words(results_text(claim, "id"), words), stream);
}

static void write_line(const json_t *claim, FILE *stream)
{
    (void)fputs("<tr><td><a href=\"#", stream);
    write_id(claim, stream);
    (void)fputs("\">", stream);
    write_id(claim, stream);
    (void)fputs("</a></td><td>", stream);
    html_escape(results_text(claim, "sheet.Claim"), stream);
    (void)fputs("</td><td>", stream);
    write_verdict(claim, stream);
    (void)fputs("</td></tr>\n", stream);
}

static void write_table(const json_t *claims, FILE *stream)
{
    (void)fputs("<section>\n<h2>What it says, and whether it is so</h2>\n",
                stream);
    write_tally(claims, stream);
    (void)fputs(
        "<p class=\"dim\">CONFIRMED: it is so. MOSTLY: it is so, but for cases "
        "that the finding names. DEPENDS: on what the finding names; or the "
        "figures do not separate. REFUTED: it is not so. NOT TESTABLE HERE: "
        "the finding says why.</p>\n"
        "<div class=\"scroll\"><table class=\"claims\">\n<thead><tr>"
        "<th scope=\"col\" class=\"word\"></th>"
        "<th scope=\"col\" class=\"word\">claim</th>"
        "<th scope=\"col\" class=\"word\">verdict</th></tr></thead>\n<tbody>\n",
        stream);
    for (size_t i = 0; i < json_array_size(claims); i++)
        write_line(json_array_get(claims, i), stream);
    (void)fputs("</tbody></table></div>\n</section>\n", stream);
}

/* --------------------------------------------------------------- one claim */

static void write_plot(const struct article_plot *plot, FILE *stream)
{
    const char *title = results_text(plot->claim, "plot.title");

    (void)fputs("<figure>\n", stream);
    html_picture(title, plot->svg, stream);
    (void)fputs("<figcaption><b>", stream);
    html_escape(title, stream);
    (void)fputs(".</b> ", stream);
    html_escape(results_text(plot->claim, "plot.caption"), stream);
    (void)fputs(" A dot is the median of its rounds, with a bar from the least "
                "to the most of them.</figcaption>\n</figure>\n",
                stream);
}

static void write_item(const char *heading, const char *text, FILE *stream)
{
    (void)fputs("<dt>", stream);
    html_escape(heading, stream);
    (void)fputs("</dt><dd>", stream);
    html_escape(text, stream);
    (void)fputs("</dd>\n", stream);
}

static void write_sheet(const json_t *claim, FILE *stream)
{
    json_t *sheet = json_object_get(claim, "sheet"), *text;
    const char *heading;

    (void)fputs("<dl>\n", stream);
    json_object_foreach(sheet, heading, text)
    {
        if (strcmp(heading, "Claim") != 0 && json_is_string(text))
            write_item(heading, json_string_value(text), stream);
    }
    write_item("Source", results_text(claim, "source"), stream);
    (void)fputs("</dl>\n", stream);
}

/* A point of a curve is in the plot. */
static bool is_alone(const json_t *figure)
{
    return !json_object_get(figure, "x") && results_text(figure, "name")[0];
}

static void write_figures(const json_t *claim, FILE *stream)
{
    const json_t *figures = json_object_get(claim, "figures");
    bool any = false;

    for (size_t i = 0; i < json_array_size(figures); i++) {
        const json_t *figure = json_array_get(figures, i);

        if (!is_alone(figure))
            continue;
        if (!any)
            (void)fputs("<div class=\"scroll\"><table><tbody>\n", stream);
        any = true;
        (void)fputs("<tr><td class=\"word\">", stream);
        html_escape(results_text(figure, "name"), stream);
        (void)fputs("</td><td class=\"word\">", stream);
        html_escape(results_text(figure, "text"), stream);
        (void)fputs("</td></tr>\n", stream);
    }
    if (any)
        (void)fputs("</tbody></table></div>\n", stream);
}

static void write_twin(const json_t *twin, FILE *stream)
{
    (void)fputs("<p>The twin: ", stream);
    write_verdict(twin, stream);
    (void)fputs(" ", stream);
    html_escape(results_text(twin, "finding"), stream);
    (void)fputs("</p>\n", stream);
}

static void write_claim(const struct article *article, const json_t *claim,
                        const struct article_plot *plot, FILE *stream)
{
    const json_t *twin = article_twin(article, claim);

    (void)fputs("<article id=\"", stream);
    write_id(claim, stream);
    (void)fputs("\">\n<h3>", stream);
    html_escape(results_text(claim, "id"), stream);
    (void)fputs(": ", stream);
    html_escape(results_text(claim, "title"), stream);
    (void)fputs(" ", stream);
    write_verdict(claim, stream);
    (void)fputs("</h3>\n", stream);
    html_words("dim", results_text(claim, "sheet.Claim"), stream);
    html_words("found", results_text(claim, "finding"), stream);
    if (plot)
        write_plot(plot, stream);
    (void)fputs("<details><summary>How it was tried</summary>\n", stream);
    write_sheet(claim, stream);
    if (twin)
        write_twin(twin, stream);
    write_figures(claim, stream);
    (void)fputs("</details>\n</article>\n", stream);
}

/* Each part of the article is a section of the page. */
static void write_claims(const struct article *article,
                         const struct article_plots *plots, FILE *stream)
{
    const json_t *claims = article->claims;
    const char *part = NULL;

    for (size_t i = 0; i < json_array_size(claims); i++) {
        const json_t *claim = json_array_get(claims, i);
        const char *own = results_text(claim, "part");

        if (!part || strcmp(part, own) != 0) {
            (void)fputs(part ? "</section>\n<section>\n<h2>"
                             : "<section>\n<h2>",
                        stream);
            html_escape(own, stream);
            (void)fputs("</h2>\n", stream);
        }
        part = own;
        write_claim(article, claim, article_plots_find(plots, claim), stream);
    }
    if (part)
        (void)fputs("</section>\n", stream);
}

static bool has_claims(const struct article *article)
{
    return json_array_size(article->claims) > 0 ||
           json_array_size(article->models) > 0;
}

static const char *title_of(const struct article *article)
{
    return has_claims(article) ? "The article, executed" : "Faults";
}

static void write_head(const struct article *article, const char *link,
                       FILE *stream)
{
    (void)fprintf(stream, "<h1>%s</h1>\n", title_of(article));
    html_machine(article->machine, ".", stream);
    if (has_claims(article))
        (void)fputs(
            "<p>The suite comes from an article on concurrency, parallelism, "
            "processes, threads and IPC. Here each of its claims is an "
            "experiment: "
            "a program that measures, and a rule beside it that decides by the "
            "figures.</p>\n",
            stream);
    html_link(link, "The mechanisms, measured", stream);
    html_warnings(article->machine, stream);
}

void html_article(const struct article *article,
                  const struct article_plots *plots, const char *link,
                  FILE *stream)
{
    html_begin(title_of(article), write_style, stream);
    write_head(article, link, stream);
    if (json_array_size(article->claims) > 0)
        write_table(article->claims, stream);
    if (json_array_size(article->models) > 0)
        html_models(article, stream);
    if (!link) /* else they stand on the mechanisms' page */
        html_faults(article->faults, stream);
    write_claims(article, plots, stream);
    (void)fputs("</main>\n</html>\n", stream);
}
