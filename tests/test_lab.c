/* SPDX-License-Identifier: MIT */
/*
 * What the lab rests on: batches, rates, ways to wait, warm-up, the load of
 * others, and results from files that may hold anything.
 */
#include "ipc/decorator.h"
#include "ipc/faults/faulty.h"
#include "ipc/job/batch.h"
#include "ipc/job/cpu_clock.h"
#include "ipc/lab/measure/bound.h"
#include "ipc/lab/measure/load.h"
#include "ipc/lab/measure/machine.h"
#include "ipc/lab/measure/results.h"
#include "ipc/lab/measure/results_make.h"
#include "ipc/lab/measure/rounds.h"
#include "ipc/lab/measure/spread.h"
#include "ipc/lab/trace/calls.h"
#include "ipc/mechanisms.h"
#include "tests/runs.h"
#include "tests/suites.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---------------------------------------------------------------- batches */

START_TEST(test_batch)
{
    struct run r;

    if (!run_open(&r, _i))
        return;
    r.plan.pattern = PATTERN_STREAM;
    r.plan.jobs = 103;
    r.plan.size = 67;
    r.plan.batch = 8;
    run_here(&r);
    run_expect_good(&r);
    run_close(&r);
}
END_TEST

START_TEST(test_batch_workers)
{
    struct run r;

    if (!run_open(&r, _i))
        return;
    r.plan.pattern = PATTERN_STREAM;
    r.plan.jobs = 400;
    r.plan.size = 64;
    r.plan.batch = 16;
    r.plan.producers = r.plan.consumers = 2;
    run_here(&r);
    run_expect_good(&r);
    run_close(&r);
}
END_TEST

/* One bit of a batch changes: one job is damaged, and only that one. */
START_TEST(test_batch_damaged)
{
    const struct fault fault = { FAULT_FLIP, "jobs", CHANNEL_SENDER, 2, NULL };
    struct channel_ops decorator;
    struct run r;

    if (!run_open(&r, _i))
        return;
    faulty_wrap(r.plan.ops, &decorator);
    r.plan.decorator = &decorator;
    r.plan.decoration = &fault;
    r.plan.pattern = PATTERN_STREAM;
    r.plan.size = 100; /* 4 + 100 need no padding */
    r.plan.batch = 10;
    run_here(&r);
    run_expect(&r, r.outcome->verdict.corrupted == 1, "1 is damaged");
    run_expect(&r, r.outcome->verdict.completed == 99, "the others are not");
    run_expect(&r, r.outcome->verdict.lost == 0, "none is lost");
    run_close(&r);
}
END_TEST

START_TEST(test_batch_records)
{
    unsigned char memory[64];
    struct batch batch;
    const void *bytes;
    size_t size;

    for (size_t payload = 0; payload < 40; payload++) {
        memset(memory, 0xee, sizeof(memory));
        memset(batch_put(memory, payload), 0x11, payload);
        batch = (struct batch){ memory, batch_record(payload) };
        ck_assert(batch_next(&batch, &bytes, &size));
        ck_assert_uint_eq(size, payload);
        ck_assert_ptr_eq(bytes, memory + 4);
        ck_assert_uint_eq(batch.left, 0);
        ck_assert(!batch_next(&batch, &bytes, &size));
    }
}
END_TEST

/* Sizes that lead out of the payload, and padding that is not. */
START_TEST(test_batch_hostile)
{
    static const uint32_t sizes[] = { 5,          12,         13,
                                      0x7fffffff, 0xfffffffb, 0xfffffffc,
                                      0xffffffff };
    unsigned char memory[16] = { 0 };
    struct batch batch;
    const void *bytes;
    size_t size;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (size_t left = 0; left <= 12; left++) {
            memcpy(memory, &sizes[i], sizeof(sizes[i]));
            batch = (struct batch){ memory, left };
            if (sizes[i] == 5 && left == 12)
                continue;
            ck_assert(!batch_next(&batch, &bytes, &size));
        }
    (void)batch_put(memory, 5);
    memory[10] = 1;
    batch = (struct batch){ memory, 16 };
    ck_assert(!batch_next(&batch, &bytes, &size));
}
END_TEST

/* -------------------------------------------------------- rates and stalls */

static void set_rate(struct run *r, double rate, uint64_t jobs)
{
    r->plan.rate = rate;
    r->plan.jobs = jobs;
    r->plan.size = 64;
}

