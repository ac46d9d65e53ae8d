/* SPDX-License-Identifier: MIT */
/*
 * shrink.h -- make a picture smaller, row by row
 *
 * Every pixel of the smaller picture is the mean, weighted by a Lanczos window
 * of two pixels, of those that lie around it in the larger one. The mean is
 * taken of linear light: of black and white lines remains the grey that one
 * sees from afar. Rows are taken as they are decoded and are not kept, so that
 * memory depends on the width of the picture and the size of what it becomes.
 */
#ifndef IPC_JOB_SHRINK_H
#define IPC_JOB_SHRINK_H

#include <stdbool.h>
#include <stdint.h>

enum { SHRINK_PIXEL = 4 }; /* samples: red, green, blue of sRGB, and any */

struct shrink;

struct shrink_plan {
    unsigned width; /* pixels; all are at least 1 */
    unsigned height;
    unsigned to_width; /* no more than width */
    unsigned to_height;
    bool deep;     /* samples of 16 bits (uint16_t), not of 8 */
    bool softened; /* a decoder has already made the picture smaller */
    bool in_order; /* rows come whole, from the top; or else in any order, in
                    * parts, and memory for all of the result is needed */
};

/* A row of pixels, or every step-th one of it from `first` on. */
struct shrink_row {
    unsigned y;
    unsigned first;
    unsigned step;      /* at least 1 */
    const void *pixels; /* the whole row: those between are not looked at */
};

/* shrink_memory returns how many bytes the result and its sums take. */
uint64_t shrink_memory(const struct shrink_plan *plan);

/* shrink_start returns 0 or -ENOMEM. */
int shrink_start(const struct shrink_plan *plan, struct shrink **ret_shrink);

/* shrink_add takes a row. Each pixel has to be added once. */
void shrink_add(struct shrink *s, const struct shrink_row *row);

/* shrink_finish returns the result, pixels of 4 bytes, the last one 255: the
 * caller frees it with free(3). What was never added is black. */
unsigned char *shrink_finish(struct shrink *s);

/* shrink_free is for every end, also after shrink_finish; NULL is nothing. */
void shrink_free(struct shrink *s);

#endif
