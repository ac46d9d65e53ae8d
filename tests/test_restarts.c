/* SPDX-License-Identifier: MIT */
/*
 * Workers die, are stopped, or find a job that kills whoever takes it: others
 * go on, and nothing is lost, doubled or damaged, over every mechanism.
 */
#include "ipc/decorator.h"
#include "ipc/faults/faulty.h"
#include "ipc/mechanisms.h"
#include "ipc/worker/ledger.h"
#include "tests/image_files.h"
#include "tests/runs.h"
#include "tests/suites.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>

enum {
    JOBS = 100,
    MARKED = 20,
    POISON = 30,
    WINDOW = 8,
    RESTARTS = 3,
    ENOUGH = 1000, /* restarts: more than any test needs */
};

static const uint64_t lease_ns = 3000000000; /* longer than any start takes */
static const uint64_t pause_ns = 100000;     /* over a job */
static const uint64_t kill_after_ns = 2000000;

/* A run with a fault in it. */
struct planted {
    struct run run;
    struct channel_ops ops;
    struct fault fault;
};

static bool plant(struct planted *p, int index, const struct fault *fault)
{
    if (!run_open(&p->run, index))
        return false;
    p->fault = *fault;
    faulty_wrap(p->run.plan.ops, &p->ops);
    p->run.plan.decorator = &p->ops;
    p->run.plan.decoration = &p->fault;
    p->run.plan.jobs = JOBS;
    p->run.plan.window = WINDOW;
    p->run.plan.restarts = RESTARTS;
    return true;
}

/* Every job done, whatever it took. */
static void expect_all(const struct run *r)
{
    const struct verdict *v = &r->outcome->verdict;

    run_expect(r, r->status == 0 && outcome_good(r->outcome), "not good");
    run_expect(r, v->submitted == r->plan.jobs, "%lu jobs", v->submitted);
    run_expect(r, v->completed == v->submitted, "%lu done", v->completed);
    run_expect(r, r->outcome->bytes == v->completed * r->plan.size, "%lu bytes",
               r->outcome->bytes);
    if (r->plan.pattern != PATTERN_STREAM)
        run_expect(r, v->redundant <= v->restarts * WINDOW * r->plan.producers,
                   "%lu done again", v->redundant);
}

/* Of 100 jobs each generation does about 20. */
static void expect_deaths(const struct run *r)
{
    const uint64_t least = JOBS / (MARKED + WINDOW);
    const uint64_t most = JOBS / (MARKED - WINDOW);
    const struct verdict *v = &r->outcome->verdict;

    expect_all(r);
    run_expect(r, v->restarts >= least && v->restarts <= most, "%lu restarts",
               v->restarts);
}

/* Whoever has that end of the jobs dies in each generation. */
static void run_with_deaths(int index, enum channel_role role)
{
    const struct fault fault = { FAULT_DIE, "jobs", role, MARKED, NULL };
    struct planted p;

    if (!plant(&p, index, &fault))
        return;
    run_here(&p.run);
    expect_deaths(&p.run);
    run_close(&p.run);
}

START_TEST(test_consumer_dies)
{
    run_with_deaths(_i, CHANNEL_RECEIVER);
}
END_TEST

START_TEST(test_producer_dies)
{
    run_with_deaths(_i, CHANNEL_SENDER);
}
END_TEST

/* All others are done, and one line says which it was. */
START_TEST(test_poison)
{
    static const struct fault fault = { FAULT_POISON, "jobs", CHANNEL_RECEIVER,
                                        POISON, NULL };
    const struct results *results;
    const struct verdict *v;
    struct planted p;

    if (!plant(&p, _i, &fault))
        return;
    p.run.plan.restarts = LEDGER_ATTEMPTS;
    run_here(&p.run);
    v = &p.run.outcome->verdict;
    run_expect(&p.run, p.run.status != 0 && verdict_good(v), "not accounted");
    run_expect(&p.run,
               v->submitted == JOBS && v->rejected == 1 &&
                   v->completed == JOBS - 1,
               "not one set aside");
    run_expect(&p.run, v->restarts == LEDGER_ATTEMPTS, "%lu restarts",
               v->restarts);
    results = &p.run.outcome->results[WORKER_PRODUCER];
    run_expect(&p.run,
               results->rejected == 1 && results->rejection[0].number == POISON,
               "another one is told");
    run_expect(&p.run, strstr(results->rejection[0].text, "set aside"), "%s",
               results->rejection[0].text);
    run_close(&p.run);
}
END_TEST

