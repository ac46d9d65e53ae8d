/* SPDX-License-Identifier: MIT */
/*
 * pick.h -- the one cell that answers a question
 *
 * A figure means something only with all that it was measured with. So a
 * question names a value for each axis that it asks about; of any other axis
 * the cells at hand must have one value. Where two cells would answer none
 * does, and it is told in what they differ.
 */
#ifndef IPC_LAB_MEASURE_PICK_H
#define IPC_LAB_MEASURE_PICK_H

#include "ipc/lab/measure/results.h"

/* A value of an axis, a word or a number (0 is false); a key of NULL ends a
 * list. */
struct pick_axis {
    const char *key;  /* "pin", as in a cell */
    const char *word; /* NULL: the number */
    double number;
};

/* pick_cell returns the cell of a mechanism that has all these values; NULL,
 * and in *ret_difference NULL: there is none; else the axis in which two that
 * have them differ. Cells without a rate do not count. The cell and the key
 * belong to the results. */
const json_t *pick_cell(const struct results_set *results,
                        const char *mechanism, const struct pick_axis *axes,
                        const char **ret_difference);

/* pick_fits: whether a cell, of whatever mechanism, has all these values. */
bool pick_fits(const json_t *cell, const struct pick_axis *axes);

#endif
