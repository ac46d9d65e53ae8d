/* SPDX-License-Identifier: MIT */
/*
 * screen.h -- what stdout is, and how to write for it
 */
#ifndef IPC_SCREEN_H
#define IPC_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

struct screen {
    bool terminal;
    bool colour; /* a terminal, and NO_COLOR is not set (no-color.org) */
    int columns; /* COLUMNS, else the terminal's width, else 80 */
};

struct screen screen_of_stdout(void);

enum screen_style { STYLE_TITLE, STYLE_DIM, STYLE_GOOD, STYLE_BAD, STYLE_END };

/* screen_style returns the sequence that begins a style, or "". */
const char *screen_style(const struct screen *screen, enum screen_style style);

/* screen_wrap prints text in lines of the screen's width, each indented but
 * the first, which stands behind what is already on its line. */
void screen_wrap(const struct screen *screen, const char *text, int indent);

/* screen_progress shows a line that the next one replaces; screen_clear takes
 * it away. Nothing on anything but a terminal. */
void screen_progress(const struct screen *screen, uint64_t done,
                     uint64_t total);
void screen_clear(const struct screen *screen);

/* complain writes "PROGRAM: MECHANISM: TEXT" on stderr; mechanism may be NULL,
 * and is left out when the program bears its name. */
__attribute__((format(printf, 2, 3))) void complain(const char *mechanism,
                                                    const char *format, ...);

#endif