START_TEST(test_rate)
{
    struct run r;

    ck_assert(run_open(&r, index_of("pipe")));
    set_rate(&r, 1000, 200);
    r.plan.pattern = (enum exchange_pattern)_i;
    run_here(&r);
    run_expect(&r, outcome_good(r.outcome), "not good");
    run_expect(&r, r.outcome->elapsed_ns >= 199 * 1000000ULL, "too soon");
    run_expect(&r, r.outcome->latency.samples == 200, "%lu latencies",
               r.outcome->latency.samples);
    run_close(&r);
}
END_TEST

/* The consumer sleeps once for 100 ms. */
static uint64_t p999_with_stall(double rate)
{
    const struct fault fault = { FAULT_STALL, "jobs", CHANNEL_RECEIVER, 6000,
                                 NULL };
    struct channel_ops decorator;
    uint64_t p999_ns;
    struct run r;

    ck_assert(run_open(&r, index_of("pipe")));
    faulty_wrap(r.plan.ops, &decorator);
    r.plan.decorator = &decorator;
    r.plan.decoration = &fault;
    set_rate(&r, rate, 30000);
    run_here(&r);
    run_expect(&r, outcome_good(r.outcome), "not good");
    run_expect(&r, r.outcome->latency.max_ns >= 90000000, "no stall");
    p999_ns = r.outcome->latency.p999_ns;
    run_close(&r);
    return p999_ns;
}

/* Coordinated omission: who sends only when answered does not ask during the
 * stall, and a handful of jobs show it; by the clock all that were due do. */
START_TEST(test_stall)
{
    ck_assert_uint_ge(p999_with_stall(20000), 50000000);
    ck_assert_uint_lt(p999_with_stall(0), 50000000);
}
END_TEST

/* -------------------------------------------- ways to wait, and warm-up */

START_TEST(test_wait)
{
    static const enum channel_wait waits[] = { CHANNEL_WAIT_BLOCK,
                                               CHANNEL_WAIT_SPIN };
    struct run r;

    if (!(mechanisms[_i].ops->traits & CHANNEL_CAN_SPIN))
        return;
    for (size_t i = 0; i < 2; i++) {
        if (!run_open(&r, _i))
            return;
        r.plan.wait = waits[i];
        r.plan.pattern = PATTERN_PING_PONG;
        run_here(&r);
        run_expect_good(&r);
        run_close(&r);
    }
}
END_TEST

/* One by one, each job has a latency, the first and the last one too. */
START_TEST(test_turns)
{
    struct run r;

    ck_assert(run_open(&r, index_of("ring")));
    set_rate(&r, 0, 200);
    r.plan.pattern = PATTERN_PING_PONG;
    r.plan.slow_pause_ns = 1000000;
    run_here(&r);
    run_expect_good(&r);
    run_expect(&r, r.outcome->latency.samples == 200, "%lu latencies",
               r.outcome->latency.samples);
    run_expect(&r, r.outcome->latency.p50_ns >= 1000000, "p50 %lu ns",
               r.outcome->latency.p50_ns);
    run_close(&r);
}
END_TEST

START_TEST(test_warmup)
{
    struct run r;

    ck_assert(run_open(&r, index_of("pipe")));
    r.plan.jobs = RUN_ENDLESS;
    r.plan.warmup_ns = r.plan.budget_ns = 100000000;
    run_here(&r);
    run_expect(&r, outcome_good(r.outcome), "not good");
    run_expect(&r, r.outcome->elapsed_ns >= 200000000, "too short");
    run_expect(&r,
               r.outcome->latency.samples > 0 &&
                   r.outcome->latency.samples < r.outcome->verdict.completed,
               "%lu latencies", r.outcome->latency.samples);
    run_expect(&r, r.outcome->jobs_per_second > 0, "no rate");
    run_close(&r);
}
END_TEST

/* ------------------------------------------------------------------- load */

static pid_t start_burner(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            continue;
    }
    return pid;
}

/* One processor that burns is noticed in each of 20 tenths of a second. */
START_TEST(test_load)
{
    pid_t burner = start_burner();
    struct load_mark mark;
    struct load load;

    ck_assert_int_gt(burner, 0);
    for (int i = 0; i < 20; i++) {
        mark = load_mark();
        pause_ms(100);
        load = load_since(&mark);
        ck_assert_msg(load_disturbs(&load), "try %d: %.2f processors", i,
                      load.foreign);
    }
    ck_assert_int_eq(kill(burner, SIGKILL), 0);
    ck_assert_int_eq(waitpid(burner, NULL, 0), burner);
}
END_TEST

