/* SPDX-License-Identifier: MIT */
/*
 * draft.h -- a file that is there whole or not at all
 */
#ifndef IPC_LAB_MEASURE_DRAFT_H
#define IPC_LAB_MEASURE_DRAFT_H

#include <limits.h>
#include <stdio.h>

struct draft {
    FILE *file; /* to write into */
    const char *target;
    char path[PATH_MAX];
};

/* draft_open begins a file beside the one that it is to become; the name stays
 * the caller's. Errors of fopen(3). */
int draft_open(struct draft *draft, const char *target);

/* draft_finish closes it. With r = 0 and all written it takes its target's
 * place; else it goes away. Returns r, or what went wrong. */
int draft_finish(struct draft *draft, int r);

#endif
