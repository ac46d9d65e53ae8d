/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/html_parts.h"

#include "shared/base/units.h"

#include <ctype.h>
#include <string.h>

void html_escape(const char *text, FILE *stream)
{
    for (; *text; text++)
        switch (*text) {
        case '+':
            (void)fputs(text[1] == '-' ? "&plusmn;" : "+", stream);
            text += text[1] == '-';
            break;
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

void html_words(const char *class, const char *words, FILE *stream)
{
    (void)fprintf(stream, "<p class=\"%s\">", class);
    html_escape(words, stream);
    (void)fputs("</p>\n", stream);
}

void html_machine(const json_t *machine, const char *more, FILE *stream)
{
    char processors[UNITS_TEXT_MAX], memory[UNITS_TEXT_MAX];

    (void)fputs("<p class=\"dim\">", stream);
    html_escape(results_text(machine, "processor"), stream);
    (void)fprintf(stream, ", %s processors, %s of memory, Linux ",
                  whole_text(results_number(machine, "processors"), processors),
                  bytes_text(results_number(machine, "memory_bytes"), memory));
    html_escape(results_text(machine, "kernel"), stream);
    (void)fputs(". Measured ", stream);
    html_escape(results_text(machine, "measured"), stream);
    html_escape(more, stream);
    (void)fputs("</p>\n", stream);
}

void html_note(const char *text, FILE *stream)
{
    (void)fputs("<p class=\"note\">Note: ", stream);
    html_escape(text, stream);
    (void)fputs(".</p>\n", stream);
}

void html_warnings(const json_t *machine, FILE *stream)
{
    const json_t *warnings = json_object_get(machine, "warnings");

    for (size_t i = 0; i < json_array_size(warnings); i++) {
        const char *warning = json_string_value(json_array_get(warnings, i));

        if (warning)
            html_note(warning, stream);
    }
}

/* Whatever has a meaning in an address is written as its number (RFC 3986). */
void html_link(const char *path, const char *text, FILE *stream)
{
    const char *slash = path ? strrchr(path, '/') : NULL;

    if (!path)
        return;
    (void)fputs("<p><a href=\"", stream);
    for (const char *at = slash ? slash + 1 : path; *at; at++)
        if (isalnum((unsigned char)*at) || strchr("-._~", *at))
            (void)fputc(*at, stream);
        else
            (void)fprintf(stream, "%%%02X", (unsigned char)*at);
    (void)fputs("\">", stream);
    html_escape(text, stream);
    (void)fputs("</a></p>\n", stream);
}

void html_card(const char *what, const char *value, FILE *stream)
{
    (void)fputs("<div class=\"card\"><b>", stream);
    html_escape(value, stream);
    (void)fputs("</b><span>", stream);
    html_escape(what, stream);
    (void)fputs("</span></div>\n", stream);
}

void html_picture(const char *title, char *const svg[PLOT_FORMATS],
                  FILE *stream)
{
    static const char *const classes[PLOT_FORMATS] = { "broad", "narrow" };

    for (unsigned format = 0; format < PLOT_FORMATS; format++) {
        (void)fprintf(stream, "<div class=\"%s\" role=\"img\" aria-label=\"",
                      classes[format]);
        html_escape(title, stream);
        (void)fprintf(stream, "\">%s</div>\n", svg[format]);
    }
}
