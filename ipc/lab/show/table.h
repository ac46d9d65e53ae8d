/* SPDX-License-Identifier: MIT */
/*
 * table.h -- results as people read them: tables, Markdown, CSV
 *
 * In this room: how results are shown: tables, plots, a page.
 */
#ifndef IPC_LAB_SHOW_TABLE_H
#define IPC_LAB_SHOW_TABLE_H

#include "ipc/lab/measure/results.h"
#include "ipc/screen/screen.h"

/*
 * table_print prints each group's cells, the best first (where one job is under
 * way by its latency, otherwise by the rate), and below it what a job costs; at
 * the end a legend. `reference` names the mechanism that others
 * are compared with; NULL: the best of each group.
 */
void table_print(const struct screen *screen, const struct results_set *results,
                 const char *reference);

/* table_markdown prints all columns, a table for each group. */
void table_markdown(const struct results_set *results, const char *reference);

/* table_differs: whether a difference between two cells is shown, in the round
 * trip of both if that is what they were measured for, or else in the rate. */
bool table_differs(const json_t *a, const json_t *b);

#endif
