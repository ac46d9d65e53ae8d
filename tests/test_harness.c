/* SPDX-License-Identifier: MIT */
/*
 * The harness against planted faults: each must give its own verdict, over
 * every mechanism, and nothing else. And the narrator must change nothing.
 */
#include "ipc/decorator.h"
#include "ipc/faults/faulty.h"
#include "ipc/job/cpu_clock.h"
#include "ipc/mechanisms.h"
#include "ipc/screen/narrate.h"
#include "ipc/worker/measure.h"
#include "tests/runs.h"
#include "tests/suites.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
    JOBS = 100,
    MARKED = 20, /* the message that a fault is planted in */
    MECHANISMS_MAX = 64,
    DEPTH = 2, /* small, so that many queues fit into the user's limit */
};

/* Where a stall is what is expected: long enough for the slowest start. */
static const uint64_t short_stall_ns = 3000000000;

/* ------------------------------------------------------ faults of messages */

/* What is planted, and what must come of it. */
struct plant {
    enum exchange_pattern pattern;
    const char *channel;
    enum fault_kind kind;
    uint64_t message;
    bool stalls; /* the producer waits for an answer that never comes */
    uint64_t lost, duplicated, reordered, corrupted;
    uint64_t missing; /* jobs that are not completed */
};

static const struct plant plants[] = {
    /* A stream goes on to its end, and the consumer counts. */
    { PATTERN_STREAM, "jobs", FAULT_DROP, 0, .lost = 1, .missing = 1 },
    { PATTERN_STREAM, "jobs", FAULT_DROP, MARKED, .lost = 1, .missing = 1 },
    { PATTERN_STREAM, "jobs", FAULT_DUPLICATE, MARKED, .duplicated = 1 },
    { PATTERN_STREAM, "jobs", FAULT_REORDER, MARKED, .reordered = 1 },
    { PATTERN_STREAM, "jobs", FAULT_FLIP, MARKED, .corrupted = 1,
      .missing = 1 },
    { PATTERN_STREAM, "jobs", FAULT_FLIP_HEADER, MARKED, .corrupted = 1,
      .missing = 1 },
    { PATTERN_STREAM, "jobs", FAULT_TRUNCATE, MARKED, .corrupted = 1,
      .missing = 1 },
    { PATTERN_STREAM, "jobs", FAULT_SESSION, MARKED, .corrupted = 1,
      .missing = 1 },

    /* A job that cannot be read has no id to be answered by. */
    { PATTERN_EXCHANGE, "jobs", FAULT_DROP, 0, .stalls = true, .lost = 1,
      .missing = 1 },
    { PATTERN_EXCHANGE, "jobs", FAULT_DROP, MARKED, .stalls = true, .lost = 1,
      .missing = 1 },
    { PATTERN_EXCHANGE, "jobs", FAULT_DUPLICATE, MARKED, .duplicated = 1 },
    { PATTERN_EXCHANGE, "jobs", FAULT_REORDER, MARKED, .reordered = 1 },
    { PATTERN_EXCHANGE, "jobs", FAULT_FLIP, MARKED, .corrupted = 1,
      .missing = 1 },
    { PATTERN_EXCHANGE, "jobs", FAULT_FLIP_HEADER, MARKED, .stalls = true,
      .corrupted = 1, .missing = 1 },
    { PATTERN_EXCHANGE, "jobs", FAULT_TRUNCATE, MARKED, .stalls = true,
      .corrupted = 1, .missing = 1 },
    { PATTERN_PING_PONG, "jobs", FAULT_DROP, MARKED, .stalls = true, .lost = 1,
      .missing = 1 },
    { PATTERN_PING_PONG, "jobs", FAULT_DUPLICATE, MARKED, .duplicated = 1 },
    { PATTERN_PING_PONG, "jobs", FAULT_FLIP, MARKED, .corrupted = 1,
      .missing = 1 },

    /* What happens to answers. */
    { PATTERN_EXCHANGE, "results", FAULT_DROP, MARKED, .stalls = true,
      .lost = 1, .missing = 1 },
    { PATTERN_EXCHANGE, "results", FAULT_DUPLICATE, MARKED, .duplicated = 1 },
    { PATTERN_EXCHANGE, "results", FAULT_REORDER, MARKED, .reordered = 1 },
    { PATTERN_EXCHANGE, "results", FAULT_FLIP, MARKED, .stalls = true,
      .corrupted = 1, .missing = 1 },
    { PATTERN_EXCHANGE, "results", FAULT_FLIP_HEADER, MARKED, .stalls = true,
      .corrupted = 1, .missing = 1 },
    { PATTERN_EXCHANGE, "results", FAULT_TRUNCATE, MARKED, .stalls = true,
      .corrupted = 1, .missing = 1 },
    { PATTERN_EXCHANGE, "results", FAULT_SESSION, MARKED, .stalls = true,
      .corrupted = 1, .missing = 1 },
    { PATTERN_PING_PONG, "results", FAULT_DROP, MARKED, .stalls = true,
      .lost = 1, .missing = 1 },
    { PATTERN_PING_PONG, "results", FAULT_DUPLICATE, MARKED, .duplicated = 1 },

    /* END, and the tally that answers it: no job suffers, but there is no
     * end. */
    { PATTERN_EXCHANGE, "jobs", FAULT_DROP, JOBS, .stalls = true },
    { PATTERN_EXCHANGE, "jobs", FAULT_FLIP, JOBS, .stalls = true,
      .corrupted = 1 },
    { PATTERN_EXCHANGE, "jobs", FAULT_TRUNCATE, JOBS, .stalls = true,
      .corrupted = 1 },
    { PATTERN_EXCHANGE, "results", FAULT_DROP, JOBS, .stalls = true },
    { PATTERN_EXCHANGE, "results", FAULT_FLIP, JOBS, .stalls = true,
      .corrupted = 1 },
    { PATTERN_STREAM, "jobs", FAULT_DROP, JOBS, .stalls = true },
    { PATTERN_STREAM, "jobs", FAULT_FLIP_HEADER, JOBS, .stalls = true,
      .corrupted = 1 },
    { PATTERN_STREAM, "results", FAULT_DROP, 0, .stalls = true },
    { PATTERN_STREAM, "results", FAULT_FLIP, 0, .stalls = true,
      .corrupted = 1 },
    { PATTERN_STREAM, "results", FAULT_TRUNCATE, 0, .stalls = true,
      .corrupted = 1 },
};

