/* SPDX-License-Identifier: MIT */
/* Several producers and several consumers, over every mechanism. */
#include "ipc/decorator.h"
#include "ipc/exchange/generation.h"
#include "ipc/faults/faulty.h"
#include "ipc/mechanisms.h"
#include "ipc/worker/answers.h"
#include "ipc/worker/channels.h"
#include "ipc/worker/producer.h"
#include "shared/process/process.h"
#include "tests/failing_calls.h"
#include "tests/runs.h"
#include "tests/suites.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { JOBS = 103, LARGE_JOBS = 23 };

static const struct team {
    unsigned producers, consumers;
} teams[] = { { 1, 2 }, { 2, 2 }, { 2, 3 }, { 4, 4 }, { 3, 1 } };

static const enum exchange_pattern patterns[] = { PATTERN_EXCHANGE,
                                                  PATTERN_PING_PONG,
                                                  PATTERN_STREAM };

/* False when the mechanism is skipped, or cannot have such a team. */
static bool open_team(struct run *r, int index, const struct team *team)
{
    if (!run_open(r, index))
        return false;
    r->plan.producers = team->producers;
    r->plan.consumers = team->consumers;
    r->plan.jobs = JOBS;
    r->plan.depth = 2; /* many channels share the user's limits */
    if (team->producers <= team->consumers || channels_can_compete(r->plan.ops))
        return true;
    run_close(r);
    return false;
}

/* Where jobs are dealt they are dealt evenly; everywhere each is done once. */
static void expect_shares(const struct run *r)
{
    const uint64_t *jobs = r->outcome->jobs_of_consumer;
    uint64_t sum = 0, least = UINT64_MAX, most = 0;

    for (unsigned i = 0; i < r->plan.consumers; i++) {
        sum += jobs[i];
        least = jobs[i] < least ? jobs[i] : least;
        most = jobs[i] > most ? jobs[i] : most;
    }
    run_expect(r, sum == r->outcome->verdict.submitted, "%lu jobs were done",
               sum);
    /* Of producers that serve as many consumers each. */
    if (!r->outcome->competing && r->plan.consumers % r->plan.producers == 0)
        run_expect(r, most - least <= 1, "between %lu and %lu jobs", least,
                   most);
}

static void run_team(int index, const struct team *team, enum job_work work,
                     enum exchange_pattern pattern, uint64_t jobs, size_t size)
{
    struct run r;

    if (!open_team(&r, index, team))
        return;
    r.plan.work = work;
    r.plan.pattern = pattern;
    r.plan.jobs = jobs;
    r.plan.size = size;
    run_here(&r);
    run_expect_good(&r);
    expect_shares(&r);
    run_close(&r);
}

START_TEST(test_teams)
{
    for (size_t i = 0; i < COUNT(teams); i++)
        for (size_t j = 0; j < COUNT(patterns); j++)
            run_team(_i, &teams[i], JOB_WORK_VERIFY, patterns[j], JOBS, 1000);
}
END_TEST

/* What only carries knows no more of a job than whose it is. */
START_TEST(test_carried)
{
    for (size_t i = 0; i < COUNT(patterns); i++)
        run_team(_i, &teams[2], JOB_WORK_CARRY, patterns[i], JOBS, 64);
}
END_TEST

/* Frames that take several packets, or do not fit into a pipe: those of two
 * producers must not mix. */
START_TEST(test_large_payload)
{
    const struct team team = { 2, 3 };

    run_team(_i, &team, JOB_WORK_VERIFY, PATTERN_EXCHANGE, LARGE_JOBS, 100000);
    run_team(_i, &team, JOB_WORK_VERIFY, PATTERN_STREAM, LARGE_JOBS, 100000);
}
END_TEST

/* A 250th of `make stress`. */
START_TEST(test_stress)
{
    static const struct {
        uint64_t jobs;
        size_t size;
    } loads[] = { { 800, 64 }, { 10, 1 << 20 } };
    struct run r;

    for (size_t i = 0; i < COUNT(loads); i++) {
        if (!open_team(&r, _i, &teams[3]))
            return;
        r.plan.jobs = loads[i].jobs;
        r.plan.size = loads[i].size;
        r.plan.budget_ns = 2000000000;
        run_here(&r);
        run_expect_good(&r);
        run_close(&r);
    }
}
END_TEST

/* Fewer jobs than workers: some have none to send, some none to do. */
START_TEST(test_few_jobs)
{
    struct run r;

    for (uint64_t jobs = 0; jobs < 3; jobs++) {
        if (!open_team(&r, _i, &teams[3]))
            return;
        r.plan.jobs = jobs;
        run_here(&r);
        run_expect_good(&r);
        expect_shares(&r);
        run_close(&r);
    }
}
END_TEST

