/* SPDX-License-Identifier: MIT */
/*
 * results.h -- what a bench found, as it is saved and read again
 *
 * JSON Lines: the first object is the run (`"type": "run"`): the machine, its
 * limits, the seed. Each further one is a cell: what was measured, with every
 * setting as it really was. Tables, comparisons and the report are all made
 * from these objects, whether they come from this run or from a file.
 *
 * Whatever is not known is null: an interval's ends, `low` and `high`, where
 * there were too few rounds for one. Times are nanoseconds, memory bytes, rates
 * per second, and what is "per job" of one job on average.
 */
#ifndef IPC_LAB_MEASURE_RESULTS_H
#define IPC_LAB_MEASURE_RESULTS_H

#include "ipc/lab/measure/json_lines.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct results_set {
    json_t *run;   /* owned */
    json_t *cells; /* an array; owned */
};

/* results_free is safe on zeroed memory. */
void results_free(struct results_set *results);

/* results_write writes them to a stream; results_save to a file, all or
 * nothing. Errors of stdio(3) and rename(2). */
int results_write(const struct results_set *results, FILE *stream);
int results_save(const struct results_set *results, const char *path);

/* results_load reads a file that may hold anything: -EPROTO, with a reason in
 * ret_text, when it is no such file. Errors of fopen(3). */
enum { RESULTS_TEXT_MAX = JSON_LINES_TEXT_MAX };
int results_load(const char *path, struct results_set *ret_results,
                 char ret_text[static RESULTS_TEXT_MAX]);

/* results_number returns the number at a path, "latency_ns.p50"; NAN when it is
 * null or not there. results_text returns a string likewise, or "". */
double results_number(const json_t *object, const char *path);
const char *results_text(const json_t *object, const char *path);

/* results_rate returns a cell's jobs per second, the median of its rounds; NAN
 * where there is none. */
double results_rate(const json_t *cell);

/* results_cpu_ns returns the CPU time of a job, of all who work for it:
 * producer, consumer, and a server between them; NAN: it is not known. */
double results_cpu_ns(const json_t *cell);

/* results_size returns a number of bytes likewise; 0 for what cannot be one. */
size_t results_size(const json_t *object, const char *path);

/* results_good: whether a cell's verdict is, and some jobs ended.
 * results_verdict says so: "good"; "counted" where nobody looks at what arrives
 * (results_is_carried); either with a "*" when others disturbed some of its
 * rounds; "BAD"; "FAILED" when it did not run to its end; "-" when nothing was
 * judged. */
bool results_good(const json_t *cell);
bool results_is_carried(const json_t *cell);
const char *results_verdict(const json_t *cell);

/* results_has_interval: whether a cell's rate has one, of enough rounds;
 * without it the cell cannot be told from others. */
bool results_has_interval(const json_t *cell);

/* results_name tells a cell's mechanism, and how it waits if that is unusual:
 * "ring spin". Returns text. */
enum { RESULTS_NAME_MAX = 40 };
const char *results_name(const json_t *cell,
                         char text[static RESULTS_NAME_MAX]);

/* results_is_none: whether a cell is of the row `none`. */
bool results_is_none(const json_t *cell);

/* results_label tells a cell's group: "stream, verify, 64 KiB"; with axes that
 * are not as usual behind. Returns text. */
enum { RESULTS_LABEL_MAX = 160 };
const char *results_label(const json_t *cell,
                          char text[static RESULTS_LABEL_MAX]);

/* results_label_but_size: likewise, of cells of several sizes. */
const char *results_label_but_size(const json_t *cell,
                                   char text[static RESULTS_LABEL_MAX]);

/* results_same_group: whether two cells differ in the mechanism alone (and in
 * how it waits). results_same_but: in that and in what the bits name.
 * results_same_cell: in nothing that was asked for. */
enum { RESULTS_SIZE = 1, RESULTS_PIN = 2 };
bool results_same_group(const json_t *a, const json_t *b);
bool results_same_but(const json_t *a, const json_t *b, unsigned bits);
bool results_same_cell(const json_t *a, const json_t *b);

/* results_difference returns in what two cells of one mechanism differ, a key
 * of theirs; "nothing": that was asked for. */
const char *results_difference(const json_t *a, const json_t *b);

#endif
