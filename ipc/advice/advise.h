/* SPDX-License-Identifier: MIT */
/*
 * advise.h -- the answer to a question, on the screen
 *
 * Three mechanisms, best first, each with why, its price, its figures, and
 * where to look; then what else fits; then what does not, and why.
 */
#ifndef IPC_ADVICE_ADVISE_H
#define IPC_ADVICE_ADVISE_H

#include "ipc/advice/question.h"
#include "ipc/lab/measure/results_find.h"
#include "ipc/screen/screen.h"

/* advise prints it, by results that were found so; without a run there are
 * none. */
void advise(const struct screen *screen, const struct question *question,
            const struct results_set *results,
            const struct results_found *found);

#endif