/* A run over a mechanism with a fault in it. */
struct faulty {
    struct run run;
    struct fault fault;
    struct channel_ops decorator;
};

static bool open_faulty(struct faulty *f, int index, const struct fault *fault)
{
    if (!run_open(&f->run, index))
        return false;
    f->fault = *fault;
    faulty_wrap(f->run.plan.ops, &f->decorator);
    f->run.plan.jobs = JOBS;
    f->run.plan.depth = DEPTH;
    f->run.plan.decorator = &f->decorator;
    f->run.plan.decoration = &f->fault;
    return true;
}

static void expect_short_stall(struct run *r)
{
    r->plan.stall_ns = short_stall_ns * (uint64_t)test_patience();
}

static const char *plant_text(const struct plant *plant)
{
    static const char *const kinds[FAULT_KINDS] = {
        "drop",     "duplicate", "reorder", "flip", "flip header",
        "truncate", "session",   "die",     "hang",
    };
    static char text[100];

    (void)snprintf(text, sizeof(text), "%s %s of %s", kinds[plant->kind],
                   plant->message == JOBS ? "the last" : "one", plant->channel);
    return text;
}

static bool start_plant(struct faulty *f, int index, const struct plant *plant)
{
    const struct fault fault = { plant->kind, plant->channel, CHANNEL_SENDER,
                                 plant->message, NULL };

    if (!open_faulty(f, index, &fault))
        return false;
    f->run.plan.pattern = plant->pattern;
    if (plant->stalls)
        expect_short_stall(&f->run);
    run_start(&f->run);
    return true;
}

