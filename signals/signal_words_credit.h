/* SPDX-License-Identifier: MIT */
/*
 * signal_words_credit.h -- flow control by credits
 *
 * A sender may have `window` units under way. The receiver gives back what it
 * took in steps of an eighth of the window, so that one message of its own
 * stands for many of the sender's:
 *
 *      sender    while (!credit_spend(c)) { await one; credit_refill(c); }
 *      receiver  if (credit_due(c)) give one
 */
#ifndef SIGNALS_SIGNAL_WORDS_CREDIT_H
#define SIGNALS_SIGNAL_WORDS_CREDIT_H

#include <stdbool.h>
#include <stddef.h>

/* One end. Private to its process; both ends open it with the same window. */
struct credit {
    size_t step; /* units that one credit gives back */
    size_t left; /* sender: units it may send before it must wait */
    size_t owed; /* receiver: units taken since the last credit */
};

/* window is at least 1. */
void credit_open(struct credit *c, size_t window);

/* credit_spend takes one unit: false when none is left. */
bool credit_spend(struct credit *c);
void credit_refill(struct credit *c);

/* credit_due counts one unit taken: true when it is time to give a credit. */
bool credit_due(struct credit *c);

/* credit_sure is how many units of a window the sender surely has while none
 * is under way: units taken, but too few for a credit, may be missing. */
size_t credit_sure(size_t window);

#endif
