/* SPDX-License-Identifier: MIT */
/*
 * matrix.h -- mechanism by fault: what came of all cells together
 */
#ifndef IPC_FAULTS_MATRIX_H
#define IPC_FAULTS_MATRIX_H

#include "ipc/faults/fault_list.h"
#include "ipc/screen/screen.h"

#include <jansson.h>

enum { MATRIX_FAULTS_MAX = 48, MATRIX_MECHANISMS_MAX = 48 };

/* Of one fault, over the mechanisms it was done to. */
struct fault_totals {
    unsigned cells[CELL_VERDICTS];
    uint64_t injections, jobs, executions;
    uint64_t lost, doubled, wrong, leaked;
    uint64_t memory_bytes; /* the most */
    struct histogram recovery;
};

struct matrix {
    const struct fault_case *fault[MATRIX_FAULTS_MAX];
    struct fault_totals *totals; /* owned; by fault */
    unsigned faults;
    const struct mechanism *mechanism[MATRIX_MECHANISMS_MAX];
    unsigned mechanisms;
    bool done[MATRIX_MECHANISMS_MAX][MATRIX_FAULTS_MAX];
    enum cell_verdict verdict[MATRIX_MECHANISMS_MAX][MATRIX_FAULTS_MAX];
    char *why[MATRIX_MECHANISMS_MAX][MATRIX_FAULTS_MAX]; /* owned, or NULL */
    struct alone {
        uint64_t sent, arrived, again, lost;
    } alone[MATRIX_MECHANISMS_MAX]; /* without the protocol */
    uint64_t seed;
    uint64_t soak_ns; /* all cells together; 0: it is no soak */
};

/* matrix_open: -ENOMEM. Pair with matrix_close, also on failure. */
int matrix_open(struct matrix *m);
void matrix_close(struct matrix *m);

/* matrix_add takes in what came of a cell; it stays the caller's. */
void matrix_add(struct matrix *m, unsigned mechanism, unsigned fault,
                const struct fault_cell *cell);

/* matrix_count counts the cells with a verdict. */
unsigned matrix_count(const struct matrix *m, enum cell_verdict verdict);

/* matrix_print shows it all: marks, figures, and each failure with the command
 * that repeats it. */
void matrix_print(const struct matrix *m, const struct screen *screen);

/* cell_json returns a cell as an object, or NULL without memory. */
json_t *cell_json(const struct fault_cell *cell);

#endif