/* How many jobs the producer begins: all, or as many as its window holds
 * beyond the one whose answer never comes. */
static uint64_t submitted_by(const struct run *r, const struct plant *plant)
{
    uint64_t until = plant->message + r->outcome->window;

    return plant->stalls && plant->missing && until < JOBS ? until : JOBS;
}

/* The consumer ends when it has sent its tally, and where that shows nobody
 * waits for another one. */
static const char *stall_text(const struct run *r, const struct plant *plant)
{
    bool of_tally = strcmp(plant->channel, "results") == 0 && !plant->missing;

    return of_tally && r->plan.ops->traits & CHANNEL_SEES_DEATH
               ? "producer: acquire a result: Broken pipe"
               : "no progress for";
}

static void expect_plant(const struct run *r, const struct plant *plant)
{
    const struct verdict *v = &r->outcome->verdict;
    const char *what = plant_text(plant);

    run_expect(r, v->lost == plant->lost, "%s: lost", what);
    run_expect(r, v->duplicated == plant->duplicated, "%s: duplicated", what);
    run_expect(r, v->reordered == plant->reordered, "%s: reordered", what);
    run_expect(r, v->corrupted == plant->corrupted, "%s: corrupted", what);
    run_expect(r, v->submitted == submitted_by(r, plant), "%s: jobs", what);
    run_expect(r, v->completed == v->submitted - plant->missing,
               "%s: completed", what);
    run_expect(r, v->finished == !plant->stalls, "%s: finished", what);
    run_expect(r, !verdict_good(v) && r->status != 0, "%s: good", what);
    if (plant->stalls)
        run_expect_failure(r, stall_text(r, plant));
    else
        run_expect(r, !r->outcome->failure[0], "%s: it failed", what);
}

START_TEST(test_plants)
{
    struct faulty f;

    for (size_t i = 0; i < COUNT(plants); i++) {
        if (plants[i].stalls || !start_plant(&f, _i, &plants[i]))
            continue;
        run_wait(&f.run);
        expect_plant(&f.run, &plants[i]);
        run_close(&f.run);
    }
}
END_TEST

/* What only carries counts: it notices that one is missing, or too many, and
 * not what is in them. */
START_TEST(test_carried)
{
    static const struct plant carried[] = {
        { PATTERN_STREAM, "jobs", FAULT_DROP, MARKED, .lost = 1, .missing = 1 },
        { PATTERN_STREAM, "jobs", FAULT_DUPLICATE, MARKED, .lost = 0 },
        { PATTERN_STREAM, "jobs", FAULT_FLIP, MARKED, .lost = 0 },
        { PATTERN_EXCHANGE, "jobs", FAULT_REORDER, MARKED, .lost = 0 },
    };
    const struct verdict *v;
    struct faulty f;

    for (size_t i = 0; i < COUNT(carried); i++) {
        const bool more = carried[i].kind == FAULT_DUPLICATE;
        const struct fault fault = { carried[i].kind, "jobs", CHANNEL_SENDER,
                                     MARKED, NULL };

        if (!open_faulty(&f, _i, &fault))
            return;
        f.run.plan.pattern = carried[i].pattern;
        f.run.plan.work = JOB_WORK_CARRY;
        run_here(&f.run);
        v = &f.run.outcome->verdict;
        run_expect(&f.run, v->lost == carried[i].lost, "lost");
        run_expect(&f.run,
                   v->completed == JOBS - carried[i].missing + (more ? 1 : 0),
                   "completed");
        run_expect(&f.run, verdict_good(v) == (i >= 2), "good");
        run_close(&f.run);
    }
}
END_TEST

