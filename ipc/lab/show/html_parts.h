/* SPDX-License-Identifier: MIT */
/*
 * html_parts.h -- what several pages have: text, notes, cards, pictures
 */
#ifndef IPC_LAB_SHOW_HTML_PARTS_H
#define IPC_LAB_SHOW_HTML_PARTS_H

#include "ipc/lab/show/plot_look.h"

/* html_escape writes a text so that a browser shows it as it is, and +- as the
 * one character. All that these write is escaped. */
void html_escape(const char *text, FILE *stream);

/* html_words writes a paragraph of a class. */
void html_words(const char *class, const char *words, FILE *stream);

/* html_machine tells which machine it was and when, with what follows that;
 * html_warnings, what may have disturbed the run; html_note, one such thing. */
void html_machine(const json_t *machine, const char *more, FILE *stream);
void html_warnings(const json_t *machine, FILE *stream);
void html_note(const char *text, FILE *stream);

/* html_link writes a paragraph with a link to a page in the same folder, of
 * which `path` is any path; NULL: there is none, and it writes nothing. */
void html_link(const char *path, const char *text, FILE *stream);

/* html_card writes a figure that stands by itself, among `cards`. */
void html_card(const char *what, const char *value, FILE *stream);

/* html_picture writes a drawing in both formats; the page shows one of them. */
void html_picture(const char *title, char *const svg[PLOT_FORMATS],
                  FILE *stream);

#endif
