/* SPDX-License-Identifier: MIT */
/*
 * overview_print.h -- the one table on a screen
 */
#ifndef IPC_LAB_SHOW_OVERVIEW_PRINT_H
#define IPC_LAB_SHOW_OVERVIEW_PRINT_H

#include "ipc/lab/show/overview.h"
#include "ipc/screen/screen.h"

/* overview_print prints the finding, the table, and what its columns mean. */
void overview_print(const struct screen *screen,
                    const struct overview *overview);

#endif
