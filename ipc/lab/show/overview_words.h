/* SPDX-License-Identifier: MIT */
/*
 * overview_words.h -- what the one table shows, in sentences
 */
#ifndef IPC_LAB_SHOW_OVERVIEW_WORDS_H
#define IPC_LAB_SHOW_OVERVIEW_WORDS_H

#include "ipc/lab/show/overview.h"

enum { OVERVIEW_WORDS_MAX = 1600 };

/* Each returns text, in which +- stands for a plus over a minus.
 *
 * overview_finding says what this machine shows: the fastest, how far apart all
 * are, and how much of it where they run makes. overview_ties says of which
 * neighbours no difference is shown, and which rows have no rank; "": there are
 * none. overview_legend
 * explains the columns, those that are wide as well if `wide`. */
const char *overview_finding(const struct overview *overview,
                             char text[static OVERVIEW_WORDS_MAX]);
const char *overview_ties(const struct overview *overview,
                          char text[static OVERVIEW_WORDS_MAX]);
const char *overview_legend(const struct overview *overview, bool wide,
                            char text[static OVERVIEW_WORDS_MAX]);

#endif
