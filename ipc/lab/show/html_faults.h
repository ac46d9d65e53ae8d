/* SPDX-License-Identifier: MIT */
/*
 * html_faults.h -- what faults did to each mechanism: a section of a page
 */
#ifndef IPC_LAB_SHOW_HTML_FAULTS_H
#define IPC_LAB_SHOW_HTML_FAULTS_H

#include <jansson.h>
#include <stdio.h>

/* html_faults writes it, from an array of what `faults --save` wrote, a cell
 * an object; without any it writes nothing. All of it is escaped. */
void html_faults(const json_t *cells, FILE *stream);

#endif