static void *burn(void *arg)
{
    const uint64_t *end_ns = arg;

    while (clock_ns() < *end_ns)
        continue;
    return NULL;
}

/* What this process burns is its own: on all processors, so that there would be
 * more than there is if it were counted twice. */
START_TEST(test_own_load)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct usage start = usage_now(USAGE_OF_PROCESS), used, now;
    struct load_mark mark = load_mark();
    uint64_t end_ns = mark.at_ns + 200000000;
    pthread_t *threads = calloc((size_t)processors, sizeof(*threads));
    struct load load;
    double own;

    ck_assert_ptr_nonnull(threads);
    for (long i = 0; i < processors; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, burn, &end_ns), 0);
    for (long i = 0; i < processors; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    free(threads);
    load = load_since(&mark);
    now = usage_now(USAGE_OF_PROCESS);
    used = usage_between(&start, &now);
    own = (double)used.cpu_ns / (double)(clock_ns() - mark.at_ns);
    ck_assert_double_gt(own, 0.05);
    ck_assert_double_le(load.foreign + own, (double)processors + 0.15);
}
END_TEST

/* ------------------------------------- figures against an independent count */

enum { BURN_NS = 1000000, CALLS_MORE = 7 };

static struct channel_ops known;

/* Takes a message as the mechanism does, and a millisecond of CPU time. */
static int slow_acquire(void *state, const void **ret_block, size_t *ret_size)
{
    const struct decorator *d = state;
    const bool jobs = d->decoration && strcmp(d->decoration, "jobs") == 0;
    const uint64_t start = cpu_clock_ns(CLOCK_THREAD_CPUTIME_ID);
    int r = d->inner->acquire(decorator_inner(state), ret_block, ret_size);

    while (jobs && cpu_clock_ns(CLOCK_THREAD_CPUTIME_ID) - start < BURN_NS)
        continue;
    return r;
}

static struct options short_options(char **words, double seconds)
{
    struct options options = {
        .arguments = words,
        .argument_count = 1,
        .max = 1 << 20,
        .stall = TEST_HANG_S,
        .seconds = seconds,
    };

    options_fix(&options, AXIS_SIZE, 64);
    return options;
}

/* Takes a message as the mechanism does, by some calls more. */
static int calling_acquire(void *state, const void **ret_block,
                           size_t *ret_size)
{
    const struct decorator *d = state;

    for (int i = 0; i < CALLS_MORE; i++)
        (void)syscall(SYS_getppid);
    return d->inner->acquire(decorator_inner(state), ret_block, ret_size);
}

/* The grid of a mechanism that takes its messages so; returns its cell. */
static struct cell *make_known(const struct options *options,
                               int (*acquire)(void *, const void **, size_t *),
                               struct grid *ret_grid)
{
    struct cell *cell;

    ck_assert_int_eq(grid_make(options, NULL, ret_grid), 0);
    cell = &ret_grid->cell[1];
    decorator_wrap(cell->plan.ops, &known);
    known.acquire = acquire;
    cell->plan.decorator = &known;
    cell->plan.decoration = "jobs";
    return cell;
}

/* On a busy machine few jobs end in a time, and of few there is no median. */
static void run_slow(struct options *options, struct grid *ret_grid)
{
    const struct rounds rounds = {
        .count = 1,
        .seed = 1,
        .longest_ns = UINT64_C(1000000000) * TEST_HANG_S,
    };
    struct cell *cell;

    for (;; options->seconds *= 2) {
        cell = make_known(options, slow_acquire, ret_grid);
        ck_assert_int_eq(rounds_run(ret_grid, &rounds), 0);
        if (cell->plan.pattern == PATTERN_STREAM ||
            cell->outcome.latency.p50_ns > 0)
            return;
        ck_assert_double_lt(options->seconds, TEST_HANG_S);
        grid_free(ret_grid);
    }
}

/* Counting calls ends when there were so many, and cleans up. */
START_TEST(test_most_calls)
{
    char *words[] = { (char[]){ "pipe" }, NULL };
    const struct options options = short_options(words, 0);
    double calls[WORKER_ROLES];
    struct grid grid;
    int r;

    ck_assert_int_eq(grid_make(&options, NULL, &grid), 0);
    r = calls_count(&grid.cell[1].plan, 100, round_stop_signal, calls);
    if (r != -EPERM) {
        ck_assert_int_eq(r, -E2BIG);
        r = calls_count(&grid.cell[1].plan, UINT64_MAX, round_stop_signal,
                        calls);
        ck_assert_int_eq(r, 0);
        ck_assert_double_gt(calls[WORKER_PRODUCER], 0);
    }
    grid_free(&grid);
}
END_TEST

