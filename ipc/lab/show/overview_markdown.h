/* SPDX-License-Identifier: MIT */
/*
 * overview_markdown.h -- the one table for a README
 */
#ifndef IPC_LAB_SHOW_OVERVIEW_MARKDOWN_H
#define IPC_LAB_SHOW_OVERVIEW_MARKDOWN_H

#include "ipc/lab/show/overview.h"

#include <stdio.h>

/* overview_markdown writes the finding, the table, what is alike in it, and
 * what it was measured on: the run is the results'. */
void overview_markdown(const struct overview *overview, const json_t *run,
                       FILE *stream);

#endif
