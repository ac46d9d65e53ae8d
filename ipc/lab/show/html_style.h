/* SPDX-License-Identifier: MIT */
/*
 * html_style.h -- how the page looks: its head, up to what it says
 */
#ifndef IPC_LAB_SHOW_HTML_STYLE_H
#define IPC_LAB_SHOW_HTML_STYLE_H

#include <stdio.h>

/* html_begin writes it, with rules that only this page has; it leaves `main`
 * open. html_style_picks writes those of plots of which a family can be picked
 * out. */
typedef void html_style_fn(FILE *stream);
void html_begin(const char *title, html_style_fn *style, FILE *stream);
html_style_fn html_style_picks;

#endif
