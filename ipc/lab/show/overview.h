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
#include "ipc/screen/screen.h"

#include <stdbool.h>
#include <stddef.h>

enum overview_question {
    OVERVIEW_ONE,   /* a round trip of 64 bytes on one processor */
    OVERVIEW_TWO,   /* on two */
    OVERVIEW_SMALL, /* messages of 64 bytes, one way, one by one */
    OVERVIEW_BATCH, /* in batches */
    OVERVIEW_64K,   /* messages of 64 KiB */
    OVERVIEW_1M,    /* of 1 MiB */
    OVERVIEW_IMAGE, /* a picture's job */
    OVERVIEW_QUESTIONS,
};

enum {
    OVERVIEW_ROWS_MAX = 64,
    OVERVIEW_COLUMNS = 13,
    OVERVIEW_CELL_MAX = 32,
    OVERVIEW_TEXT_MAX = 1200,
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

/* A column: its name; and where there is little room its heading in three
 * lines (what, of what, in which unit). */
struct overview_column {
    const char *name;
    const char *head;
    const char *title;
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

/* overview_text writes what stands in a column of a row; "-": nothing is
 * known. Returns text. */
const char *overview_text(const struct overview_row *row, size_t column,
                          char text[static OVERVIEW_CELL_MAX]);

/* overview_finding says in sentences what this machine shows: the fastest, how
 * far apart all are, and how much of it where they run makes. overview_ties
 * names the neighbours of which no difference is shown; "": there are none.
 * Both return text. */
const char *overview_finding(const struct overview *overview,
                             char text[static OVERVIEW_TEXT_MAX]);
const char *overview_ties(const struct overview *overview,
                          char text[static OVERVIEW_TEXT_MAX]);

/* overview_print prints all of it. */
void overview_print(const struct screen *screen,
                    const struct overview *overview);

#endif
