/* SPDX-License-Identifier: MIT */
/*
 * reasons.h -- why a candidate, and what one pays for it
 */
#ifndef IPC_ADVICE_REASONS_H
#define IPC_ADVICE_REASONS_H

#include "ipc/advice/rank.h"

/* reasons_order adds by what all were ranked. */
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
