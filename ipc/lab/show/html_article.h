/* SPDX-License-Identifier: MIT */
/*
 * html_article.h -- what claims and models found, as one page that opens
 * without a network
 */
#ifndef IPC_LAB_SHOW_HTML_ARTICLE_H
#define IPC_LAB_SHOW_HTML_ARTICLE_H

#include "ipc/lab/show/article_plots.h"

/* html_article writes the page; all that comes from the article is escaped.
 * `link` is the path of the mechanisms' page, in the same folder; or NULL. */
void html_article(const struct article *article,
                  const struct article_plots *plots, const char *link,
                  FILE *stream);

#endif