/* The system calls of a job over posix-mq, by pattern: one to send a message
 * and one to take it, and those that every message takes more. */
static const struct {
    enum exchange_pattern pattern;
    double producer;
    double consumer;
} known_calls[] = {
    { PATTERN_STREAM, 1, 1 + CALLS_MORE },
    { PATTERN_EXCHANGE, 2 + CALLS_MORE, 2 + CALLS_MORE },
    { PATTERN_PING_PONG, 2 + CALLS_MORE, 2 + CALLS_MORE },
};

START_TEST(test_known_calls)
{
    char *words[] = { (char[]){ "posix-mq" }, NULL };
    struct options options = short_options(words, 0);
    double calls[WORKER_ROLES];
    struct grid grid;
    const struct cell *cell;
    int r;

    options_fix(&options, AXIS_PATTERN, known_calls[_i].pattern);
    cell = make_known(&options, calling_acquire, &grid);
    r = calls_count(&cell->plan, UINT64_MAX, round_stop_signal, calls);
    if (r != -EPERM) {
        ck_assert_int_eq(r, 0);
        ck_assert_double_eq_tol(calls[WORKER_PRODUCER],
                                known_calls[_i].producer, 0.1);
        ck_assert_double_eq_tol(calls[WORKER_CONSUMER],
                                known_calls[_i].consumer, 0.1);
    }
    grid_free(&grid);
}
END_TEST

/* A job that no run is long enough for is waited for, for a bounded time, and
 * then it is said that there was none. */
START_TEST(test_no_job_ends)
{
    char *words[] = { (char[]){ "pipe" }, NULL };
    struct options options = short_options(words, 1e-6);
    const struct rounds rounds = { .count = 1,
                                   .seed = 1,
                                   .longest_ns = BURN_NS / 100 };
    struct grid grid;
    const struct cell *cell = make_known(&options, slow_acquire, &grid);

    ck_assert_int_eq(rounds_run(&grid, &rounds), 0);
    ck_assert(cell->failed);
    ck_assert_uint_eq(cell->rounds, 0);
    ck_assert_str_eq(cell->outcome.failure, "no job ended in 1.25e-05 s");
    grid_free(&grid);
}
END_TEST

/*
 * Each message that is received takes a millisecond of CPU time, be it a job or
 * an answer: so in a second there can be no more than a thousand jobs one way,
 * whatever the machine. A clock that is stopped when the producer is done, or
 * jobs of the warm-up that are counted, would tell of more.
 */
START_TEST(test_known_time)
{
    static const enum exchange_pattern patterns[] = { PATTERN_STREAM,
                                                      PATTERN_EXCHANGE,
                                                      PATTERN_PING_PONG };
    char *words[] = { (char[]){ "mmap-file" }, NULL };
    struct options options = short_options(words, 0.3);
    const struct results_run run = { .machine = json_object() };
    struct results_set results;
    const json_t *cell;
    struct grid grid;
    double rate, most = 1e9 / BURN_NS * 1.02;

    options_fix(&options, AXIS_PATTERN, patterns[_i]);
    /* A spin would be a part of the millisecond. */
    options_fix(&options, AXIS_WAIT, CHANNEL_WAIT_BLOCK);
    run_slow(&options, &grid);
    ck_assert_int_eq(results_make(&grid, &run, &results), 0);
    cell = json_array_get(results.cells, 1);
    rate = results_number(cell, "jobs_per_second.median");
    if (patterns[_i] == PATTERN_PING_PONG)
        most /= 2;
    ck_assert_double_gt(rate, 0);
    ck_assert_double_le(rate, most);
    ck_assert_double_eq_tol(results_number(cell, "bytes_per_second.median"),
                            64 * rate, 1e-6 * rate);
    ck_assert_double_ge(results_number(cell, "cpu_ns_per_job.consumer"),
                        0.98 * BURN_NS);
    if (patterns[_i] != PATTERN_STREAM) {
        ck_assert_double_ge(results_number(cell, "cpu_ns_per_job.producer"),
                            0.9 * BURN_NS);
        ck_assert_double_ge(results_number(cell, "latency_ns.p50"),
                            1.9 * BURN_NS);
    }
    results_free(&results);
    grid_free(&grid);
    json_decref(run.machine);
}
END_TEST

