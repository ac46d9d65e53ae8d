/* SPDX-License-Identifier: MIT */
/*
 * json_lines.h -- objects as lines of JSON: printed, saved, and read again
 */
#ifndef IPC_LAB_MEASURE_JSON_LINES_H
#define IPC_LAB_MEASURE_JSON_LINES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* What a command prints as --json says, and keeps for --save. */
struct json_lines {
    bool print;       /* on stdout, each as it comes */
    const char *save; /* a file, written as a whole in the end; or NULL */
    json_t *kept;     /* an array; owned */
};

/* json_lines_check says what keeps the file from being written, before there is
 * anything to lose: 0 or EXIT_FAILURE. */
int json_lines_check(const char *save);

/* json_lines_add takes over an object, or NULL: there was no memory for it. */
void json_lines_add(struct json_lines *lines, json_t *object);

/* json_lines_end writes the file, or FILE.stopped if a signal stopped the run
 * (an exit status of 128 or more), and frees what was kept; says what is wrong.
 * Returns that status, or if it was 0 EXIT_FAILURE. */
int json_lines_end(struct json_lines *lines, int status);

/* json_line_write writes one object: 0 or -EIO. */
int json_line_write(const json_t *object, FILE *stream);

/*
 * json_lines_read reads a file that may hold anything, and has `take` take over
 * an object for each line, until that returns something else than 0; -EPROTO:
 * the line is none of its kind. ret_text says what is wrong. Errors of
 * fopen(3).
 */
enum { JSON_LINES_TEXT_MAX = 160 };
typedef int json_take_fn(void *arg, json_t *object);
int json_lines_read(const char *path, json_take_fn *take, void *arg,
                    char ret_text[static JSON_LINES_TEXT_MAX]);

#endif
