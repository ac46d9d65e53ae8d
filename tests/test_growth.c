/* SPDX-License-Identifier: MIT */
/*
 * What must not grow with the number of jobs: the calls of the allocator, and
 * the memory.
 */
#include "tests/allocations.h"
#include "tests/runs.h"
#include "tests/suites.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    FEW = 100,
    MORE = 1000,
    MANY = 500000, /* as many as walk through all of a ring */
    TIMES = 20,    /* a bit for each job of so many would be 1.25 MB */
    SLACK = 512 << 10,
};

/* Shared by the workers. */
static _Atomic uint64_t *calls;

/* How often a whole run of so many jobs asked for memory. */
static uint64_t count_calls(struct run *r, uint64_t jobs)
{
    r->plan.jobs = jobs;
    r->plan.session++;
    atomic_store(calls, 0);
    run_here(r);
    run_expect_good(r);
    return atomic_load(calls);
}

static bool is_one_of(const char *name, const char *const names[])
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

/* Whose library makes something for each: ZeroMQ a message, which is its own to
 * free, jansson the document. */
static const char *const making_messages[] = { "zeromq", "json-file", NULL };

static void expect_calls(struct run *r, enum exchange_pattern pattern)
{
    uint64_t few, more;

    r->plan.pattern = pattern;
    few = count_calls(r, FEW);
    more = count_calls(r, FEW + MORE);
    run_expect(r, few > 0, "the calls are counted");
    if (is_one_of(r->name, making_messages))
        run_expect(r, more >= few + MORE, "something is made for each job");
    else
        run_expect(r, more == few, "%lu calls for %d jobs more",
                   (unsigned long)(more - few), MORE);
}

START_TEST(test_calls)
{
    struct run r;

    if (!run_open(&r, _i))
        return;
    calls = mmap(NULL, sizeof(*calls), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(calls, MAP_FAILED);
    allocations_count(calls);
    expect_calls(&r, PATTERN_EXCHANGE);
    expect_calls(&r, PATTERN_STREAM);
    run_close(&r);
}
END_TEST

static uint64_t memory_of(struct run *r, uint64_t jobs)
{
    r->plan.jobs = jobs;
    r->plan.session++;
    run_here(r);
    run_expect_good(r);
    return r->outcome->cost[WORKER_PRODUCER].memory_bytes +
           r->outcome->cost[WORKER_CONSUMER].memory_bytes;
}

/* What the kernel maps around a page by chance is not there each time. */
static void expect_memory(struct run *r)
{
    uint64_t few, many;
    int tries = 3;

    r->plan.pattern = PATTERN_STREAM;
    r->plan.size = 64;
    r->plan.batch = 100;
    few = memory_of(r, MANY);
    do
        many = memory_of(r, (uint64_t)MANY * TIMES);
    while (many >= few + SLACK && --tries > 0);
    run_expect(r, many < few + SLACK, "%lu bytes became %lu",
               (unsigned long)few, (unsigned long)many);
}

START_TEST(test_memory)
{
    static const char *const names[] = { "ring", "pipe", "unix-stream", NULL };
    struct run r;

    if (!run_open(&r, _i))
        return;
    if (is_one_of(r.name, names))
        expect_memory(&r);
    run_close(&r);
}
END_TEST

Suite *growth_suite(void)
{
    const TTest *const each[] = { test_calls, test_memory };
    Suite *s = suite_create("growth");

    runs_cases(s, each, sizeof(each) / sizeof(each[0]));
    return s;
}
