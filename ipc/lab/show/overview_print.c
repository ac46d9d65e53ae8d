/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/overview_print.h"

#include "ipc/lab/show/overview_words.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_shown(const struct screen *screen, size_t column)
{
    return !overview_columns[column].wide || screen->columns > 99;
}

/* A head begins where its column does, and may reach over those behind it. */
static void print_first_line(const struct screen *screen)
{
    int at = 0, begin = 0;

    for (size_t i = 0; i < OVERVIEW_COLUMNS; i++) {
        const struct overview_column *column = &overview_columns[i];

        if (!is_shown(screen, i))
            continue;
        if (column->head[0])
            at += printf("%*s%s", begin + 1 - at, "", column->head);
        begin += abs(column->width) + 1;
    }
}

static const char *title_of(const struct overview *overview, size_t column)
{
    return overview_is_unpinned(overview, column)
               ? "free"
               : overview_columns[column].title;
}

static void print_heads(const struct screen *screen,
                        const struct overview *overview)
{
    printf("%s", screen_style(screen, STYLE_TITLE));
    print_first_line(screen);
    for (int line = 0; line < 2; line++) {
        putchar('\n');
        for (size_t i = 0; i < OVERVIEW_COLUMNS; i++)
            if (is_shown(screen, i))
                printf("%s%*s", i ? " " : "", overview_columns[i].width,
                       line == 0 ? title_of(overview, i)
                                 : overview_columns[i].unit);
    }
    printf("%s\n", screen_style(screen, STYLE_END));
}

static void print_row(const struct screen *screen,
                      const struct overview_row *row)
{
    char text[OVERVIEW_CELL_MAX];

    for (size_t i = 0; i < OVERVIEW_COLUMNS; i++)
        if (is_shown(screen, i))
            printf("%s%*s", i ? " " : "", overview_columns[i].width,
                   overview_text(row, i, text));
    putchar('\n');
}

void overview_print(const struct screen *screen,
                    const struct overview *overview)
{
    char text[OVERVIEW_WORDS_MAX];

    screen_wrap(screen, overview_finding(overview, text), 0);
    putchar('\n');
    print_heads(screen, overview);
    for (size_t i = 0; i < overview->count; i++)
        print_row(screen, &overview->row[i]);
    putchar('\n');
    if (overview_ties(overview, text)[0])
        screen_wrap(screen, text, 0);
    printf("%s", screen_style(screen, STYLE_DIM));
    screen_wrap(screen, overview_legend(overview, screen->columns > 99, text),
                0);
    printf("%s", screen_style(screen, STYLE_END));
}
