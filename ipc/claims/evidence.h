/* SPDX-License-Identifier: MIT */
/*
 * evidence.h -- what an experiment notes, and what its judge reads
 */
#ifndef IPC_CLAIMS_EVIDENCE_H
#define IPC_CLAIMS_EVIDENCE_H

#include "ipc/claims/claim.h"

enum { FIGURE_TEXT_MAX = 96 };

/* claim_note adds a value to the figure of that name, which it makes. */
void claim_note(struct claim_run *run, const char *name, enum claim_unit unit,
                double value);

/* claim_note_at adds a value to the point of a curve at x, which it makes. Of
 * NAN it is claim_note. */
void claim_note_at(struct claim_run *run, const char *curve,
                   enum claim_unit unit, double x, double value);

/* claim_cannot says why this cannot be tried here, and returns -ENOTSUP for
 * measure to return. claim_say sets the finding. */
__attribute__((format(printf, 2, 3))) int claim_cannot(struct claim_run *run,
                                                       const char *format, ...);
__attribute__((format(printf, 2, 3))) void claim_say(struct claim_run *run,
                                                     const char *format, ...);

/* These read the figure of a name, which is no point of a curve: its median,
 * smallest and largest value; NAN if there is none, and then every comparison
 * with it is false. So do those below that take a name. */
double claim_median(const struct claim_run *run, const char *name);
double claim_least(const struct claim_run *run, const char *name);
double claim_most(const struct claim_run *run, const char *name);

/*
 * claim_times compares two figures round by round: how many times b each a is.
 * What slows both down is in no ratio. The interval holds the true median in 95
 * of 100 cases at least (ipc/lab/measure/statistics): of nine rounds it leaves
 * out the smallest and the largest ratio. Of fewer than six it is all of them.
 */
struct times {
    double median;
    double low, high;
};

struct times claim_times(const struct claim_run *run, const char *a,
                         const char *b);

/* figure_name_text writes what a figure is called: a point is "4 writers, at
 * 4 KiB", its x in that unit. It returns text. */
const char *figure_name_text(const struct figure *figure,
                             enum claim_unit x_unit,
                             char text[static FIGURE_TEXT_MAX]);

/* claim_value_text writes the median as a person reads it: "23.4 %", "1.21 us";
 * claim_spread_text that and the spread of several values: "1.21 us [1.1 to
 * 1.4 us]". Both return text. */
const char *claim_value_text(const struct claim_run *run, const char *name,
                             char text[static FIGURE_TEXT_MAX]);
const char *figure_spread_text(const struct figure *figure,
                               char text[static FIGURE_TEXT_MAX]);

#endif