/* The decorator alone does no harm, or the verdicts above mean nothing. */
START_TEST(test_no_fault)
{
    const struct fault never = { FAULT_DROP, "jobs", CHANNEL_SENDER, UINT64_MAX,
                                 NULL };
    struct faulty f;

    for (int pattern = PATTERN_EXCHANGE; pattern <= PATTERN_STREAM; pattern++) {
        if (!open_faulty(&f, _i, &never))
            return;
        f.run.plan.pattern = (enum exchange_pattern)pattern;
        run_here(&f.run);
        run_expect_good(&f.run);
        run_close(&f.run);
    }
}
END_TEST

/* In image work it is the frame's hash that tells, and a damaged picture has
 * no effect. */
START_TEST(test_damaged_image)
{
    const struct fault flip = { FAULT_FLIP, "jobs", CHANNEL_SENDER, 0, NULL };
    struct inputs inputs = { 0 };
    struct faulty f;

    if (!open_faulty(&f, _i, &flip))
        return;
    ck_assert_int_eq(inputs_add_drawing(&inputs, 60, 40), 0);
    f.run.plan.work = JOB_WORK_IMAGE;
    f.run.plan.jobs = 1;
    f.run.plan.inputs = &inputs;
    f.run.plan.store = runs_path("store");
    run_here(&f.run);
    run_expect(&f.run, f.run.status != 0, "good");
    run_expect(&f.run, !f.run.outcome->failure[0], "it failed");
    run_expect(&f.run, f.run.outcome->verdict.corrupted == 1, "corrupted");
    run_expect(&f.run, f.run.outcome->verdict.lost == 0, "lost");
    run_expect(&f.run, rmdir(f.run.plan.store) == 0,
               "something is in the store");
    inputs_free(&inputs);
    run_close(&f.run);
}
END_TEST

/* ------------------------------------------------------- effect and answer */

/* Stands before the results and looks into the store at each answer. */
struct witness {
    struct decorator base;
    bool results;
};

static size_t count_uploads(void)
{
    DIR *stream = opendir(runs_path("store"));
    const struct dirent *entry;
    size_t count = 0;

    while (stream && (entry = readdir(stream)))
        count += entry->d_name[0] != '.';
    if (stream)
        (void)closedir(stream);
    return count;
}

static int attach_witness(void *state, const struct channel_config *config,
                          const struct channel_end *end)
{
    struct witness *w = state;

    w->results = strcmp(config->name, "results") == 0;
    return decorator_attach(w, config, end);
}

/* Original and thumbnail are there before anybody is told so. */
static int commit_with_witness(void *state, size_t size)
{
    struct witness *w = state;

    if (w->results && count_uploads() != 2)
        return -ENODATA;
    return w->base.inner->commit(decorator_inner(w), size);
}

START_TEST(test_effect_before_answer)
{
    struct inputs inputs = { 0 };
    struct channel_ops decorator;
    struct run r;

    if (!run_open(&r, _i))
        return;
    decorator_wrap(r.plan.ops, &decorator);
    decorator.attach = attach_witness;
    decorator.commit = commit_with_witness;
    ck_assert_int_eq(inputs_add_drawing(&inputs, 60, 40), 0);
    r.plan.decorator = &decorator;
    r.plan.work = JOB_WORK_IMAGE;
    r.plan.jobs = 1;
    r.plan.inputs = &inputs;
    r.plan.store = runs_path("store");
    run_here(&r);
    run_expect_good(&r);
    inputs_free(&inputs);
    run_close(&r);
}
END_TEST

/* ----------------------------------------------------- faults of processes */

/* Where a worker stops, and how it is then called. */
static const struct {
    const char *channel;
    enum channel_role role;
    enum worker_role worker;
    const char *phase;
} stops[] = {
    { "jobs", CHANNEL_SENDER, WORKER_PRODUCER, "commit a job" },
    { "jobs", CHANNEL_RECEIVER, WORKER_CONSUMER, "acquire a job" },
    { "results", CHANNEL_SENDER, WORKER_CONSUMER, "commit a result" },
    { "results", CHANNEL_RECEIVER, WORKER_PRODUCER, "acquire a result" },
};