/* ---------------------------------------------------------------- results */

/* Three rounds of a cell, the last of them disturbed. */
static void fill_cell(struct cell *cell, double cpu_ns)
{
    static const double jobs_per_second[] = { 1000, 2000, 90000 };

    cell->plan = (struct exchange_plan){
        .ops = cell->mechanism ? cell->mechanism->ops : NULL,
        .work = JOB_WORK_VERIFY,
        .size = 1000,
        .consumers = 1,
    };
    cell->latency = calloc(1, sizeof(*cell->latency));
    ck_assert_ptr_nonnull(cell->latency);
    cell->rounds = 3;
    for (unsigned i = 0; i < cell->rounds; i++) {
        cell->round[i].jobs_per_second = jobs_per_second[i];
        cell->round[i].disturbed = i == 2;
        cell->round[i].cost[WORKER_PRODUCER].cpu_ns =
            cell->mechanism ? cpu_ns : 0;
        cell->round[i].cost[WORKER_CONSUMER].cpu_ns = cpu_ns;
    }
}

/* Of known rounds every figure is known. */
START_TEST(test_figures)
{
    static struct cell cells[2];
    const struct grid grid = { .cell = cells, .count = 2 };
    const struct results_run run = {
        .machine = json_object(),
        .limits = { .copy = { { 1000, 50 } }, .copies = 1 },
    };
    struct results_set results;
    const json_t *cell;

    cells[1].mechanism = mechanism_find("pipe");
    fill_cell(&cells[0], 200);
    fill_cell(&cells[1], 400);
    ck_assert_int_eq(results_make(&grid, &run, &results), 0);
    cell = json_array_get(results.cells, 1);
    ck_assert_double_eq(results_number(cell, "jobs_per_second.median"), 1500);
    ck_assert_double_eq(results_number(cell, "bytes_per_second.median"), 1.5e6);
    ck_assert_double_eq(results_number(cell, "cpu_ns_per_job.producer"), 400);
    ck_assert_double_eq_tol(results_number(cell, "ipc_share"), 0.75, 1e-9);
    ck_assert_double_eq_tol(results_number(cell, "limit.share"),
                            results_number(cell, "limit.ns") * 1500 / 1e9,
                            1e-9);
    ck_assert_str_eq(results_text(cell, "limit.kind"), "memcpy");
    ck_assert_double_eq(results_number(cell, "limit.ns"), 50);
    results_free(&results);
    json_decref(run.machine);
    for (size_t i = 0; i < grid.count; i++)
        free(cells[i].latency);
}
END_TEST

/* Rounds of a cell, each of a kind: how fast, and what was noted of it. */
static const struct {
    const char *rounds; /* "A" and "B" in their order */
    struct noted {
        double rate, line_ns, waits;
        const char *shared;
    } of[2];
    size_t some, others;
    const char *when; /* NULL: they are of one kind */
} kind_cases[] = {
    { "AAAAABBBB",
      { { 9e6, 30, 0, "one cache" }, { 3e6, 150, 0, "one cache" } },
      5,
      4,
      "a cache line took 30 ns between processors" },
    { "BBABBBBBBBBBBBBBBBBBA",
      { { 9e6, 30, 0, "one cache" }, { 3e6, 150, 0, "one cache" } },
      2,
      19,
      "a cache line took 30 ns between processors" },
    { "ABABABABA",
      { { 9e6, 30, 0, "one cache" }, { 3e6, 30, 0, "one processor" } },
      4,
      5,
      "both sides shared one processor" },
    { "ABABABABA",
      { { 9e6, 30, 0, "one cache" }, { 3e6, 30, 0, "no cache" } },
      5,
      4,
      "both sides shared one cache" },
    { "ABABABABA",
      { { 9e6, 30, 0.01, NULL }, { 3e6, 30, 2, NULL } },
      5,
      4,
      "a job gave up the processor 0.01 times" },
    { "ABABABABA",
      { { 9e6, 30, 0, NULL }, { 3e6, 30, 2, NULL } },
      5,
      4,
      "a job gave up the processor 0 times" },
    { "AABBBBBBA", { { 9e6, 30, 0, NULL }, { 3e6, 30, 0, NULL } }, 3, 6, "" },
    /* What was noted, but makes no difference. */
    { "ABABABABA",
      { { 3e6, 30, 0, "one cache" }, { 3e6, 150, 2, "no cache" } },
      0,
      0,
      NULL },
    { "AAAAAAAAB",
      { { 9e6, 30, 0, "one cache" }, { 3e6, 150, 0, "no cache" } },
      0,
      0,
      NULL }, /* one may be chance */
    { "AABBB",
      { { 9e6, 30, 0, "one cache" }, { 3e6, 150, 0, "no cache" } },
      2,
      3,
      "" }, /* as may be all of so few */
};

