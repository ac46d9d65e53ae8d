/* SPDX-License-Identifier: MIT */
/*
 * fit.h -- what rules a mechanism out: what its traits say of it
 */
#ifndef IPC_ADVICE_FIT_H
#define IPC_ADVICE_FIT_H

#include "ipc/advice/question.h"

/* fit_fault returns why a mechanism does not do, in a phrase that others of the
 * same fault share; NULL: it does. */
const char *fit_fault(const struct question *question,
                      const struct mechanism *mechanism);

/* fit_counterpart returns, of a need that leaves nothing, what a program can do
 * by itself instead; NULL: nothing is known. */
const char *fit_counterpart(const struct question *question, enum need need);

#endif