static const char *write_bad_file(void)
{
    const char *path = runs_path("bad.jpg");
    FILE *stream = fopen(path, "we");

    ck_assert_ptr_nonnull(stream);
    (void)fputs("This is not an image.", stream);
    ck_assert_int_eq(fclose(stream), 0);
    return path;
}

/* Each picture is sent in its turn, whoever sends it, and one that is none is
 * named by its number among them all. */
START_TEST(test_images)
{
    struct inputs inputs = { 0 };
    const struct remark *remarks;
    struct run r;

    if (!open_team(&r, _i, &teams[1]))
        return;
    ck_assert_int_eq(inputs_add_drawing(&inputs, 60, 40), 0);
    ck_assert_int_eq(inputs_add_path(&inputs, write_bad_file()), 0);
    r.plan.work = JOB_WORK_IMAGE;
    r.plan.jobs = 4;
    r.plan.inputs = &inputs;
    r.plan.store = runs_path("store");
    run_here(&r);
    remarks = r.outcome->results[WORKER_PRODUCER].rejection;
    run_expect(&r, verdict_good(&r.outcome->verdict), "not good");
    run_expect(&r, r.outcome->verdict.completed == 2, "not all");
    run_expect(&r, r.outcome->verdict.rejected == 2, "not two rejected");
    run_expect(&r,
               remarks[0].number + remarks[1].number == 4 &&
                   remarks[0].number % 2 == 1,
               "jobs %lu and %lu", remarks[0].number, remarks[1].number);
    inputs_free(&inputs);
    run_close(&r);
}
END_TEST

/* A loss where consumers compete: the rest is done, and then nothing moves. */
static uint64_t stall_of(const struct run *r, enum fault_kind kind)
{
    return kind == FAULT_DROP && channels_can_compete(r->plan.ops)
               ? 1000000000 * (uint64_t)test_patience()
               : r->plan.stall_ns;
}

/* What is planted in the first channel of jobs. Each consumer is busy for a
 * moment with each job, so that the next one is another's. */
static void run_faulty(int index, enum exchange_pattern pattern,
                       enum fault_kind kind, struct verdict *ret_verdict)
{
    const struct team team = { 1, 3 };
    const struct fault fault = { kind, "jobs", CHANNEL_SENDER, 10, NULL };
    struct channel_ops decorator;
    struct run r;

    *ret_verdict = (struct verdict){ 0 };
    if (!open_team(&r, index, &team))
        return;
    faulty_wrap(r.plan.ops, &decorator);
    r.plan.pause_ns = r.plan.slow_pause_ns = 500000;
    r.plan.stall_ns = stall_of(&r, kind);
    r.plan.jobs = 40;
    r.plan.decorator = &decorator;
    r.plan.decoration = &fault;
    r.plan.pattern = pattern;
    run_here(&r);
    run_expect(&r, r.status != 0, "good");
    *ret_verdict = r.outcome->verdict;
    run_close(&r);
}

/* Twice is twice, also where two consumers did it. */
START_TEST(test_duplicate)
{
    struct verdict v;

    for (int i = 0; i < 2; i++) {
        run_faulty(_i, PATTERN_EXCHANGE, FAULT_DUPLICATE, &v);
        ck_assert_msg(v.duplicated == 1 && v.lost == 0 && v.corrupted == 0,
                      "%s: %lu duplicated, %lu lost", mechanisms[_i].name,
                      v.duplicated, v.lost);
        run_faulty(_i, PATTERN_STREAM, FAULT_DUPLICATE, &v);
        ck_assert_msg(v.duplicated == 1 && v.lost == 0 && v.corrupted == 0,
                      "%s, stream: %lu duplicated, %lu lost",
                      mechanisms[_i].name, v.duplicated, v.lost);
    }
}
END_TEST

START_TEST(test_lost)
{
    struct verdict v;

    run_faulty(_i, PATTERN_STREAM, FAULT_DROP, &v);
    ck_assert_msg(v.lost == 1 && v.duplicated == 0, "%s: %lu lost",
                  mechanisms[_i].name, v.lost);
    run_faulty(_i, PATTERN_STREAM, FAULT_FLIP, &v);
    ck_assert_msg(v.lost == 0 && v.corrupted == 1, "%s: %lu corrupted",
                  mechanisms[_i].name, v.corrupted);
}
END_TEST

