/* SPDX-License-Identifier: MIT */
/*
 * html_style.h -- how the page looks: its head, up to what it says
 */
#ifndef IPC_LAB_SHOW_HTML_STYLE_H
#define IPC_LAB_SHOW_HTML_STYLE_H

#include <stdio.h>

/* html_begin writes it; it leaves `main` open. */
void html_begin(FILE *stream);

#endif
