/* SPDX-License-Identifier: MIT */
/*
 * screen.h -- what stdout or stderr is, and how to write for it
 *
 * In this room: what a person reads, and in which form.
 */
#ifndef IPC_SCREEN_SCREEN_H
#define IPC_SCREEN_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

/* Narrower than this, tables leave out columns. */
enum { SCREEN_FULL = 79 };

struct screen {
    FILE *stream;
    bool terminal; /* one that can move the cursor */
    bool colour;   /* a terminal, and NO_COLOR is not set (no-color.org) */
    int columns;   /* COLUMNS, else the terminal's width, else 80 */
};

struct screen screen_of(FILE *stream);

enum screen_style {
    STYLE_TITLE,
    STYLE_DIM,
    STYLE_GOOD,
    STYLE_BAD,
    STYLE_PRODUCER,
    STYLE_CONSUMER,
    STYLE_END,
};

/* screen_style returns the sequence that begins a style, or "". */
const char *screen_style(const struct screen *screen, enum screen_style style);

/* screen_title prints a line in the style of titles. */
void screen_title(const struct screen *screen, const char *text);

/* screen_wrap prints text in lines of the screen's width, each indented but
 * the first, which stands behind what is already on its line. */
void screen_wrap(const struct screen *screen, const char *text, int indent);

/* screen_item prints a heading and, wrapped beside it, a text. */
__attribute__((format(printf, 4, 5))) void screen_item(
    const struct screen *screen, int indent, const char *heading,
    const char *format, ...);

/*
 * screen_show shows a line that the next one replaces, and screen_clear takes
 * it away: what is going on now. Nothing on anything but a terminal. Whoever
 * writes to the screen by other means puts screen_erase first.
 */
__attribute__((format(printf, 2, 3))) void screen_show(
    const struct screen *screen, const char *format, ...);
void screen_clear(const struct screen *screen);
const char *screen_erase(const struct screen *screen);

/* complain writes "PROGRAM: MECHANISM: TEXT" on stderr; mechanism may be NULL,
 * and is left out when the program bears its name. */
__attribute__((format(printf, 2, 3))) void complain(const char *mechanism,
                                                    const char *format, ...);

#endif
