/* SPDX-License-Identifier: MIT */
/*
 * plot_labels.h -- names at dots, none over another
 */
#ifndef IPC_LAB_SHOW_PLOT_LABELS_H
#define IPC_LAB_SHOW_PLOT_LABELS_H

#include <stdbool.h>
#include <stddef.h>

/* A rectangle of pixels; y grows downwards. */
struct plot_box {
    double left, top, right, bottom;
};

/* A dot and its name. */
struct plot_label {
    double x, y;         /* of the dot */
    double width;        /* of the name */
    struct plot_box box; /* out: where the name stands */
    double from_x;       /* out: where a line from the dot ends, beside it */
    double from_y;
    int side;    /* out: the dot is at its left (-1), right (1), or
                            above or below it (0) */
    bool away;   /* out: so far from it that a line must lead there */
    bool placed; /* out: false: it found no room, and covers another */
};

/*
 * plot_labels_place finds a place for each name within an area, as near to its
 * dot as it can be without covering a dot, a name or a line that leads to one.
 * `height` is that of a name.
 */
void plot_labels_place(struct plot_label *labels, size_t count,
                       const struct plot_box *area, double height);

/* plot_labels_stack places names in one column at x, in the order of their
 * dots' heights, near to these and none over another. */
void plot_labels_stack(struct plot_label *labels, size_t count,
                       const struct plot_box *area, double height, double x);

#endif
