/* SPDX-License-Identifier: MIT */
/*
 * runs.h -- a run: one whole exchange, as the tests make it
 *
 *      run_open(&r, index)                 false: the mechanism is skipped
 *      r.plan.jobs = ...                   other than the defaults
 *      run_here(&r), or                    in this process
 *      run_start(&r) ... run_wait(&r)      under a supervisor to be killed
 *      run_expect_good(&r)
 *      run_close(&r)
 *
 * A test case of runs has runs_begin and runs_end as its checked fixture: each
 * test gets a directory of its own, with $TMPDIR in it, and fails when
 * anything is left behind.
 */
#ifndef TESTS_RUNS_H
#define TESTS_RUNS_H

#include "ipc/exchange/exchange.h"
#include "tests/helpers.h"

#include <check.h>
#include <sys/types.h>

enum {
    RUN_NONE = -1,          /* the index of the row `none` */
    RUN_ENDLESS = 50000000, /* jobs: more than any test gets done */
};

struct run {
    const char *name;          /* of the mechanism */
    struct exchange_plan plan; /* for the test to change */
    uid_t user;                /* whom run_start changes to, unless 0 */
    struct exchange_outcome *outcome;
    pid_t pid;      /* of the supervisor */
    int status;     /* what exchange_run returned, or the exit status */
    double ended_s; /* how long run_wait waited */
};

void runs_begin(void);
void runs_end(void);

/* runs_path returns NAME in the directory of the test; the last few results
 * stay valid. */
const char *runs_path(const char *name);

/* run_open: 100 jobs of 1000 bytes, exchange, verify; index is the mechanism's
 * in the table. */
bool run_open(struct run *r, int index);
void run_close(struct run *r);

void run_here(struct run *r);
void run_start(struct run *r);
void run_wait(struct run *r);

/* run_worker waits until a worker of a started run is there. Returns its pid,
 * or 0 when the run ended before. */
pid_t run_worker(const struct run *r, enum worker_role role);

/* run_is_threads: whether all workers are threads of one process, "threads",
 * which is then what run_worker finds. */
bool run_is_threads(const struct run *r);

/* run_text returns "MECHANISM, ...: TEXT", as run_expect says it. */
__attribute__((format(printf, 2, 3))) const char *run_text(const struct run *r,
                                                           const char *format,
                                                           ...);
#define run_expect(r, condition, ...)                                          \
    ck_assert_msg(condition, "%s", run_text(r, __VA_ARGS__))

/* run_expect_good: every job done, and the figures make sense. */
void run_expect_good(const struct run *r);
/* run_expect_failure: it failed, and the one line about it holds `text`. */
void run_expect_failure(const struct run *r, const char *text);

/* runs_cases adds a test case of its name for each mechanism, with tests that
 * loop over one index: the mechanism's. */
void runs_cases(Suite *suite, const TTest *const tests[], size_t count);

#endif