static json_t *noted_cell(const char *rounds, const struct noted of[static 2],
                          char disturbed)
{
    json_t *array = json_array();

    for (size_t i = 0; rounds[i]; i++) {
        const struct noted *noted = &of[rounds[i] == 'B'];

        (void)json_array_append_new(
            array,
            json_pack("{s:f, s:f, s:f, s:s?, s:b}", "jobs_per_second",
                      noted->rate * (1 + 0.01 * (double)(i % 3)),
                      "cache_line_ns", noted->line_ns + (double)(i % 2),
                      "waits_per_job", noted->waits, "shared", noted->shared,
                      "disturbed", rounds[i] == disturbed));
    }
    return json_pack("{s:o}", "rounds", array);
}

START_TEST(test_kinds)
{
    const char *when = kind_cases[_i].when;
    json_t *cell = noted_cell(kind_cases[_i].rounds, kind_cases[_i].of, 0);
    struct modes modes;

    ck_assert_int_eq(spread_modes(cell, &modes), when != NULL);
    if (when) {
        ck_assert_uint_eq(modes.some, kind_cases[_i].some);
        ck_assert_uint_eq(modes.others, kind_cases[_i].others);
        ck_assert_str_eq(modes.when, when);
        ck_assert_double_eq_tol(modes_factor(&modes), 3, 0.1);
    }
    json_decref(cell);
}
END_TEST

/* What others disturbed is no kind of its own. */
START_TEST(test_kinds_disturbed)
{
    json_t *cell = noted_cell("AAAAAABBB", kind_cases[0].of, 'B');
    struct modes modes;

    ck_assert(!spread_modes(cell, &modes));
    json_decref(cell);
}
END_TEST

/* Each run notes where it ran, and how far apart that was just before. */
START_TEST(test_noted)
{
    static struct cell cells[2];
    const struct grid grid = { .cell = cells, .count = 2 };
    const struct results_run run = { .machine = json_object() };
    struct results_set results;
    const json_t *rounds;

    cells[1].mechanism = mechanism_find("pipe");
    fill_cell(&cells[0], 200);
    fill_cell(&cells[1], 400);
    for (unsigned i = 0; i < 3; i++) {
        cells[1].round[i].line_ns = i == 0 ? (double)NAN : 10.0 * i;
        cells[1].round[i].cpu[WORKER_PRODUCER] = 7;
        cells[1].round[i].cpu[WORKER_CONSUMER] = i == 1 ? -1 : 7;
        cells[1].round[i].cost[WORKER_PRODUCER].voluntary_switches = i;
        cells[1].round[i].cost[WORKER_CONSUMER].voluntary_switches = 1;
    }
    ck_assert_int_eq(results_make(&grid, &run, &results), 0);
    rounds = json_object_get(json_array_get(results.cells, 1), "rounds");
    for (unsigned i = 0; i < 3; i++) {
        const json_t *round = json_array_get(rounds, i);

        ck_assert_str_eq(results_text(round, "shared"),
                         i == 1 ? "" : "one processor");
        ck_assert_double_eq(results_number(round, "waits_per_job"), i + 1);
        if (i == 0)
            ck_assert_double_nan(results_number(round, "cache_line_ns"));
        else
            ck_assert_double_eq(results_number(round, "cache_line_ns"), 10 * i);
    }
    results_free(&results);
    json_decref(run.machine);
    for (size_t i = 0; i < grid.count; i++)
        free(cells[i].latency);
}
END_TEST

/* Of each round, disturbed or not, a hundred latencies: those of rounds that
 * count are told. */
