/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/html_style.h"

#include "ipc/lab/show/plot_flow.h"

/* Light and dark by what the reader's system says. Plots are drawn in dark
 * colours; in the dark they are turned round, and keep their hues. */
#define COLOURS                                                                \
    ":root { color-scheme: light dark; --text: #1b1f24; --dim: #5b6470;\n"     \
    "  --page: #fff; --card: #f4f6f8; --line: #d5dae0; --good: #1a7f37;\n"     \
    "  --bad: #cf222e; --link: #0b62c4; }\n"                                   \
    "@media (prefers-color-scheme: dark) {\n"                                  \
    "  :root { --text: #e4e7eb; --dim: #9aa4b0; --page: #14171b;\n"            \
    "    --card: #1d2228; --line: #363d46; --good: #4cc368;\n"                 \
    "    --bad: #ff7b72; --link: #6cb0ff; }\n"                                 \
    "  figure svg { filter: invert(0.92) hue-rotate(180deg); }\n"              \
    "}\n"

#define TEXT                                                                   \
    "body { margin: 0; font: 16px/1.5 system-ui, sans-serif;\n"                \
    "  color: var(--text); background: var(--page); }\n"                       \
    "main { padding: 24px 20px 60px; }\n"                                      \
    "main > * { max-width: 1000px; margin-inline: auto; }\n"                   \
    "main > .whole { max-width: none; }\n"                                     \
    "h1 { font-size: 1.7em; margin-block: 0 0.2em; line-height: 1.2; }\n"      \
    "h2 { font-size: 1.3em; margin: 2.2em 0 0.4em; line-height: 1.3; }\n"      \
    "h3 { font-size: 1.02em; margin: 1.6em 0 0.4em; }\n"                       \
    "p { margin-block: 0.6em; }\n"                                             \
    "p.finding { font-size: 1.1em; margin-block: 1em; }\n"                     \
    ".dim, figcaption, .note { color: var(--dim); font-size: 0.9em; }\n"       \
    "a { color: var(--link); }\n"                                              \
    "summary { cursor: pointer; font-weight: 600; margin: 2.2em 0 0.4em; }\n"  \
    ".cards { display: grid; gap: 10px;\n"                                     \
    "  grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }\n"      \
    ".card { background: var(--card); border: 1px solid var(--line);\n"        \
    "  border-radius: 8px; padding: 10px 12px; }\n"                            \
    ".card b { display: block; font-size: 1.25em; }\n"                         \
    ".card span { color: var(--dim); font-size: 0.85em; }\n"

/* A switch shows one figure of several; without CSS all are there. A pick fades
 * what is not of one family. */
#define PLOTS                                                                  \
    "figure { margin: 0.4em 0 0; }\n"                                          \
    "figure svg { display: block; width: 100%; height: auto; }\n"              \
    "figcaption { margin-top: 0.5em; max-width: 46em; }\n"                     \
    ".narrow { display: none; }\n"                                             \
    "@media (max-width: 640px) {\n"                                            \
    "  main { padding: 16px 12px 40px; }\n"                                    \
    "  .broad { display: none; } .narrow { display: block; } }\n"              \
    "input[type=radio] { position: absolute; opacity: 0; }\n"                  \
    "input[type=radio] + label { display: inline-block; cursor: pointer;\n"    \
    "  padding: 3px 12px; margin: 0 6px 6px 0; font-size: 0.88em;\n"           \
    "  color: var(--dim); background: var(--card); border-radius: 99px;\n"     \
    "  border: 1px solid var(--line); }\n"                                     \
    "input[type=radio]:checked + label { color: var(--page);\n"                \
    "  background: var(--link); border-color: var(--link); }\n"                \
    "input[type=radio]:focus-visible + label {\n"                              \
    "  outline: 2px solid var(--link); outline-offset: 2px; }\n"               \
    ".switch, .pick { position: relative; }\n"                                 \
    ".switch > input ~ figure { display: none; }\n"                            \
    ".switch > input:nth-of-type(1):checked ~ figure:nth-of-type(1),\n"        \
    ".switch > input:nth-of-type(2):checked ~ figure:nth-of-type(2),\n"        \
    ".switch > input:nth-of-type(3):checked ~ figure:nth-of-type(3)\n"         \
    "  { display: block; }\n"                                                  \
    ".pick > input:not(:first-of-type):checked ~ div g[id*='_plot_']\n"        \
    "  { opacity: 0.1; }\n"

static const char tables[] =
    ".scroll { overflow-x: auto; border: 1px solid var(--line);\n"
    "  border-radius: 8px; }\n"
    "table { border-collapse: separate; border-spacing: 0; width: 100%;\n"
    "  font-size: 0.86em; font-variant-numeric: tabular-nums; }\n"
    "th, td { padding: 4px 9px; text-align: right; white-space: nowrap;\n"
    "  border-bottom: 1px solid var(--line); }\n"
    "tbody tr:last-child td { border-bottom: 0; }\n"
    "th.word, td.word { text-align: left; }\n"
    "th { background: var(--card); }\n"
    "tr > :first-child { position: sticky; left: 0;\n"
    "  background: var(--page); border-right: 1px solid var(--line); }\n"
    "thead tr > :first-child { background: var(--card); }\n"
    "tbody tr:hover td { background: var(--card); }\n"
    "table.answer th { font-weight: normal; font-size: 0.92em; }\n"
    "table.answer td:first-child { font-weight: 600; }\n"
    "tr.groups th { text-align: center; border-bottom: 0; }\n"
    "th button { all: unset; cursor: pointer; }\n"
    "th button:focus-visible { outline: 2px solid var(--link); }\n"
    "th[aria-sort=ascending] button::after { content: ' \\2191'; }\n"
    "th[aria-sort=descending] button::after { content: ' \\2193'; }\n"
    ".good { color: var(--good); } .bad { color: var(--bad); }\n"
    "input[type=search] { font: inherit; padding: 6px 10px; width: 100%;\n"
    "  max-width: 26em; box-sizing: border-box; margin: 6px 0 10px;\n"
    "  color: inherit; background: var(--card); border-radius: 6px;\n"
    "  border: 1px solid var(--line); }\n"
    "[hidden] { display: none !important; }\n";

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, "
    "initial-scale=1\">\n";

static const char look[] = COLOURS TEXT PLOTS;

/* The first choice is all; each further one a family, in the order of its
 * parts. */
static void write_picked(unsigned choice, FILE *stream)
{
    (void)fprintf(stream, ".pick > input:nth-of-type(%u):checked ~ div g:is(",
                  choice + 1);
    for (unsigned part = 1; part <= PLOT_FLOW_PARTS; part++)
        (void)fprintf(stream, "%s[id$='_plot_%u']", part > 1 ? ", " : "",
                      (choice - 1) * PLOT_FLOW_PARTS + part);
    (void)fputs(") { opacity: 1; }\n", stream);
}

void html_style_picks(FILE *stream)
{
    for (unsigned choice = 1; choice <= PLOT_FAMILIES; choice++)
        write_picked(choice, stream);
}

void html_begin(const char *title, html_style_fn *style, FILE *stream)
{
    (void)fprintf(stream, "%s<title>%s</title>\n<style>\n%s%s", head, title,
                  look, tables);
    style(stream);
    (void)fputs("</style>\n<main>\n", stream);
}
