/* SPDX-License-Identifier: MIT */
/*
 * sched_trace.h -- has the kernel record who wakes whom, and who runs when
 *
 *      sched_trace_open      from here on it is recorded
 *      sched_trace_take      until here
 *      sched_trace_close
 *
 * By perf_event_open(2), as perf(1) does it, but not by that program: it would
 * run beside what it looks at, to empty the buffers. Here they are as large as
 * it takes, one for each CPU, and nobody reads before the end. What was opened
 * ends with the process: nothing of it stays in the kernel.
 */
#ifndef IPC_LAB_TRACE_SCHED_TRACE_H
#define IPC_LAB_TRACE_SCHED_TRACE_H

#include "ipc/lab/trace/sched_events.h"

enum { SCHED_CPUS_MAX = 64, SCHED_WHY_MAX = 400 };

/* What is recorded on one CPU. */
struct sched_buffer {
    int fd[SCHED_POINTS]; /* 0: none */
    void *memory;         /* a page that tells how much there is, and the data;
                             NULL: none */
};

/* Zeroed: none. */
struct sched_trace {
    struct sched_format format[SCHED_POINTS];
    struct sched_buffer buffer[SCHED_CPUS_MAX];
    unsigned buffers;
    size_t page; /* bytes */
};

/*
 * sched_trace_open begins to record on each CPU that this process may use, or
 * the first SCHED_CPUS_MAX of them. Where that cannot be, it returns a negative
 * errno, and one line that says what is missing and who can have it. Pair with
 * sched_trace_close, also on failure.
 */
int sched_trace_open(struct sched_trace *t, char ret_why[static SCHED_WHY_MAX]);
void sched_trace_close(struct sched_trace *t);

/* sched_trace_take ends it, and returns what was recorded, in the order of
 * time; the caller frees it. *ret_full: a buffer had no room for all. -ENOMEM.
 */
int sched_trace_take(struct sched_trace *t, struct sched_event **ret_event,
                     size_t *ret_count, bool *ret_full);

#endif
