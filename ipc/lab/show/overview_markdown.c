/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/overview_markdown.h"

#include "ipc/lab/show/overview_words.h"
#include "shared/base/units.h"

#include <string.h>

enum { LINE = 80, MACHINE_MAX = 600 };

/* A plus over a minus is one character there; and nothing that comes from a
 * file is read as Markdown or HTML. Returns how many columns it takes. */
static int put(const char *text, size_t length, FILE *stream)
{
    int columns = 0;

    for (size_t i = 0; i < length; i++, columns++)
        if (text[i] == '+' && i + 1 < length && text[i + 1] == '-') {
            (void)fputs("\u00b1", stream);
            i++;
        } else if (text[i] == '<')
            columns += fprintf(stream, "&lt;") - 1;
        else if ((unsigned char)text[i] < ' ')
            (void)fputc(' ', stream);
        else if (strchr("\\`*_[]|", text[i]))
            columns += fprintf(stream, "\\%c", text[i]) - 1;
        else
            (void)fputc(text[i], stream);
    return columns;
}

/* A paragraph in lines of some width. */
static void put_paragraph(const char *text, FILE *stream)
{
    int column = 0;

    while (*text) {
        const size_t length = strcspn(text, " ");

        if (column > 0 && column + 1 + (int)length > LINE) {
            (void)fputc('\n', stream);
            column = 0;
        } else if (column > 0)
            column += fprintf(stream, " ");
        column += put(text, length, stream);
        text += length;
        text += strspn(text, " ");
    }
    (void)fputs("\n", stream);
}

static void put_machine(const json_t *run, FILE *stream)
{
    char text[MACHINE_MAX], memory[UNITS_TEXT_MAX], rounds[UNITS_TEXT_MAX];
    char processors[UNITS_TEXT_MAX];

    (void)snprintf(
        text, sizeof(text),
        "Medians of %s rounds on %s, %s processors, %s of memory, Linux %s, "
        "measured %s.",
        whole_text(results_number(run, "rounds"), rounds),
        results_text(run, "machine.processor"),
        whole_text(results_number(run, "machine.processors"), processors),
        bytes_text(results_number(run, "machine.memory_bytes"), memory),
        results_text(run, "machine.kernel"),
        results_text(run, "machine.measured"));
    put_paragraph(text, stream);
}

static void put_heads(const struct overview *overview, FILE *stream)
{
    for (size_t i = 0; i < OVERVIEW_COLUMNS; i++) {
        const char *name = overview_markdown_name(overview, i);

        if (name)
            (void)fprintf(stream, "| %s ", name);
    }
    (void)fputs("|\n", stream);
    for (size_t i = 0; i < OVERVIEW_COLUMNS; i++)
        if (overview_markdown_name(overview, i))
            (void)fputs(i == 0 ? "|---" : "|--:", stream);
    (void)fputs("|\n", stream);
}

/* What is not good is told with the name. */
static void put_row(const struct overview *overview,
                    const struct overview_row *row, FILE *stream)
{
    char text[OVERVIEW_CELL_MAX];

    for (size_t i = 0; i < OVERVIEW_COLUMNS; i++) {
        if (!overview_markdown_name(overview, i))
            continue;
        (void)fputs("| ", stream);
        (void)overview_text(row, i, text);
        (void)put(text, strlen(text), stream);
        if (i == 0 && strncmp(row->verdict, "good", 4) != 0)
            (void)fprintf(stream, " (%s)", row->verdict);
        (void)fputs(" ", stream);
    }
    (void)fputs("|\n", stream);
}

void overview_markdown(const struct overview *overview, const json_t *run,
                       FILE *stream)
{
    char text[OVERVIEW_WORDS_MAX];

    put_paragraph(overview_finding(overview, text), stream);
    (void)fputs("\n", stream);
    put_heads(overview, stream);
    for (size_t i = 0; i < overview->count; i++)
        put_row(overview, &overview->row[i], stream);
    (void)fputs("\n", stream);
    if (overview_ties(overview, text)[0]) {
        put_paragraph(text, stream);
        (void)fputs("\n", stream);
    }
    put_machine(run, stream);
}