static bool start_stop(struct faulty *f, int index, size_t i,
                       enum fault_kind kind)
{
    const struct fault fault = { kind, stops[i].channel, stops[i].role, MARKED,
                                 NULL };

    if (!open_faulty(f, index, &fault))
        return false;
    if (kind == FAULT_HANG)
        expect_short_stall(&f->run);
    run_start(&f->run);
    return true;
}

static void expect_stop(const struct run *r, size_t i, enum fault_kind kind)
{
    enum worker_role worker = stops[i].worker;
    char text[120];

    (void)snprintf(text, sizeof(text), "the %s (pid %d) %s in phase: %s",
                   worker == WORKER_PRODUCER ? "producer" : "consumer",
                   r->outcome->pid[worker],
                   kind == FAULT_DIE ? "was killed by SIGKILL," : "is",
                   stops[i].phase);
    if (run_is_threads(r) && kind == FAULT_DIE)
        (void)snprintf(text, sizeof(text),
                       "the process of all threads (pid %d) was killed by "
                       "SIGKILL",
                       r->outcome->pid[worker]);
    run_expect_failure(r, text);
    if (kind == FAULT_HANG)
        run_expect_failure(r, "no progress for");
    run_expect(r, r->outcome->verdict.submitted < JOBS, "it went on");
}

START_TEST(test_deaths)
{
    struct faulty f;

    for (size_t i = 0; i < COUNT(stops); i++) {
        if (!start_stop(&f, _i, i, FAULT_DIE))
            return;
        run_wait(&f.run);
        expect_stop(&f.run, i, FAULT_DIE);
        run_close(&f.run);
    }
}
END_TEST

/* Hangs, and plants that stall: all at once, since they only wait; over the
 * mechanism of this index. */
START_TEST(test_stalls)
{
    static struct faulty planted[COUNT(plants)], hanging[COUNT(stops)];

    for (size_t i = 0; i < COUNT(plants); i++)
        if (plants[i].stalls && !start_plant(&planted[i], _i, &plants[i]))
            return;
    for (size_t i = 0; i < COUNT(stops); i++)
        if (!start_stop(&hanging[i], _i, i, FAULT_HANG))
            return;
    for (size_t i = 0; i < COUNT(plants); i++) {
        if (!plants[i].stalls)
            continue;
        run_wait(&planted[i].run);
        expect_plant(&planted[i].run, &plants[i]);
        run_close(&planted[i].run);
    }
    for (size_t i = 0; i < COUNT(stops); i++) {
        run_wait(&hanging[i].run);
        expect_stop(&hanging[i].run, i, FAULT_HANG);
        run_close(&hanging[i].run);
    }
}
END_TEST

/* Who has done its part and waits for the other's last word has not failed,
 * however long that takes. */
START_TEST(test_lingers)
{
    static struct faulty lingering[COUNT(stops)];
    struct fault fault = { .kind = FAULT_LINGER };

    /* Longer than a stall may last, and less than the minute of a leave. */
    fault.message = 2 * short_stall_ns / 1000000;
    for (size_t i = 0; i < COUNT(stops); i++) {
        fault.channel = stops[i].channel;
        fault.role = stops[i].role;
        if (!open_faulty(&lingering[i], _i, &fault))
            return;
        lingering[i].run.plan.stall_ns = short_stall_ns;
        run_start(&lingering[i].run);
    }
    for (size_t i = 0; i < COUNT(stops); i++) {
        run_wait(&lingering[i].run);
        run_expect_good(&lingering[i].run);
        run_close(&lingering[i].run);
    }
}
END_TEST

/* Over every mechanism at once: a job is lost, and either worker hangs. */
struct stalls {
    struct faulty lost, hanging[WORKER_ROLES];
};

