/* SPDX-License-Identifier: MIT */
/*
 * html.h -- results as one page that opens without a network
 */
#ifndef IPC_LAB_SHOW_HTML_H
#define IPC_LAB_SHOW_HTML_H

#include "ipc/lab/measure/results.h"
#include "ipc/lab/show/plots.h"

/* html_write writes the page; all that comes from the results is escaped.
 * `plots` may be empty. `link` is the path of the article's page, in the same
 * folder; or NULL. */
void html_write(const struct results_set *results, const struct plots *plots,
                const json_t *faults, const char *link, FILE *stream);

#endif