START_TEST(test_latencies)
{
    enum { OF_ROUND = 100, QUIET_NS = 1000, DISTURBED_NS = 2000 };
    static struct cell cells[2];
    const struct grid grid = { .cell = cells, .count = 2 };
    const struct results_run run = { .machine = json_object() };
    struct results_set results;
    double samples, most;

    cells[1].mechanism = mechanism_find("pipe");
    fill_cell(&cells[0], 200);
    fill_cell(&cells[1], 400); /* three rounds, the last disturbed */
    cells[1].disturbed_latency = calloc(1, sizeof(struct histogram));
    ck_assert_ptr_nonnull(cells[1].disturbed_latency);
    for (unsigned i = 0; i < 2 * OF_ROUND; i++)
        histogram_record(cells[1].latency, QUIET_NS);
    for (unsigned i = 0; i < OF_ROUND; i++)
        histogram_record(cells[1].disturbed_latency, DISTURBED_NS);
    for (int majority = 0; majority < 2; majority++) {
        cells[1].round[0].disturbed = majority;
        ck_assert_int_eq(results_make(&grid, &run, &results), 0);
        samples = results_number(json_array_get(results.cells, 1),
                                 "latency_ns.samples");
        most =
            results_number(json_array_get(results.cells, 1), "latency_ns.max");
        ck_assert_double_eq(samples, majority ? 3 * OF_ROUND : 2 * OF_ROUND);
        ck_assert_double_eq(most, majority ? DISTURBED_NS : QUIET_NS);
        results_free(&results);
    }
    json_decref(run.machine);
    for (size_t i = 0; i < grid.count; i++) {
        free(cells[i].latency);
        free(cells[i].disturbed_latency);
    }
}
END_TEST

/* What others disturb, and what they do not, are kept apart as they are run:
 * each job of a round has one latency. */
START_TEST(test_latencies_apart)
{
    enum { JOBS = 200, ROUNDS = 3 };
    char *words[] = { (char[]){ "pipe" }, NULL };
    struct options options = short_options(words, 0);
    const struct rounds rounds = { .count = ROUNDS, .seed = 1 };
    pid_t burner = start_burner();
    unsigned disturbed = 0;
    struct grid grid;
    struct cell *cell;

    ck_assert_int_gt(burner, 0);
    options.jobs = JOBS;
    options.jobs_given = true;
    ck_assert_int_eq(grid_make(&options, NULL, &grid), 0);
    ck_assert_uint_eq(grid.count, 2);
    ck_assert_int_eq(rounds_run(&grid, &rounds), 0);
    cell = &grid.cell[1];
    ck_assert_uint_eq(cell->rounds, ROUNDS);
    for (unsigned i = 0; i < ROUNDS; i++)
        disturbed += cell->round[i].disturbed;
    ck_assert_uint_eq(cell->latency->samples, (ROUNDS - disturbed) * JOBS);
    ck_assert_uint_eq(cell->disturbed_latency ? cell->disturbed_latency->samples
                                              : 0,
                      disturbed * JOBS);
    grid_free(&grid);
    ck_assert_int_eq(kill(burner, SIGKILL), 0);
    ck_assert_int_eq(waitpid(burner, NULL, 0), burner);
}
END_TEST

/* Who copies nothing is not bound by memcpy; who copies more often than two
 * sides do at once, by more of it; who makes many calls, by them. */
START_TEST(test_bounds)
{
    static const struct limits limits = { .syscall_ns = 100,
                                          .copy = { { 1000, 50 } },
                                          .copies = 1 };
    static const struct {
        const char *mechanism;
        double calls; /* of each side */
        const char *kind;
        double ns;
    } rows[] = {
        { "pipe", 0, "memcpy", 50 },    { "pipe", 3, "calls", 300 },
        { "ring", 0, "calls", 0 },      { "ring", 1, "calls", 100 },
        { "sqlite", 0, "memcpy", 100 },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cell cell = { .mechanism = mechanism_find(rows[i].mechanism) };
        struct bound bound;

        if (!cell.mechanism->ops)
            continue;
        fill_cell(&cell, 400);
        cell.calls_known = true;
        cell.calls[WORKER_PRODUCER] = cell.calls[WORKER_CONSUMER] =
            rows[i].calls;
        cell.plan.pattern = PATTERN_STREAM;
        bound = bound_of(&cell, &limits, 200);
        ck_assert_double_eq(bound.ns, rows[i].ns);
        if (rows[i].ns > 0)
            ck_assert_str_eq(bound.kind, rows[i].kind);
        free(cell.latency);
    }
}
END_TEST