static const struct plant a_lost_job = {
    PATTERN_EXCHANGE, "jobs",    FAULT_DROP,   MARKED,
    .stalls = true,   .lost = 1, .missing = 1,
};

static bool start_stalls(struct stalls *s, int index)
{
    if (!start_plant(&s->lost, index, &a_lost_job))
        return false;
    for (size_t i = 0; i < WORKER_ROLES; i++)
        (void)start_stop(&s->hanging[i], index, i, FAULT_HANG);
    return true;
}

static void expect_stalls(struct stalls *s)
{
    run_wait(&s->lost.run);
    expect_plant(&s->lost.run, &a_lost_job);
    run_close(&s->lost.run);
    for (size_t i = 0; i < WORKER_ROLES; i++) {
        run_wait(&s->hanging[i].run);
        expect_stop(&s->hanging[i].run, i, FAULT_HANG);
        run_close(&s->hanging[i].run);
    }
}

START_TEST(test_every_mechanism_stalls)
{
    static struct stalls all[MECHANISMS_MAX];
    size_t count = 0;

    for (int i = 0; mechanisms[i].name; i++)
        count += start_stalls(&all[count], i);
    for (size_t i = 0; i < count; i++)
        expect_stalls(&all[i]);
}
END_TEST

/* --------------------------------------------------------------- narration */

static const char *const steps[][2] = {
    { "producer", "attach jobs" },    { "producer", "attach results" },
    { "producer", "reserve" },        { "producer", "commit" },
    { "producer", "acquire answer" }, { "producer", "release answer" },
    { "consumer", "attach jobs" },    { "consumer", "attach results" },
    { "consumer", "acquire" },        { "consumer", "upload original" },
    { "consumer", "checksum" },       { "consumer", "resize" },
    { "consumer", "upload resized" }, { "consumer", "release" },
    { "consumer", "reserve answer" }, { "consumer", "commit answer" },
};

static struct screen screen;
static struct narration narration = { .screen = &screen };

static void tell_tasks(const struct job_result *result)
{
    narrate_tasks(&narration, result);
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;

    for (; (text = strstr(text, what)); text++)
        count++;
    return count;
}

static void expect_steps(const struct run *r, const char *text)
{
    char step[40];

    for (size_t i = 0; i < COUNT(steps); i++) {
        (void)snprintf(step, sizeof(step), "  %-8s  %-15s ", steps[i][0],
                       steps[i][1]);
        run_expect(r, count_of(text, step) == 1, "%zu times \"%s\" in:\n%s",
                   count_of(text, step), step, text);
    }
    run_expect(r, count_of(text, "\n") == COUNT(steps), "other lines:\n%s",
               text);
}

/* Every step of the first job is told, once; the others go by unseen. */
START_TEST(test_narrated)
{
    struct inputs inputs = { 0 };
    struct channel_ops decorator;
    static char text[10000];
    struct run r;
    int fds[2];

    if (!run_open(&r, _i))
        return;
    ck_assert_int_eq(pipe(fds), 0);
    screen = (struct screen){ .stream = fdopen(fds[1], "w"), .columns = 80 };
    narrate_wrap(r.plan.ops, &decorator);
    r.plan.decorator = &decorator;
    r.plan.decoration = &narration;
    r.plan.narrate_tasks = tell_tasks;
    ck_assert_int_eq(inputs_add_drawing(&inputs, 60, 40), 0);
    r.plan.work = JOB_WORK_IMAGE;
    r.plan.jobs = 10;
    r.plan.inputs = &inputs;
    r.plan.store = runs_path("store");
    narration.start_ns = clock_ns();
    run_here(&r);
    run_expect_good(&r);
    (void)fclose(screen.stream);
    ck_assert_int_gt(read(fds[0], text, sizeof(text) - 1), 0);
    (void)close(fds[0]);
    expect_steps(&r, text);
    inputs_free(&inputs);
    run_close(&r);
}
END_TEST

