/* SPDX-License-Identifier: MIT */
/*
 * table_csv.h -- results for other programs: comma-separated
 */
#ifndef IPC_LAB_SHOW_TABLE_CSV_H
#define IPC_LAB_SHOW_TABLE_CSV_H

#include "ipc/lab/measure/results.h"

/* table_csv prints one line for each cell, with plain numbers. */
void table_csv(const struct results_set *results);

#endif
