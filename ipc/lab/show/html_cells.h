/* SPDX-License-Identifier: MIT */
/*
 * html_cells.h -- the page's table of all cells, to sort and to search
 */
#ifndef IPC_LAB_SHOW_HTML_CELLS_H
#define IPC_LAB_SHOW_HTML_CELLS_H

#include <jansson.h>
#include <stdio.h>

/* html_cells writes the table, with a column for each axis in which cells
 * differ, and the script that sorts it. */
void html_cells(const json_t *cells, FILE *stream);

#endif