/* Every byte passes unchanged, in all patterns. */
START_TEST(test_narrated_unchanged)
{
    struct channel_ops decorator;
    struct run r;

    for (int pattern = PATTERN_EXCHANGE; pattern <= PATTERN_STREAM; pattern++) {
        if (!run_open(&r, _i))
            return;
        screen =
            (struct screen){ .stream = fopen("/dev/null", "w"), .columns = 80 };
        narrate_wrap(r.plan.ops, &decorator);
        r.plan.decorator = &decorator;
        r.plan.decoration = &narration;
        r.plan.pattern = (enum exchange_pattern)pattern;
        run_here(&r);
        run_expect_good(&r);
        (void)fclose(screen.stream);
        run_close(&r);
    }
}
END_TEST

enum { BURN_NS = 20000000 };

static pthread_t burner;

static void *burn(void *unused)
{
    while (cpu_clock_ns(CLOCK_THREAD_CPUTIME_ID) < BURN_NS)
        continue;
    return unused;
}

/* As the pipe's, with a thread of its own. */
static int attach_with_thread(void *state, const struct channel_config *config,
                              const struct channel_end *end)
{
    ck_assert_int_eq(pthread_create(&burner, NULL, burn, NULL), 0);
    ck_assert_int_eq(pthread_join(burner, NULL), 0);
    return mechanism_find("pipe")->ops->attach(state, config, end);
}

/* What a mechanism's own threads take is a part of what it costs: here four
 * ends have one each. */
START_TEST(test_narrated_threads)
{
    struct channel_ops decorator, threaded;
    struct narration counted = { .screen = &screen, .quiet = true };
    struct run r;

    ck_assert(run_open(&r, index_of("pipe")));
    threaded = *r.plan.ops;
    threaded.attach = attach_with_thread;
    r.plan.ops = &threaded;
    counted.cpu_ns = mmap(NULL, sizeof(*counted.cpu_ns), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(counted.cpu_ns, MAP_FAILED);
    narrate_wrap(r.plan.ops, &decorator);
    r.plan.decorator = &decorator;
    r.plan.decoration = &counted;
    run_here(&r);
    run_expect_good(&r);
    ck_assert_uint_ge(atomic_load(counted.cpu_ns), UINT64_C(4) * BURN_NS);
    ck_assert_uint_lt(atomic_load(counted.cpu_ns), UINT64_C(8) * BURN_NS);
    ck_assert_int_eq(munmap(counted.cpu_ns, sizeof(*counted.cpu_ns)), 0);
    run_close(&r);
}
END_TEST

/* What stalls takes its time: all of it over one mechanism, and something of
 * it over all. */
static void add_cases(Suite *suite)
{
    const int pipe_index = index_of("pipe");
    TCase *one = tcase_create("stalls"), *all = tcase_create("stalls-of-all");
    TCase *threads = tcase_create("threads");

    tcase_add_checked_fixture(one, runs_begin, runs_end);
    tcase_add_loop_test(one, test_stalls, pipe_index, pipe_index + 1);
    suite_add_tcase(suite, one);
    tcase_add_checked_fixture(all, runs_begin, runs_end);
    tcase_add_loop_test(all, test_lingers, pipe_index, pipe_index + 1);
    tcase_add_test(all, test_every_mechanism_stalls);
    suite_add_tcase(suite, all);
    tcase_add_checked_fixture(threads, runs_begin, runs_end);
    tcase_add_test(threads, test_narrated_threads);
    suite_add_tcase(suite, threads);
}

Suite *harness_suite(void)
{
    const TTest *const tests[] = {
        test_plants,
        test_carried,
        test_no_fault,
        test_damaged_image,
        test_effect_before_answer,
        test_deaths,
        test_narrated,
        test_narrated_unchanged,
    };
    Suite *suite = suite_create("harness");

    add_cases(suite);
    runs_cases(suite, tests, COUNT(tests));
    return suite;
}
