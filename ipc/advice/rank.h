/* SPDX-License-Identifier: MIT */
/*
 * rank.h -- what fits, best first; what does not, and why
 *
 * The best is the fastest in what matters most for the question; what cannot be
 * told apart there shares a place, and the one that copies less goes first.
 */
#ifndef IPC_ADVICE_RANK_H
#define IPC_ADVICE_RANK_H

#include "ipc/advice/figures.h"
#include "ipc/advice/question.h"

/* Above RANK_LARGE a message's bytes count for more than the way there and
 * back. */
enum { RANK_MAX = 64, RANK_LARGE = 16 << 10 };

enum rank_by {
    RANK_BY_ROUND_TRIP,
    RANK_BY_RATE,
    RANK_BY_COPIES, /* for want of figures that can be told apart */
};

struct candidate {
    const struct mechanism *mechanism;
    struct figures_row figures;
    const char *fault; /* why it does not do; NULL: it does */
    bool too_slow;     /* for the rate that is asked for */
    unsigned place;    /* from 1; 0: what it is ranked by is not known */
    bool tied;         /* others have the same */
};

struct ranking {
    struct figures figures;
    enum rank_by wanted;   /* by what matters most */
    enum rank_by by;       /* that, or what there is instead */
    enum figures_place at; /* of the round trips */
    size_t fit;            /* so many of them come first, */
    size_t known;          /* and of those so many that have a place */
    size_t count;
    struct candidate candidate[RANK_MAX];
};

/* rank_all looks at every mechanism; the results stay the caller's. */
void rank_all(const struct question *question,
              const struct results_set *results, struct ranking *ret_ranking);

/* rank_value returns what a candidate is ranked by, less is better; NAN: it is
 * not known. */
double rank_value(const struct ranking *ranking,
                  const struct candidate *candidate);

#endif
