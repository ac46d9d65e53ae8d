/* SPDX-License-Identifier: MIT */
/*
 * overview.h -- the answer in one table: a row for each mechanism
 *
 * Each column is one question, put to the one cell that answers it (pick.h): a
 * mechanism without that cell, or with two, has none. The rows are in the order
 * of the round trip on two processors, which differs most.
 */
#ifndef IPC_LAB_SHOW_OVERVIEW_H
#define IPC_LAB_SHOW_OVERVIEW_H

#include "ipc/lab/measure/results.h"

#include <stdbool.h>
#include <stddef.h>

enum overview_question {
    OVERVIEW_ONE,       /* a round trip of 64 bytes on one processor */
    OVERVIEW_TWO,       /* on two */
    OVERVIEW_SMALL,     /* messages of 64 bytes, one way, one by one */
    OVERVIEW_BATCH,     /* in batches */
    OVERVIEW_64K,       /* messages of 64 KiB */
    OVERVIEW_1M,        /* of 1 MiB */
    OVERVIEW_IMAGE,     /* a picture's job */
    OVERVIEW_SMALL_ONE, /* one by one on one processor; in no column */
    OVERVIEW_QUESTIONS,
};

enum {
    OVERVIEW_ROWS_MAX = 64,
    OVERVIEW_COLUMNS = 13,
    OVERVIEW_CELL_MAX = 32,
};

struct overview {
    struct overview_row {
        const char *mechanism;
        unsigned place;                         /* in the results */
        const json_t *cell[OVERVIEW_QUESTIONS]; /* the results'; or NULL */
        const char *verdict; /* the worst of all that there is of it */
    } row[OVERVIEW_ROWS_MAX];
    size_t count;
    bool unpinned; /* what is of two processors was left to the kernel: this
                      machine has one only */
};

/* A column. In a page it has a name within a group of columns; in Markdown one
 * of its own; and where there is little room a heading in three lines (of what,
 * what, in which unit). */
struct overview_column {
    const char *group;    /* NULL: that of the column before */
    const char *name;     /* overview_name may know better */
    const char *markdown; /* NULL: it is left out there */
    const char *head;
    const char *title; /* overview_title may know better */
    const char *unit;
    int width; /* negative: its text begins where the column does */
    bool wide; /* left out where there are 80 columns */
    enum overview_question question;
    double (*number)(const json_t *cell); /* of its answer, NAN: not known;
                                             NULL: a word of the row's */
};

extern const struct overview_column overview_columns[OVERVIEW_COLUMNS];

/* overview_make takes the cells out of the results, to which they belong.
 * False: these results answer none of the questions. */
bool overview_make(const struct results_set *results,
                   struct overview *ret_overview);

/* overview_is_unpinned: whether a column is of two processors, where the kernel
 * placed the two sides. */
bool overview_is_unpinned(const struct overview *overview, size_t column);

/* overview_name returns a column's name, in a page or in Markdown, and says so
 * when the kernel placed what should be on two processors. NULL: the column is
 * left out. */
const char *overview_name(const struct overview *overview, size_t column);
const char *overview_markdown_name(const struct overview *overview,
                                   size_t column);

/* overview_text writes what stands in a column of a row; "-": nothing is
 * known. Returns text. */
const char *overview_text(const struct overview_row *row, size_t column,
                          char text[static OVERVIEW_CELL_MAX]);

/* overview_worth tells how good a row is in a question: more is better; NAN: it
 * is not known, or of too few rounds to be told from another. */
double overview_worth(const struct overview_row *row,
                      enum overview_question question);

#endif
