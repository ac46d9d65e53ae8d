/* SPDX-License-Identifier: MIT */
/*
 * results_find.h -- which results there are, when nobody names a file
 *
 * What `make bench` saved, else the run for reference in docs/. Both lie where
 * this program was built, whatever folder one stands in:
 *
 *      BUILD/bin/ipc       this program
 *      BUILD/bench.jsonl
 *      BUILD/../docs/reference.jsonl
 */
#ifndef IPC_LAB_MEASURE_RESULTS_FIND_H
#define IPC_LAB_MEASURE_RESULTS_FIND_H

#include "ipc/lab/measure/results.h"

#include <limits.h>

enum results_source {
    RESULTS_NAMED, /* by who asks */
    RESULTS_BENCH,
    RESULTS_REFERENCE,
    RESULTS_SOURCES,
};

struct results_found {
    enum results_source source;           /* RESULTS_SOURCES: there are none */
    char path[RESULTS_SOURCES][PATH_MAX]; /* where each is, or would be */
};

/*
 * results_find loads the results of a file that is named, and with NULL those
 * that there are: without any -ENOENT, where ret_text says what was looked for
 * and ret_found, which is always filled in, holds where. Other errors, and
 * ret_text, as of results_load: it names the file.
 */
enum { RESULTS_FIND_TEXT_MAX = 2 * PATH_MAX + 2 * RESULTS_TEXT_MAX };
int results_find(const char *named, struct results_found *ret_found,
                 struct results_set *ret_results,
                 char ret_text[static RESULTS_FIND_TEXT_MAX]);

#endif
