/* SPDX-License-Identifier: MIT */
/*
 * trace_parse.h -- reads what strace(1) wrote of a marked run (mark.h)
 *
 * Lines as of `strace -f -ttt -T`:
 *
 *      PID TIME NAME(ARGUMENTS) = RESULT <DURATION>
 *      PID TIME NAME(ARGUMENTS <unfinished ...>
 *      PID TIME <... NAME resumed>REST) = RESULT <DURATION>
 *
 * Whatever else a line says is passed over.
 */
#ifndef IPC_LAB_TRACE_TRACE_PARSE_H
#define IPC_LAB_TRACE_TRACE_PARSE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum { TRACE_TEXT_MAX = 256, TRACE_WORD_MAX = 16 };

enum trace_kind {
    TRACE_CALL,
    TRACE_BEGIN, /* of an operation */
    TRACE_END,
};

struct trace_event {
    enum trace_kind kind;
    pid_t task;
    pid_t process; /* the task, unless it is a thread of another */
    double at_s;   /* seconds since some moment */

    /* A call's. */
    char text[TRACE_TEXT_MAX]; /* "read(5, 128) = 128" */
    double took_s;             /* negative: it did not return */
    bool waited;               /* several calls of others ended meanwhile */

    /* An operation's. */
    bool producer;
    char operation[TRACE_WORD_MAX]; /* "commit" */
    char channel[TRACE_WORD_MAX];   /* "jobs" */
    unsigned number;                /* of the message, from 0 */
};

struct trace {
    struct trace_event *event; /* owned; in the order of their begin */
    size_t count;
};

/* trace_parse reads to the end of the file. -ENOMEM; -E2BIG when it is no
 * short run's. Pair with trace_free, also on failure. */
int trace_parse(FILE *file, struct trace *ret_trace);
void trace_free(struct trace *trace);

#endif
