/* SPDX-License-Identifier: MIT */
/*
 * claim.h -- the contract of a claim: what the article says, tried on this
 * machine
 *
 * In this room: a file for each claim, what experiments share, and the runner.
 *
 * A claim's file opens with a sheet and defines two functions, in this order:
 *
 *      measure   does the experiment, or its twin, and notes figures
 *      judge     reads the figures, and nothing else, and decides
 *
 * The twin is the same experiment with the one thing changed that must turn the
 * verdict: a verdict that cannot change says nothing. measure runs in a process
 * of its own, in a private directory that is its working directory, and is
 * ended after CLAIM_LIMIT_S; whatever it starts is ended with it. It may do to
 * its process what it likes: limits, signals, a crash of a child.
 */
#ifndef IPC_CLAIMS_CLAIM_H
#define IPC_CLAIMS_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum claim_verdict {
    CLAIM_CONFIRMED,
    CLAIM_MOSTLY,  /* it is so, but for cases that the finding names */
    CLAIM_DEPENDS, /* on what the finding names; or nothing separates */
    CLAIM_REFUTED,
    CLAIM_NOT_TESTABLE, /* here; the finding says why */
    CLAIM_VERDICTS,
};

enum {
    CLAIM_LIMIT_S = 30,
    CLAIM_ROUNDS =
        9, /* of what is timed, in turns with what it is compared to */
    CLAIM_VALUES_MAX = 64,
    CLAIM_FIGURES_MAX = 128,
    CLAIM_NAME_MAX = 40,
    CLAIM_TEXT_MAX = 480,
};

enum claim_unit {
    UNIT_COUNT, /* 1200; 31.2 k */
    UNIT_SHARE, /* from 0 to 1, told in percent */
    UNIT_TIMES, /* a ratio: 2.31 */
    UNIT_NS,
    UNIT_BYTES,
    UNIT_YES_NO, /* 1 or 0 */
    CLAIM_UNITS,
};

/* What was measured of one thing, once or in each round: a figure that judges
 * read by its name, or a point of a curve, which they never see. */
struct figure {
    char name[CLAIM_NAME_MAX]; /* as a person reads it: "torn at 4097 B"; of a
                                * point its curve's: "4 writers" */
    double x;                  /* where the point is; NAN: it is none */
    enum claim_unit unit;
    unsigned count;
    double values[CLAIM_VALUES_MAX];
};

/* One run of an experiment. It lies in memory that the runner shares with the
 * process that measures. */
struct claim_run {
    bool twin;  /* do the twin */
    bool brief; /* a test: do as little as the verdict needs */
    unsigned figure_count;
    struct figure figures[CLAIM_FIGURES_MAX];
    char finding[CLAIM_TEXT_MAX]; /* by judge, or by claim_cannot */
};

/* What a claim's curves show, drawn. The values' unit is the figures' own. */
struct claim_plot {
    const char *title;
    const char *x; /* what the axes say */
    enum claim_unit x_unit;
    const char *y;
    const char *caption; /* how to read it, in a sentence or two */
};

/* A claim: const struct claim_ops NAME_claim. */
struct claim_ops {
    const char *id; /* "I4", by the sections of the article */
    bool timed;     /* the verdict is about speed: a busy machine may turn it */

    /* 0; claim_cannot's error; or another negative errno: the experiment
     * failed, which is no verdict. */
    int (*measure)(struct claim_run *run);

    /* judge sets run->finding by claim_say: one or two sentences with the
     * figures that decide. */
    enum claim_verdict (*judge)(struct claim_run *run);

    const struct claim_plot *plot; /* NULL: there is nothing to draw */
};

enum claim_heading {
    CLAIM_CLAIM,
    CLAIM_SECTION,
    CLAIM_EXPERIMENT,
    CLAIM_RULE,
    CLAIM_TWIN,
    CLAIM_TAKE_AWAY,
    CLAIM_MANUAL,
    CLAIM_HEADINGS,
};

/* A claim as its sheet tells of it. */
struct claim {
    const char *name; /* "i4-torn-messages"; NULL ends the table */
    const char *source;
    const char *title;
    const char *sheet[CLAIM_HEADINGS];
    const struct claim_ops *ops;
    const char *skipped; /* NULL */
};

extern const struct claim claims[];

/* claim_find returns the one of that id ("I4", "i4") or name, or NULL. */
const struct claim *claim_find(const char *id);

/* claim_part returns the title of the article's part that a claim is in, as its
 * id says. */
const char *claim_part(const struct claim *claim);

/* claim_unit_name returns what a unit is called in JSON. */
const char *claim_unit_name(enum claim_unit unit);
const char *claim_verdict_name(enum claim_verdict verdict);
const char *claim_heading_name(enum claim_heading heading);

#endif
