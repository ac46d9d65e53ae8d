/* SPDX-License-Identifier: MIT */
/*
 * colour.h -- whatever the samples of a picture mean, make them sRGB
 *
 * A profile (ICC) says what they mean, and little CMS converts by it. Without
 * one grey and RGB are taken as sRGB already. The inks of print without a
 * profile are multiplied, as most programs do: it looks much like the picture,
 * if a little too bright.
 */
#ifndef IPC_JOB_COLOUR_H
#define IPC_JOB_COLOUR_H

#include <stdbool.h>
#include <stddef.h>

/* The four samples of a pixel. */
enum colour_model {
    COLOUR_GREY,    /* grey three times, and any other */
    COLOUR_RGB,     /* and any other */
    COLOUR_INK,     /* cyan, magenta, yellow, black: 0 is paper */
    COLOUR_INVERSE, /* the same: 0 is all of the ink, as Adobe has it */
};

bool colour_is_ink(enum colour_model model);

struct colour_source {
    enum colour_model model;
    bool deep; /* samples of 16 bits (uint16_t), not of 8; not of inks */
};

enum { COLOUR_WHITE, COLOUR_RED, COLOUR_GREEN, COLOUR_BLUE, COLOUR_POINTS };

/* How a PNG without a profile may say what its samples mean. */
struct colour_gamma {
    double gamma;   /* a sample to the power of 1/gamma is light */
    bool primaries; /* the points count; otherwise those of sRGB */
    double point[COLOUR_POINTS][2]; /* x and y, as CIE 1931 has them */
};

struct colour; /* one thread uses one at a time */

/*
 * All three return 0, and NULL where nothing has to be done; -EBADMSG for what
 * makes no sense, or not for such a picture. A profile's bytes are hostile.
 */
int colour_open(const struct colour_source *source, struct colour **ret_colour);
int colour_open_profile(const struct colour_source *source, const void *profile,
                        size_t size, struct colour **ret_colour);
int colour_open_gamma(const struct colour_source *source,
                      const struct colour_gamma *gamma,
                      struct colour **ret_colour);

/* colour_convert makes the first three samples of each pixel red, green and
 * blue of sRGB, in place; the fourth stays. NULL does nothing. */
void colour_convert(const struct colour *colour, void *pixels, size_t count);

void colour_close(struct colour *colour);

#endif
