/* SPDX-License-Identifier: MIT */
/*
 * reasons.h -- why a candidate, and what one pays for it
 */
#ifndef IPC_ADVICE_REASONS_H
#define IPC_ADVICE_REASONS_H

#include "ipc/advice/rank.h"

/* reasons_measure adds what is compared, with its size and where the two ran:
 * "round trip of 64 B on two CPUs". reasons_order adds why the order is that of
 * this measure. */
void reasons_measure(const struct ranking *ranking, enum rank_by by,
                     struct words *words);
void reasons_order(const struct question *question,
                   const struct ranking *ranking, struct words *words);

/* reasons_why adds what speaks for a candidate that fits: its place, and how it
 * does what was asked for, in the words of its sheet. */
void reasons_why(const struct question *question, const struct ranking *ranking,
                 const struct candidate *candidate, struct words *words);

/* reasons_price adds what it costs and cannot do, but for what was asked. */
void reasons_price(const struct question *question,
                   const struct candidate *candidate, struct words *words);

#endif