/* Each consumer gets an END, though one of them goes astray. */
START_TEST(test_lost_end)
{
    enum { JOBS_BEFORE = 40 };
    const struct fault fault = { FAULT_DROP, "jobs", CHANNEL_SENDER,
                                 JOBS_BEFORE, NULL };
    struct channel_ops decorator;
    struct run r;

    if (!open_team(&r, _i, &teams[0]))
        return;
    faulty_wrap(r.plan.ops, &decorator);
    r.plan.jobs = JOBS_BEFORE;
    r.plan.decorator = &decorator;
    r.plan.decoration = &fault;
    if (channels_can_compete(r.plan.ops)) {
        run_here(&r);
        run_expect_good(&r);
    }
    run_close(&r);
}
END_TEST

static void kill_one(int index, enum worker_role role, const char *text)
{
    struct run r;
    pid_t pid;

    if (!open_team(&r, index, &teams[2]))
        return;
    r.plan.jobs = RUN_ENDLESS;
    run_start(&r);
    pid = run_worker(&r, role);
    run_expect(&r, pid > 0, "no worker");
    pause_ms(20);
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    run_wait(&r);
    run_expect_failure(&r, text);
    run_expect_failure(&r, "was killed by SIGKILL");
    run_close(&r);
}

/* One of several dies: the message says which. */
START_TEST(test_killed)
{
    if (!mechanism_skipped(&mechanisms[_i]) &&
        mechanisms[_i].ops->traits & CHANNEL_THREADS)
        return;
    kill_one(_i, WORKER_CONSUMER, "the consumer ");
    kill_one(_i, WORKER_PRODUCER, "the producer ");
}
END_TEST

/* ------------------------------------------------- one that is stopped */

/* A decorator: a consumer that stops itself (SIGSTOP) with a job in hand. */
struct stopping {
    struct decorator base;
    _Atomic pid_t *who; /* NULL: not this one */
};

enum { STOPPED_JOBS = 80, STOPPED_SIZE = 100000, STOPPED_MS = 1200 };

static int attach_stopping(void *state, const struct channel_config *config,
                           const struct channel_end *end)
{
    struct stopping *s = state;

    if (end->role == CHANNEL_RECEIVER && end->index == 0 &&
        strcmp(config->name, "jobs") == 0)
        s->who = (_Atomic pid_t *)s->base.decoration;
    return decorator_attach(state, config, end);
}

static int acquire_stopping(void *state, const void **ret_block,
                            size_t *ret_size)
{
    struct stopping *s = state;
    int r;

    r = s->base.inner->acquire(decorator_inner(state), ret_block, ret_size);
    if (r == 0 && s->who) {
        *s->who = getpid();
        s->who = NULL;
        (void)raise(SIGSTOP);
    }
    return r;
}

/* A run that stops, unless consumers do not compete. */
struct stopped_run {
    struct run run;
    struct channel_ops decorator;
    _Atomic pid_t *who;
};

static bool start_stopping(struct stopped_run *s, int index, _Atomic pid_t *who)
{
    if (!open_team(&s->run, index, &teams[0]))
        return false;
    if (!channels_can_compete(s->run.plan.ops)) {
        run_close(&s->run);
        return false;
    }
    decorator_wrap(s->run.plan.ops, &s->decorator);
    s->decorator.attach = attach_stopping;
    s->decorator.acquire = acquire_stopping;
    s->who = who;
    s->run.plan.decorator = &s->decorator;
    s->run.plan.decoration = who;
    s->run.plan.pattern = PATTERN_STREAM;
    s->run.plan.jobs = STOPPED_JOBS;
    s->run.plan.size = STOPPED_SIZE; /* no kernel holds half of all that */
    run_start(&s->run);
    return true;
}

static void await_stop(const struct stopped_run *s)
{
    const double start = seconds_now();

    while (*s->who == 0 || !process_is_stopped(*s->who)) {
        run_expect(&s->run,
                   seconds_now() - start < TEST_HANG_S * test_patience(),
                   "no consumer stops");
        pause_ms(1);
    }
}

/* Nobody takes a pause for a loss: all are stopped at the same time, for longer
 * than anybody here waits for anything, and then go on. */
