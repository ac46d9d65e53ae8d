/* SPDX-License-Identifier: MIT */
/*
 * figures.h -- what was measured that comes next to what is asked
 *
 * A figure goes with the size that it is of and with where the two sides ran;
 * figures of two places are never set side by side without saying so.
 */
#ifndef IPC_ADVICE_FIGURES_H
#define IPC_ADVICE_FIGURES_H

#include "ipc/advice/words.h"
#include "ipc/lab/measure/results.h"

enum figures_place { FIGURES_ONE, FIGURES_TWO, FIGURES_FREE, FIGURES_PLACES };

/* What there is of all mechanisms. */
struct figures {
    const struct results_set *results; /* the caller's; without a run: none */
    double stream_size;                /* NAN: none was measured */
    double round_trip_size;            /* likewise */
    enum figures_place stream_place;
    bool round_trips[FIGURES_PLACES]; /* measured there */
};

/* One mechanism's cells, which belong to the results; NULL: none. */
struct figures_row {
    const json_t *stream;
    const json_t *round_trip[FIGURES_PLACES];
    const char *difference; /* in which two cells of one question differ */
    bool bad;               /* one of them has a verdict, and it is not good */
};

struct figures figures_near(const struct results_set *results, size_t size);

struct figures_row figures_of(const struct figures *figures,
                              const char *mechanism);

/* figures_place_name returns "one CPU", "two CPUs" or "CPUs of the kernel's
 * choice". */
const char *figures_place_name(enum figures_place place);

/* These return a row's figure, NAN: not known. */
double figures_rate(const struct figures_row *row); /* jobs/s, one way */
double figures_cpu_ns(const struct figures_row *row);
double figures_round_trip_ns(const struct figures_row *row,
                             enum figures_place place);

/* figures_tell adds a row's figures, each with its size and place, and with a
 * rate that is not 0 what that would cost. */
void figures_tell(const struct figures *figures, const struct figures_row *row,
                  unsigned rate, struct words *words);

#endif