static const char *const files[] = {
    "",
    "\n",
    "nothing",
    "{}\n",
    "[1]\n",
    "{\"type\":\"cell\",\"mechanism\":\"pipe\"}\n", /* no run before */
    "{\"type\":\"run\"}\n{\"type\":\"run\"}\n",
    "{\"type\":\"run\"}\n{\"type\":\"cell\"}\n", /* no mechanism */
    "{\"type\":\"run\",\"type\":\"run\"}\n",
    "{\"type\":\"run\"}\n{\"type\":\"cell\",\"mechanism\":\"pipe\"", /* torn */
};

START_TEST(test_bad_results)
{
    const char *path = runs_path("results.jsonl");
    char text[RESULTS_TEXT_MAX] = "";
    struct results_set results;
    FILE *file = fopen(path, "we");

    ck_assert_ptr_nonnull(file);
    (void)fputs(files[_i], file);
    (void)fclose(file);
    ck_assert_int_lt(results_load(path, &results, text), 0);
    ck_assert_str_ne(text, "");
    ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* A figure goes with the versions of what is behind it. */
START_TEST(test_libraries)
{
    json_t *machine = machine_describe();
    const char *text = json_string_value(json_object_get(machine, "libraries"));

    ck_assert_ptr_nonnull(text);
    ck_assert_msg(strstr(text, "libturbojpeg 2") ||
                      strstr(text, "libturbojpeg 3"),
                  "libraries: \"%s\"", text);
    json_decref(machine);
}
END_TEST

START_TEST(test_no_results)
{
    char text[RESULTS_TEXT_MAX] = "";
    struct results_set results;

    ck_assert_int_eq(results_load(runs_path("missing"), &results, text),
                     -ENOENT);
    ck_assert_str_ne(text, "");
}
END_TEST

/* Paths that lead nowhere, and values of another kind. */
START_TEST(test_paths)
{
    json_t *o = json_pack("{s:{s:i, s:s}, s:n}", "a", "b", 7, "c", "text", "d");

    ck_assert_double_eq(results_number(o, "a.b"), 7);
    ck_assert_str_eq(results_text(o, "a.c"), "text");
    ck_assert_double_nan(results_number(o, "a.c"));
    ck_assert_double_nan(results_number(o, "a"));
    ck_assert_double_nan(results_number(o, "a.b.c"));
    ck_assert_double_nan(results_number(o, "d"));
    ck_assert_double_nan(results_number(o, ""));
    ck_assert_double_nan(results_number(o, "..."));
    ck_assert_str_eq(results_text(o, "a.b"), "");
    json_decref(o);
}
END_TEST

Suite *lab_suite(void)
{
    const TTest *const each[] = { test_batch, test_batch_workers,
                                  test_batch_damaged, test_wait };
    Suite *s = suite_create("lab");
    TCase *tc = tcase_create("core");

    tcase_add_checked_fixture(tc, runs_begin, runs_end);
    tcase_add_test(tc, test_batch_records);
    tcase_add_test(tc, test_batch_hostile);
    tcase_add_loop_test(tc, test_rate, PATTERN_EXCHANGE, PATTERN_STREAM + 1);
    tcase_add_test(tc, test_stall);
    tcase_add_test(tc, test_turns);
    tcase_add_test(tc, test_warmup);
    tcase_add_test(tc, test_load);
    tcase_add_test(tc, test_own_load);
    tcase_add_test(tc, test_no_job_ends);
    tcase_add_test(tc, test_most_calls);
    tcase_add_loop_test(tc, test_known_calls, 0,
                        sizeof(known_calls) / sizeof(known_calls[0]));
    tcase_add_loop_test(tc, test_known_time, 0, 3);
    tcase_add_test(tc, test_bounds);
    tcase_add_test(tc, test_latencies);
    tcase_add_test(tc, test_latencies_apart);
    tcase_add_loop_test(tc, test_bad_results, 0,
                        sizeof(files) / sizeof(files[0]));
    tcase_add_test(tc, test_libraries);
    tcase_add_test(tc, test_no_results);
    tcase_add_loop_test(tc, test_kinds, 0,
                        sizeof(kind_cases) / sizeof(kind_cases[0]));
    tcase_add_test(tc, test_kinds_disturbed);
    tcase_add_test(tc, test_noted);
    tcase_add_test(tc, test_paths);
    suite_add_tcase(s, tc);
    tc = tcase_create("figures");
    tcase_add_test(tc, test_figures);
    suite_add_tcase(s, tc);
    runs_cases(s, each, sizeof(each) / sizeof(each[0]));
    return s;
}