START_TEST(test_stopped)
{
    static struct stopped_run stopped[PAGE_WORKERS_MAX];
    _Atomic pid_t *who =
        mmap(NULL, PAGE_WORKERS_MAX * sizeof(*who), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    size_t count = 0;

    ck_assert_ptr_ne(who, MAP_FAILED);
    for (int i = 0; mechanisms[i].name; i++)
        count += start_stopping(&stopped[count], i, &who[count]);
    for (size_t i = 0; i < count; i++)
        await_stop(&stopped[i]);
    pause_ms(STOPPED_MS);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(kill(*stopped[i].who, SIGCONT), 0);
    for (size_t i = 0; i < count; i++) {
        run_wait(&stopped[i].run);
        run_expect_good(&stopped[i].run);
        run_close(&stopped[i].run);
    }
    (void)munmap((void *)who, PAGE_WORKERS_MAX * sizeof(*who));
}
END_TEST

/* ------------------------------------------------- what one has in hand */

/* Consumers that compete answer in any order: then nothing but the count keeps
 * a producer from sending more. */
START_TEST(test_window)
{
    const struct exchange_plan plan = { .consumers = 2 };
    struct channels channels = { .competing = true };
    struct worker w = {
        .plan = &plan,
        .channels = &channels,
        .lanes = { .results_count = 1 },
        .window = 3,
    };
    struct answers a;

    ck_assert_int_eq(answers_open(&a, &w), 0);
    for (uint64_t id = 0; id < w.window; id++) {
        ck_assert(!answers_must_wait(&a, id));
        answers_expect(&a, id, 1, 1);
    }
    ck_assert(answers_must_wait(&a, w.window));
    answers_close(&a);
}
END_TEST

/* A producer of a stream without jobs, whose two consumers the test plays. */
struct scene {
    struct run run;
    struct channels channels;
    struct worker producer;
    struct worker_page *consumer;
    int result;
};

static void scene_open(struct scene *s)
{
    const struct channel_end end = { .role = CHANNEL_SENDER };
    struct worker *w = &s->producer;

    *s = (struct scene){ 0 };
    ck_assert(run_open(&s->run, index_of("ring-mpmc")));
    s->run.plan.pattern = PATTERN_STREAM;
    s->run.plan.consumers = 2;
    s->run.plan.jobs = 0;
    w->plan = &s->run.plan;
    w->channels = &s->channels;
    w->page = page_map();
    ck_assert_ptr_nonnull(w->page);
    w->self = &w->page->worker[0];
    s->consumer = &w->page->worker[1];
    ck_assert_int_eq(
        generation_open_channels(w, runs_path("tmp"), s->run.plan.session, 100),
        0);
    ck_assert_int_eq(generation_create_channels(w, s->run.outcome->failure), 0);
    channels_take(w->channels, true, 0, &w->lanes);
    w->lanes.results_count = 0; /* nobody answers */
    ck_assert_int_eq(channel_attach(w->lanes.jobs[0], &end), 0);
    for (int i = 0; i < 2; i++)
        atomic_store(&s->consumer[i].last, true);
}

static void scene_close(struct scene *s)
{
    channels_close(&s->channels);
    page_unmap(s->producer.page);
    run_close(&s->run);
}

/* What has arrived needs no waiting for: a stream's time would go on. */
START_TEST(test_no_sleep)
{
    struct scene s;
    int sleeps;

    scene_open(&s);
    sleeps = calls_sleeps();
    ck_assert_int_eq(producer_run(&s.producer), 0);
    ck_assert_int_eq(calls_sleeps(), sleeps);
    scene_close(&s);
}
END_TEST

static void *run_producer(void *arg)
{
    struct scene *s = arg;

    s->result = producer_run(&s->producer);
    return NULL;
}

/* No END goes out before all has arrived, however long that takes: where each
 * sender counts for itself (spool) it may come before another's jobs. */
START_TEST(test_arrivals)
{
    enum { FRAMES = 5, ENDS = 2 };
    pthread_t thread;
    struct scene s;

    scene_open(&s);
    atomic_store(&s.producer.self->frames, FRAMES);
    atomic_store(&s.consumer[0].frames, 2);
    atomic_store(&s.consumer[1].frames, FRAMES - 2 - 1);
    ck_assert_int_eq(pthread_create(&thread, NULL, run_producer, &s), 0);
    pause_ms(100);
    ck_assert_uint_eq(atomic_load(&s.producer.self->frames), FRAMES);
    atomic_store(&s.consumer[1].frames, FRAMES - 2);
    (void)pthread_join(thread, NULL);
    ck_assert_int_eq(s.result, 0);
    ck_assert_uint_eq(atomic_load(&s.producer.self->frames), FRAMES + ENDS);
    scene_close(&s);
}
END_TEST

/* A stream lasts until its last job is done, not until it is sent. */
START_TEST(test_stream_lasts)
{
    struct run r;

    ck_assert(run_open(&r, index_of("pipe")));
    r.plan.pattern = PATTERN_STREAM;
    r.plan.jobs = 10;
    r.plan.size = 64;
    r.plan.slow_pause_ns = 10000000;
    run_here(&r);
    run_expect_good(&r);
    run_expect(&r, r.outcome->elapsed_ns >= r.plan.jobs * r.plan.slow_pause_ns,
               "ended after %lu ns", r.outcome->elapsed_ns);
    run_close(&r);
}
END_TEST

static unsigned count_pipes(pid_t pid)
{
    char path[PATH_MAX], target[PATH_MAX];
    const struct dirent *entry;
    unsigned count = 0;
    DIR *stream;

    (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    stream = opendir(path);
    while (stream && (entry = readdir(stream))) {
        ssize_t n = readlinkat(dirfd(stream), entry->d_name, target,
                               sizeof(target) - 1);

        count += n > 5 && strncmp(target, "pipe:", 5) == 0;
    }
    if (stream)
        (void)closedir(stream);
    return count;
}

/* Others drop theirs when they begin, in their time. */
static void await_pipes(const struct run *r, pid_t pid, unsigned count)
{
    const double start = seconds_now();

    while (count_pipes(pid) != count) {
        run_expect(r, seconds_now() - start < TEST_HANG_S * test_patience(),
                   "%u pipes instead of %u", count_pipes(pid), count);
        pause_ms(1);
    }
}

/* Who keeps an end of a channel that is not his hides another's death: a
 * worker has one of jobs and one of results, and the supervisor has none. */
START_TEST(test_own_ends)
{
    const unsigned before = count_pipes(getpid());
    struct run r;

    ck_assert(run_open(&r, index_of("pipe")));
    r.plan.producers = r.plan.consumers = 2;
    r.plan.jobs = RUN_ENDLESS;
    run_start(&r);
    await_pipes(&r, run_worker(&r, WORKER_PRODUCER), before + 2);
    await_pipes(&r, run_worker(&r, WORKER_CONSUMER), before + 2);
    await_pipes(&r, r.pid, before);
    (void)kill(r.pid, SIGTERM);
    run_wait(&r);
    run_close(&r);
}
END_TEST

/* Where a process may run once that is one processor. */
static cpu_set_t await_one_processor(const struct run *r, enum worker_role role)
{
    const pid_t pid = run_worker(r, role);
    const double start = seconds_now();
    cpu_set_t set;

    while (sched_getaffinity(pid, sizeof(set), &set) < 0 ||
           CPU_COUNT(&set) != 1) {
        run_expect(r, seconds_now() - start < TEST_HANG_S * test_patience(),
                   "not pinned");
        pause_ms(1);
    }
    return set;
}

START_TEST(test_placed)
{
    static const enum placement placements[] = { PLACE_SAME, PLACE_SPLIT };
    cpu_set_t all, producers, consumers;
    struct run r;

    ck_assert_int_eq(sched_getaffinity(0, sizeof(all), &all), 0);
    if (CPU_COUNT(&all) < 2) {
        (void)printf("not tested, there is one processor: --pin\n");
        return;
    }
    ck_assert(run_open(&r, index_of("pipe")));
    r.plan.jobs = RUN_ENDLESS;
    r.plan.placement = placements[_i];
    run_start(&r);
    producers = await_one_processor(&r, WORKER_PRODUCER);
    consumers = await_one_processor(&r, WORKER_CONSUMER);
    run_expect(
        &r, CPU_EQUAL(&producers, &consumers) == (placements[_i] == PLACE_SAME),
        "pinned to other processors");
    (void)kill(r.pid, SIGTERM);
    run_wait(&r);
    run_close(&r);
}
END_TEST

Suite *workers_suite(void)
{
    const TTest *const tests[] = {
        test_teams,  test_carried,  test_large_payload, test_few_jobs,
        test_stress, test_images,   test_duplicate,     test_lost,
        test_killed, test_lost_end,
    };
    Suite *suite = suite_create("workers");
    TCase *tc = tcase_create("in-hand");

    tcase_add_checked_fixture(tc, runs_begin, runs_end);
    tcase_add_test(tc, test_window);
    tcase_add_test(tc, test_no_sleep);
    tcase_add_test(tc, test_arrivals);
    tcase_add_test(tc, test_stream_lasts);
    tcase_add_test(tc, test_stopped);
    tcase_add_test(tc, test_own_ends);
    tcase_add_loop_test(tc, test_placed, 0, 2);
    suite_add_tcase(suite, tc);
    runs_cases(suite, tests, COUNT(tests));
    return suite;
}
