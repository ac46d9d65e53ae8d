/* SPDX-License-Identifier: MIT */
/*
 * outcome_summary.h -- what came of a demo's run, in words
 */
#ifndef IPC_SCREEN_OUTCOME_SUMMARY_H
#define IPC_SCREEN_OUTCOME_SUMMARY_H

#include "ipc/screen/outcome_row.h"

/* summary_tell tells the verdict, the figures and, where several worked, who
 * worked with whom. */
void summary_tell(const struct screen *screen, const struct outcome_row *row);

#endif
