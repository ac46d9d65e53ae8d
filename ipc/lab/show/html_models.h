/* SPDX-License-Identifier: MIT */
/*
 * html_models.h -- the models' part of the article's page: a table, and when
 * each task ran
 */
#ifndef IPC_LAB_SHOW_HTML_MODELS_H
#define IPC_LAB_SHOW_HTML_MODELS_H

#include "ipc/lab/show/article.h"

/* html_models writes the section; html_models_style the rules of its look. */
void html_models(const struct article *article, FILE *stream);
void html_models_style(FILE *stream);

#endif