/* An answer to another attempt changes nothing. */
START_TEST(test_stale_answer)
{
    static const struct fault fault = { FAULT_STALE, "results", CHANNEL_SENDER,
                                        MARKED, NULL };
    struct planted p;

    if (!plant(&p, _i, &fault))
        return;
    run_here(&p.run);
    expect_all(&p.run);
    run_expect(&p.run, p.run.outcome->verdict.restarts == 0, "restarts");
    run_close(&p.run);
}
END_TEST

/* ------------------------------------------------------- what a header says */

/* What was said of each job, by all producers. */
struct said {
    _Atomic unsigned attempt[JOBS];
};

struct listener {
    struct decorator base;
    void *loan;
};

static int listen_reserve(void *state, size_t size, void **ret_block)
{
    struct listener *l = state;
    const int r =
        l->base.inner->reserve(decorator_inner(state), size, ret_block);

    l->loan = *ret_block;
    return r;
}

/* The first producer ends itself in the midst of the jobs. */
static int listen_commit(void *state, size_t size)
{
    struct listener *l = state;
    struct said *const *said = l->base.decoration;
    struct job_header header;

    if (job_decode(l->loan, size, &header) == JOB_OK &&
        header.type == JOB_JOB && header.id < JOBS) {
        atomic_store(&(*said)->attempt[header.id], header.attempt);
        if (header.id == MARKED && header.attempt == 1)
            (void)raise(SIGKILL);
    }
    return l->base.inner->commit(decorator_inner(state), size);
}

/* What was sent before is another attempt, and what is new is the first. */
START_TEST(test_header_says_attempt)
{
    struct said *said = mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct channel_ops ops;
    struct run r;

    ck_assert_ptr_ne(said, MAP_FAILED);
    if (!run_open(&r, _i))
        return;
    decorator_wrap(r.plan.ops, &ops);
    ops.reserve = listen_reserve;
    ops.commit = listen_commit;
    r.plan.decorator = &ops;
    r.plan.decoration = &said;
    r.plan.jobs = JOBS;
    r.plan.restarts = RESTARTS;
    run_here(&r);
    expect_all(&r);
    run_expect(&r, said->attempt[MARKED] == 2, "attempt %u",
               said->attempt[MARKED]);
    run_expect(&r, said->attempt[JOBS - 1] == 1, "attempt %u of a new one",
               said->attempt[JOBS - 1]);
    run_close(&r);
    (void)munmap(said, sizeof(*said));
}
END_TEST

/* A death without progress, again and again, has an end. */
START_TEST(test_no_progress)
{
    static const struct fault fault = { FAULT_DIE, "jobs", CHANNEL_SENDER, 0,
                                        NULL };
    struct planted p;

    if (!plant(&p, _i, &fault))
        return;
    run_here(&p.run);
    run_expect_failure(&p.run, "gave up after 3 restarts without progress: ");
    run_expect_failure(&p.run, "was killed by SIGKILL");
    run_expect(&p.run, p.run.outcome->verdict.restarts == RESTARTS, "restarts");
    run_close(&p.run);
}
END_TEST

static _Atomic bool *share_flag(void)
{
    _Atomic bool *flag = mmap(NULL, sizeof(*flag), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    ck_assert_ptr_ne(flag, MAP_FAILED);
    *flag = true;
    return flag;
}

/* Nobody answers there: so all of it is sent again, and counted once. */
START_TEST(test_stream)
{
    struct fault fault = { FAULT_DIE, "jobs", CHANNEL_RECEIVER, MARKED, NULL };
    struct planted p;

    fault.armed = share_flag();
    if (!plant(&p, _i, &fault))
        return;
    p.run.plan.pattern = PATTERN_STREAM;
    run_here(&p.run);
    expect_all(&p.run);
    run_expect(&p.run, p.run.outcome->verdict.restarts == 1, "restarts");
    run_expect(&p.run, p.run.outcome->verdict.redundant == MARKED, "redundant");
    run_close(&p.run);
}
END_TEST

/* Some of both, one of whom is killed now and then. */
START_TEST(test_workers)
{
    struct run r;

    if (!run_open(&r, _i))
        return;
    r.plan.producers = 2;
    r.plan.consumers = 2;
    r.plan.jobs = 3 * JOBS;
    r.plan.depth = 2;
    r.plan.window = WINDOW;
    r.plan.pause_ns = r.plan.slow_pause_ns = pause_ns;
    r.plan.restarts = ENOUGH;
    r.plan.kills.after_ns = kill_after_ns;
    r.plan.kills.seed = 1;
    run_here(&r);
    expect_all(&r);
    run_expect(&r, r.outcome->verdict.restarts > 0, "nobody was killed");
    run_close(&r);
}
END_TEST

/* One that is stopped is no dead one, and is replaced all the same. */
START_TEST(test_stopped)
{
    static const char *const names[] = { "unix-seqpacket", "ring", "posix-mq" };
    struct fault fault = { FAULT_STOP, "jobs", CHANNEL_RECEIVER, MARKED, NULL };
    struct planted p;
    bool chosen = false;

    fault.armed = share_flag();
    if (!plant(&p, _i, &fault))
        return;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        chosen = chosen || strcmp(p.run.name, names[i]) == 0;
    if (chosen) {
        p.run.plan.stall_ns = lease_ns * (uint64_t)test_patience();
        run_here(&p.run);
        expect_all(&p.run);
        run_expect(&p.run, p.run.outcome->verdict.restarts == 1, "restarts");
    }
    run_close(&p.run);
}
END_TEST

/* ------------------------------------------------------------- the ledger */

static const struct exchange_plan of_ledger = {
    .pattern = PATTERN_EXCHANGE,
    .jobs = 10,
    .producers = 2,
};

/* Sent and settled, sent and not, not sent; and once more. */
START_TEST(test_attempts)
{
    struct ledger l;

    ck_assert_int_eq(ledger_open(&l, &of_ledger), 0);
    ck_assert_uint_eq(ledger_attempt(&l, 0, 1), 1);
    ck_assert(ledger_settle(&l, 0, 0, false));
    ck_assert_int_eq(ledger_close_account(&l, 0, 3), 0);
    ck_assert_uint_eq(ledger_attempt(&l, 0, 1), 2);
    ck_assert_uint_eq(ledger_attempt(&l, 0, 2), 2);
    ck_assert_uint_eq(ledger_attempt(&l, 0, 3), 1);
    ck_assert_uint_eq(ledger_attempt(&l, 1, 1), 1);
    ck_assert(ledger_settle(&l, 0, 1, false));
    ck_assert_int_eq(ledger_close_account(&l, 0, 4), 0);
    ck_assert_uint_eq(ledger_attempt(&l, 0, 2), 3);
    ck_assert_uint_eq(ledger_attempt(&l, 0, 3), 2);
    ck_assert_uint_eq(ledger_next(&l, 0, 0), 2);
    ledger_close(&l);
}
END_TEST

START_TEST(test_settled_once)
{
    struct ledger l;

    ck_assert_int_eq(ledger_open(&l, &of_ledger), 0);
    ck_assert(ledger_settle(&l, 0, 2, false));
    ck_assert(!ledger_settle(&l, 0, 2, false));
    ck_assert(!ledger_settle(&l, 0, 2, true));
    ck_assert(ledger_settle(&l, 1, 2, true));
    ck_assert(!ledger_settle(&l, 1, 2, false));
    ck_assert_uint_eq(ledger_settled(&l), 2);
    ledger_close(&l);
}
END_TEST

START_TEST(test_set_aside)
{
    struct ledger l;

    ck_assert_int_eq(ledger_open(&l, &of_ledger), 0);
    ck_assert_int_eq(ledger_close_account(&l, 1, 4), 0);
    ck_assert(!ledger_is_suspect(&l, 1, 3));
    for (int deaths = 1; deaths < LEDGER_ATTEMPTS; deaths++) {
        ck_assert(!ledger_blame(&l, 1, 3));
        ck_assert(ledger_is_suspect(&l, 1, 3));
        ck_assert(!ledger_is_suspect(&l, 1, 2));
    }
    ck_assert_uint_eq(ledger_rejected(&l), 0);
    ck_assert(ledger_blame(&l, 1, 3));
    ck_assert_uint_eq(ledger_rejected(&l), 1);
    ck_assert_uint_eq(ledger_next(&l, 1, 3), 4);
    ck_assert(!ledger_blame(&l, 1, 3)); /* it is settled */
    ledger_close(&l);
}
END_TEST

Suite *restarts_suite(void)
{
    const TTest *const each[] = {
        test_consumer_dies, test_producer_dies, test_poison,
        test_stale_answer,  test_no_progress,   test_stream,
        test_workers,       test_stopped,       test_header_says_attempt
    };
    const int pipe = (int)(mechanism_find("pipe") - mechanisms);
    Suite *s = suite_create("restarts");
    TCase *tc = tcase_create("ledger");

    tcase_add_test(tc, test_attempts);
    tcase_add_test(tc, test_settled_once);
    tcase_add_test(tc, test_set_aside);
    suite_add_tcase(s, tc);
    tc = add_case(s, "header", 0);
    tcase_add_checked_fixture(tc, runs_begin, runs_end);
    tcase_add_loop_test(tc, test_header_says_attempt, pipe, pipe + 1);
    runs_cases(s, each, sizeof(each) / sizeof(each[0]));
    return s;
}
