/* SPDX-License-Identifier: MIT */
/*
 * The contract (ipc/channel.h), held against every mechanism of the table.
 * Each mechanism is a test case of its own name: CK_RUN_CASE=fifo.
 */
#include "ipc/job/job.h"
#include "ipc/mechanisms.h"
#include "tests/helpers.h"
#include "tests/peers.h"
#include "tests/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DEPTH = 8 };

static const size_t large = 12000000;

/* Opens, runs the default scripts, closes: most tests are that. */
static void run_and_close(struct trial *t)
{
    trial_run(t, peer_produce, peer_consume);
    trial_close(t);
}

/* ------------------------------------------------------ what must arrive */

START_TEST(test_one_message)
{
    struct trial t;

    if (trial_open(&t, _i, 100, DEPTH))
        run_and_close(&t);
}
END_TEST

START_TEST(test_no_message)
{
    struct trial t;

    if (!trial_open(&t, _i, 100, DEPTH))
        return;
    t.messages = 0;
    run_and_close(&t);
}
END_TEST

/* A job without a payload is a header and nothing else. */
START_TEST(test_empty_job)
{
    struct trial t;

    if (!trial_open(&t, _i, JOB_HEADER_SIZE, DEPTH))
        return;
    t.size[0] = JOB_HEADER_SIZE;
    t.messages = 20;
    run_and_close(&t);
}
END_TEST

START_TEST(test_many_small)
{
    struct trial t;

    if (!trial_open(&t, _i, 100, DEPTH))
        return;
    t.messages = 5000;
    run_and_close(&t);
}
END_TEST

START_TEST(test_depth_one)
{
    struct trial t;

    if (!trial_open(&t, _i, 1000, 1))
        return;
    t.messages = 300;
    t.sizes = 3;
    t.size[1] = 1000;
    t.size[2] = 1;
    run_and_close(&t);
}
END_TEST

/* The sizes at which some layer begins a new word, page, packet or message. */
static void add_sizes_around(struct trial *t, size_t limit, size_t frame_max)
{
    for (size_t size = limit > 9 ? limit - 9 : 1; size <= limit + 9; size++)
        if (size <= frame_max && t->sizes < TRIAL_SIZES_MAX)
            t->size[t->sizes++] = size;
}

START_TEST(test_sizes)
{
    static const size_t sizes[] = { 1, 7, 8, 9, 63, 64, 65, 4095, 4096, 4097 };
    enum { COUNT = sizeof(sizes) / sizeof(sizes[0]), FRAME_MAX = 20000 };
    struct trial t;

    if (!trial_open(&t, _i, FRAME_MAX, DEPTH))
        return;
    memcpy(t.size, sizes, sizeof(sizes));
    t.sizes = COUNT;
    if (t.ops->message_max > 0)
        add_sizes_around(&t, t.ops->message_max, FRAME_MAX);
    t.size[t.sizes++] = FRAME_MAX - 1;
    t.size[t.sizes++] = FRAME_MAX;
    t.messages = 3 * t.sizes;
    run_and_close(&t);
}
END_TEST

/* The same where the largest frame itself is a limit of some layer. */
START_TEST(test_frame_max)
{
    static const size_t limits[] = { 1,    8,    57,   64,    4088,
                                     4096, 8184, 8192, 65528, 65536 };
    struct trial t;

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        if (!trial_open(&t, _i, limits[i], 2))
            return;
        t.sizes = 2;
        t.size[0] = limits[i];
        t.size[1] = 1;
        t.messages = 5;
        run_and_close(&t);
    }
}
END_TEST

START_TEST(test_large)
{
    struct trial t;

    /* Eight bytes at a time 12 MB are 1,500,000 signals: here 1 MB will do. */
    if (!trial_prepare(&t, _i, large, 2))
        return;
    if (t.ops->message_max == sizeof(uint64_t))
        t.jobs.config.frame_max = 1000000;
    trial_expect(&t, trial_create(&t) == 0, "create");
    t.size[0] = t.jobs.config.frame_max;
    t.messages = 2;
    run_and_close(&t);
}
END_TEST

START_TEST(test_alternating)
{
    static const size_t sizes[] = { 100000, 1, 65536, 64, 8, 150000, 3000, 2 };
    struct trial t;

    if (!trial_open(&t, _i, 150000, 3))
        return;
    memcpy(t.size, sizes, sizeof(sizes));
    t.sizes = sizeof(sizes) / sizeof(sizes[0]);
    t.messages = 3 * t.sizes;
    run_and_close(&t);
}
END_TEST

START_TEST(test_commit_less)
{
    struct trial t;

    if (!trial_open(&t, _i, 10000, DEPTH))
        return;
    t.sizes = 3;
    t.size[1] = 1;
    t.size[2] = 5000;
    t.slack = 5000;
    t.messages = 60;
    run_and_close(&t);
}
END_TEST

static void produce_after_refusal(struct trial *t)
{
    void *block;
    int r;

    peer_send_job(t, 0);
    r = channel_reserve(&t->jobs, t->jobs.config.frame_max + 1, &block);
    if (r != -EMSGSIZE)
        peer_fail(t, "reserve of one byte too many: %d", r);
    peer_send_job(t, 1);
    peer_take_answer(t, 0);
    peer_take_answer(t, 1);
}

START_TEST(test_too_large)
{
    struct trial t;

    if (!trial_open(&t, _i, 10000, DEPTH))
        return;
    t.size[0] = 10000;
    t.messages = 2;
    trial_run(&t, produce_after_refusal, peer_consume);
    trial_close(&t);
}
END_TEST

/* ------------------------------------------------------------- blocking */

/* Nothing comes back until all is sent: a full channel must hold the sender,
 * and lose nothing. */
static void produce_one_way(struct trial *t)
{
    for (unsigned long i = 0; i < t->messages; i++)
        peer_send_job(t, i);
    peer_take_answer(t, 0);
}

static void consume_late(struct trial *t)
{
    pause_ms(100);
    for (unsigned long i = 0; i < t->messages; i++)
        peer_take_job(t, i);
    peer_send_answer(t, 0);
}

START_TEST(test_one_way)
{
    struct trial t;

    if (!trial_open(&t, _i, 3000, 4))
        return;
    t.sizes = 3;
    t.size[1] = 3000;
    t.size[2] = 8;
    t.messages = 900;
    trial_run(&t, produce_one_way, consume_late);
    trial_close(&t);
}
END_TEST

/* What was committed before detach arrives, though the sender's process has
 * gone and the receiver takes its time. */
static void produce_and_go(struct trial *t)
{
    for (unsigned long i = 0; i < t->messages; i++)
        peer_send_job(t, i);
}

static void consume_slowly(struct trial *t)
{
    for (unsigned long i = 0; i < t->messages; i++) {
        if (i % 16 == 0)
            pause_ms(5);
        peer_take_job(t, i);
    }
}

START_TEST(test_detach_delivers)
{
    static const size_t sizes[] = { 8, 3000 };
    struct trial t;

    for (int i = 0; i < 2 * PEERS; i++) {
        if (!trial_open(&t, _i, 3000, DEPTH))
            return;
        t.owner = i % PEERS ? CONSUMER : PRODUCER;
        t.size[0] = sizes[i / PEERS];
        t.messages = 200;
        trial_run(&t, produce_and_go, consume_slowly);
        trial_close(&t);
    }
}
END_TEST

/* The promise that keeps an exchange free of deadlock: as many frames as
 * create said fit while nobody receives, also when they are smaller. */
enum { STARTED = 1, FULL = 2, DEAD = 3 };

static void produce_unheard(struct trial *t)
{
    for (unsigned long i = 0; i < t->messages; i++)
        peer_send_job(t, i);
    peer_raise(t, FULL);
}

static void consume_afterwards(struct trial *t)
{
    peer_await(t, FULL);
    for (unsigned long i = 0; i < t->messages; i++)
        peer_take_job(t, i);
}

START_TEST(test_frames_held)
{
    static const struct {
        size_t frame_max;
        size_t size;
    } frames[] = {
        { TRIAL_RESULT_MAX, TRIAL_RESULT_MAX },
        { TRIAL_RESULT_MAX, 64 },
        { TRIAL_RESULT_MAX, 1 },
        { 1, 1 },
        { 64, 64 },
        { 4000, 4000 },
        { 4096, 4096 },
        { 9000, 9000 },
        { 70000, 70000 },
    };
    struct trial t;

    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]) * PEERS; i++) {
        if (!trial_open(&t, _i, frames[i / PEERS].frame_max, DEPTH))
            return;
        t.owner = i % PEERS ? CONSUMER : PRODUCER;
        t.size[0] = frames[i / PEERS].size;
        t.messages = t.jobs.frames_held;
        trial_run(&t, produce_unheard, consume_afterwards);
        trial_close(&t);
    }
}
END_TEST

/* Who waits for the other process must sleep. */
enum { IDLE_MS = 250, BUSY_PERCENT = 2 };

static double cpu_of(pid_t pid)
{
    struct timespec time = { 0 };
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) == 0)
        (void)clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void expect_idle(struct trial *t, double cpu)
{
    double limit = IDLE_MS * BUSY_PERCENT / 1e5 * test_patience();

    if (cpu > limit)
        peer_fail(t, "%.1f ms of CPU in %d ms of waiting", 1000 * cpu, IDLE_MS);
}

static void produce_idly(struct trial *t)
{
    double cpu;

    peer_send_job(t, 0);
    peer_take_answer(t, 0);
    pause_ms(IDLE_MS);
    cpu = cpu_of(getpid());
    peer_send_job(t, 1);
    peer_take_answer(t, 1);
    expect_idle(t, cpu_of(getpid()) - cpu);
}

static void consume_idly(struct trial *t)
{
    double cpu;

    peer_take_job(t, 0);
    peer_send_answer(t, 0);
    cpu = cpu_of(getpid());
    peer_take_job(t, 1);
    expect_idle(t, cpu_of(getpid()) - cpu);
    pause_ms(IDLE_MS);
    peer_send_answer(t, 1);
}

START_TEST(test_idle_receiver)
{
    struct trial t;

    if (!trial_open(&t, _i, 100, DEPTH))
        return;
    trial_run(&t, produce_idly, consume_idly);
    trial_close(&t);
}
END_TEST

static void produce_until_full(struct trial *t)
{
    peer_raise(t, STARTED);
    for (unsigned long i = 0; t->board->stage < FULL; i++)
        peer_send_job(t, i);
}

/* The channel is full when the producer's count stands still. One message
 * more is on its way then. */
static void consume_when_full(struct trial *t)
{
    unsigned long before, sent = 0;
    double cpu;

    peer_await(t, STARTED);
    do {
        before = sent;
        pause_ms(100);
        sent = t->board->peer[PRODUCER].sent;
    } while (sent != before);
    cpu = cpu_of(t->pid[PRODUCER]);
    pause_ms(IDLE_MS);
    expect_idle(t, cpu_of(t->pid[PRODUCER]) - cpu);
    peer_raise(t, FULL);
    for (unsigned long i = 0; i <= sent; i++)
        peer_take_job(t, i);
}

START_TEST(test_idle_sender)
{
    struct trial t;

    if (!trial_open(&t, _i, 10000, 2))
        return;
    t.size[0] = 10000;
    trial_run(&t, produce_until_full, consume_when_full);
    trial_close(&t);
}
END_TEST

/* Each side waits for the other now and then: for room, of which a large
 * message takes all there is and more, for a job, and for an answer. */
enum { LARGE_EVERY = 4, HALT_EVERY = 7, HALT_MS = 10 };

static void produce_haltingly(struct trial *t)
{
    for (unsigned long i = 0; i < t->messages; i++) {
        if (i % HALT_EVERY == 0)
            pause_ms(HALT_MS);
        peer_send_job(t, i);
        peer_take_answer(t, i);
    }
}

static void consume_haltingly(struct trial *t)
{
    for (unsigned long i = 0; i < t->messages; i++) {
        if (i % LARGE_EVERY == 0)
            pause_ms(HALT_MS);
        peer_take_job(t, i);
        if (i % HALT_EVERY == 1)
            pause_ms(HALT_MS);
        peer_send_answer(t, i);
    }
}

/* A signal comes a thousand times a second, from before attach. */
START_TEST(test_interrupted)
{
    struct trial t;

    for (int i = 0; i < PEERS; i++) {
        if (!trial_open(&t, _i, 6000000, 1))
            return;
        t.attach_ms[i] = 20;
        t.interrupt_us = 1000;
        t.sizes = LARGE_EVERY;
        t.size[0] = t.ops->message_max == sizeof(uint64_t) ? 20000 : 6000000;
        t.size[1] = 100;
        t.size[2] = 50000;
        t.size[3] = 1;
        t.messages = 20;
        trial_run(&t, produce_haltingly, consume_haltingly);
        trial_close(&t);
    }
}
END_TEST

/* ----------------------------------------------------- who joins, and when */

/* Either side may be the owner's, and either may come late. */
START_TEST(test_owner_and_order)
{
    struct trial t;

    for (int i = 0; i < 2 * PEERS; i++) {
        if (!trial_open(&t, _i, 100, DEPTH))
            return;
        t.owner = i % PEERS ? CONSUMER : PRODUCER;
        t.attach_ms[i / PEERS] = 50;
        t.messages = 100;
        run_and_close(&t);
    }
}
END_TEST

/* The other side knows nothing but the configuration. */
START_TEST(test_new_program)
{
    struct trial t;

    for (int i = 0; i < 2 * PEERS; i++) {
        if (mechanism_skipped(&mechanisms[_i]) ||
            mechanisms[_i].ops->traits & CHANNEL_INHERITED_ONLY)
            return;
        (void)trial_open(&t, _i, 5000, DEPTH);
        t.owner = i % PEERS ? CONSUMER : PRODUCER;
        t.other_execs = true;
        t.attach_ms[i / PEERS] = 50;
        t.size[0] = 5000;
        t.messages = 100;
        run_and_close(&t);
    }
}
END_TEST

/* Two exchanges, each in its own directory, at the same time. */
static bool start_one_of_two(struct trial *t, int index)
{
    if (!trial_open(t, index, 1000, DEPTH))
        return false;
    t->attach_ms[PRODUCER] = 50; /* the other's start */
    t->messages = 500;
    trial_start(t, peer_produce, peer_consume);
    return true;
}

START_TEST(test_two_at_once)
{
    struct trial one, two;

    if (!start_one_of_two(&one, _i) || !start_one_of_two(&two, _i))
        return;
    trial_wait(&two);
    trial_close(&two);
    trial_wait(&one);
    trial_close(&one);
}
END_TEST

/* An empty directory is all that rmdir takes. */
static bool is_empty(const char *dir)
{
    return rmdir(dir) == 0 && mkdir(dir, 0700) == 0;
}

/* The same names again are refused, and the first owner keeps them. Where
 * create makes none, a second one must at least do no harm. */
START_TEST(test_create_twice)
{
    static struct census first;
    struct channel second;
    const char *difference;
    struct trial t;
    int r;

    if (!trial_open(&t, _i, 1000, DEPTH))
        return;
    census_take(&first, t.mark, t.dir);
    ck_assert_int_eq(channel_open(&second, t.ops, &t.jobs.config), 0);
    r = channel_create(&second);
    trial_expect(&t, r < 0 || is_empty(t.dir),
                 "the same channel was created twice");
    channel_detach(&second);
    channel_destroy(&second);
    channel_close(&second);
    difference = census_compare(&first, CENSUS_ALL);
    trial_expect(&t, !difference, "create again: %s", difference);
    t.messages = 100;
    t.other_execs = !(t.ops->traits & CHANNEL_INHERITED_ONLY);
    run_and_close(&t);
}
END_TEST

/* A queue and shared memory of the channel's own name, made by someone else:
 * not taken over, and not removed. */
START_TEST(test_names_taken)
{
    struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
    char name[CHANNEL_NAME_MAX];
    struct trial t;
    int queue, memory;

    if (!trial_prepare(&t, _i, 1000, DEPTH))
        return;
    channel_global_name(&t.jobs.config, name);
    queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
    memory = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    ck_assert(queue >= 0 && memory >= 0);
    (void)trial_create(&t);
    channel_destroy(&t.jobs);
    trial_expect(&t, mq_unlink(name) == 0, "removed a queue not its own");
    trial_expect(&t, shm_unlink(name) == 0, "removed memory not its own");
    (void)mq_close(queue);
    (void)close(memory);
    trial_close(&t);
}
END_TEST

/* How many descriptors a new program would inherit. */
static int inheritable(void)
{
    int count = 0, flags;

    for (int fd = 0; fd < 1000; fd++) {
        flags = fcntl(fd, F_GETFD);
        count += flags >= 0 && !(flags & FD_CLOEXEC);
    }
    return count;
}

static int inheritable_before;

static void count_inheritable(struct trial *t)
{
    if (inheritable() != inheritable_before)
        peer_fail(t, "a descriptor stays open across exec");
}

static void produce_and_count(struct trial *t)
{
    peer_produce(t);
    count_inheritable(t);
}

static void consume_and_count(struct trial *t)
{
    peer_consume(t);
    count_inheritable(t);
}

START_TEST(test_close_on_exec)
{
    struct trial t;

    for (enum peer owner = PRODUCER; owner <= CONSUMER; owner++) {
        if (!trial_prepare(&t, _i, 1000, DEPTH))
            return;
        t.owner = owner;
        inheritable_before = inheritable();
        trial_expect(&t, trial_create(&t) == 0, "create");
        trial_expect(&t, inheritable() == inheritable_before,
                     "create: a descriptor stays open across exec");
        trial_run(&t, produce_and_count, consume_and_count);
        trial_close(&t);
    }
}
END_TEST

/* ------------------------------------------------------- half-made states */

START_TEST(test_zeroed_state)
{
    struct trial t;

    if (!trial_prepare(&t, _i, 1000, DEPTH))
        return;
    for (int i = 0; i < 2; i++) {
        channel_detach(&t.jobs);
        channel_destroy(&t.jobs);
        channel_detach(&t.jobs);
    }
    trial_close(&t);
}
END_TEST

START_TEST(test_never_attached)
{
    struct trial t;

    if (trial_open(&t, _i, 1000, DEPTH))
        trial_close(&t);
}
END_TEST

static void detach_twice(struct trial *t)
{
    peer_produce(t);
    channel_detach(&t->jobs);
    channel_detach(&t->jobs);
    channel_detach(&t->results);
}

START_TEST(test_detach_and_destroy_twice)
{
    struct trial t;

    if (!trial_open(&t, _i, 1000, DEPTH))
        return;
    trial_run(&t, detach_twice, peer_consume);
    channel_destroy(&t.jobs);
    channel_destroy(&t.results);
    channel_detach(&t.results);
    trial_close(&t);
}
END_TEST

/* Creates in another directory: it works, or fails and leaves nothing. */
static int create_in(struct trial *t, const char *dir)
{
    int r;

    t->jobs.config.dir = dir;
    t->results.config.dir = dir;
    r = trial_create(t);
    channel_detach(&t->jobs);
    channel_detach(&t->results);
    return r;
}

START_TEST(test_no_directory)
{
    struct trial t;
    char dir[TEST_DIR_MAX + 10];

    if (!trial_prepare(&t, _i, 1000, DEPTH))
        return;
    (void)snprintf(dir, sizeof(dir), "%s/missing", t.dir);
    (void)create_in(&t, dir);
    trial_close(&t);
}
END_TEST

START_TEST(test_endless_path)
{
    static char dir[PATH_MAX + 100];
    struct trial t;

    if (!trial_prepare(&t, _i, 1000, DEPTH))
        return;
    memset(dir, 'x', sizeof(dir) - 1);
    dir[0] = '/';
    (void)create_in(&t, dir);
    trial_close(&t);
}
END_TEST

/* Longer than a socket's address takes: refused, or it works. */
START_TEST(test_long_path)
{
    char dir[TEST_DIR_MAX + 150];
    struct trial t;
    int n, r;

    if (!trial_prepare(&t, _i, 1000, DEPTH))
        return;
    n = snprintf(dir, sizeof(dir), "%s/", t.dir);
    memset(dir + n, 'x', 120);
    dir[n + 120] = '\0';
    ck_assert_int_eq(mkdir(dir, 0700), 0);
    t.jobs.config.dir = dir;
    t.results.config.dir = dir;
    r = trial_create(&t);
    if (r == 0)
        trial_run(&t, peer_produce, peer_consume);
    channel_detach(&t.jobs);
    channel_detach(&t.results);
    channel_destroy(&t.jobs);
    channel_destroy(&t.results);
    trial_expect(&t, rmdir(dir) == 0, "%s: %s", dir, strerror(errno));
    trial_close(&t);
}
END_TEST

/* Creates under one limit of the system; whatever comes of it, nothing may be
 * left. */
static void create_limited(int index, __rlimit_resource_t resource,
                           rlim_t limit)
{
    struct rlimit old, low;
    struct trial t;

    if (!trial_prepare(&t, index, 1000, DEPTH))
        return;
    ck_assert_int_eq(getrlimit(resource, &old), 0);
    low = (struct rlimit){ .rlim_cur = limit, .rlim_max = old.rlim_max };
    ck_assert_int_eq(setrlimit(resource, &low), 0);
    (void)trial_create(&t);
    ck_assert_int_eq(setrlimit(resource, &old), 0);
    trial_close(&t);
}

START_TEST(test_few_descriptors)
{
    int first = dup(0);

    (void)close(first);
    /* One more each time, so that create fails at each that it opens. */
    for (int more = 0; more < 12; more++)
        create_limited(_i, RLIMIT_NOFILE, (rlim_t)(first + 1 + more));
}
END_TEST

START_TEST(test_no_space)
{
    (void)signal(SIGXFSZ, SIG_IGN);
    create_limited(_i, RLIMIT_FSIZE, 0);
    create_limited(_i, RLIMIT_FSIZE, 100);
    create_limited(_i, RLIMIT_MSGQUEUE, 0);
    create_limited(_i, RLIMIT_SIGPENDING, 0);
}
END_TEST

/* ------------------------------------------------------------ a dead peer */

/* A peer that dies has the kernel tell the other (trait SEES_DEATH), who gets
 * what was sent before, and then -EPIPE. */
enum { SENT_BEFORE = 3 };

static void die(void)
{
    (void)kill(getpid(), SIGKILL);
}

static void expect_epipe(struct trial *t, int r, const char *phase)
{
    if (r != -EPIPE)
        peer_fail(t, "%s after a death: %s", phase,
                  r < 0 ? strerror(-r) : "no error");
}

static void expect_death_as_receiver(struct trial *t, struct channel *c)
{
    const void *block;
    size_t size;
    int r;

    r = channel_acquire(c, &block, &size);
    expect_epipe(t, r, "acquire");
}

/* What is sent may still fit somewhere; then it must fail. */
static void expect_death_as_sender(struct trial *t, struct channel *c)
{
    double start = seconds_now();
    void *block;
    int r = 0;

    while (r == 0 && seconds_now() - start < TEST_HANG_S * test_patience()) {
        r = channel_reserve(c, 100, &block);
        if (r == 0) {
            memset(block, 0, 100);
            r = channel_commit(c, 100);
        }
    }
    expect_epipe(t, r, "commit");
}

static void produce_and_die(struct trial *t)
{
    for (unsigned long i = 0; i < SENT_BEFORE; i++)
        peer_send_job(t, i);
    die();
}

static void consume_to_death(struct trial *t)
{
    for (unsigned long i = 0; i < SENT_BEFORE; i++)
        peer_take_job(t, i);
    expect_death_as_receiver(t, &t->jobs);
    expect_death_as_sender(t, &t->results);
}

static void consume_and_die(struct trial *t)
{
    peer_take_job(t, 0);
    for (unsigned long i = 0; i < SENT_BEFORE; i++)
        peer_send_answer(t, i);
    die();
}

static void produce_to_death(struct trial *t)
{
    peer_send_job(t, 0);
    for (unsigned long i = 0; i < SENT_BEFORE; i++)
        peer_take_answer(t, i);
    expect_death_as_receiver(t, &t->results);
    expect_death_as_sender(t, &t->jobs);
}

/* Takes one job, so that others lie unread when it dies. */
static void consume_one_and_die(struct trial *t)
{
    peer_take_job(t, 0);
    die();
}

static void produce_into_death(struct trial *t)
{
    peer_send_job(t, 0);
    expect_death_as_sender(t, &t->jobs);
}

/* The producer blocks in a full channel before the consumer dies. */
static void consume_nothing_and_die(struct trial *t)
{
    (void)t;
    pause_ms(200);
    die();
}

static const struct {
    enum peer dies;
    peer_script *produce;
    peer_script *consume;
} deaths[] = {
    { PRODUCER, produce_and_die, consume_to_death },
    { CONSUMER, produce_to_death, consume_and_die },
    { CONSUMER, produce_into_death, consume_one_and_die },
    { CONSUMER, produce_into_death, consume_nothing_and_die },
};

START_TEST(test_death)
{
    enum { DEATHS = sizeof(deaths) / sizeof(deaths[0]) };
    struct trial t;

    for (int i = 0; i < DEATHS * PEERS; i++) {
        if (!trial_open(&t, _i, 100, DEPTH))
            return;
        if (t.ops->traits & CHANNEL_SEES_DEATH) {
            t.owner = i % PEERS ? CONSUMER : PRODUCER;
            t.ends_by_signal[deaths[i / PEERS].dies] = true;
            trial_run(&t, deaths[i / PEERS].produce, deaths[i / PEERS].consume);
        }
        trial_close(&t);
    }
}
END_TEST

/* Killed at any moment, with a lock or half a message in hand: destroy still
 * leaves nothing. Who sees the other die first waits for its own end. */
static void send_until_killed(struct trial *t)
{
    void *block;

    while (channel_reserve(&t->jobs, t->size[0], &block) == 0 &&
           channel_commit(&t->jobs, t->size[0]) == 0)
        continue;
    for (;;)
        (void)pause();
}

static void take_until_killed(struct trial *t)
{
    const void *block;
    size_t size;

    while (channel_acquire(&t->jobs, &block, &size) == 0 &&
           channel_release(&t->jobs) == 0)
        continue;
    for (;;)
        (void)pause();
}

START_TEST(test_killed)
{
    struct trial t;

    for (unsigned ms = 0; ms < 40; ms += 4) {
        if (!trial_open(&t, _i, 20000, DEPTH))
            return;
        t.size[0] = 20000;
        t.ends_by_signal[PRODUCER] = t.ends_by_signal[CONSUMER] = true;
        trial_start(&t, send_until_killed, take_until_killed);
        pause_ms(ms);
        trial_kill(&t);
        trial_wait(&t);
        trial_close(&t);
    }
}
END_TEST

/* ------------------------------------------- the next holder of an end */

/* Of what outlives its processes (trait SURVIVES_PROCESSES) the next holder of
 * an end goes on where the last one stopped, in order; and what that one had
 * acquired and not released comes again. */
enum { RELEASED = 2, SENT_FIRST = 4, SENT_IN_ALL = 7 };

/* Where it is otherwise: each one's spec sheet says so, too. */
static const struct gap {
    const char *name;
    unsigned long after_detach, after_death; /* the first that comes then */
} gaps[] = {
    { "posix-mq", 3, 3 },  /* what is received is off the queue */
    { "sysv-mq", 3, 3 },   /* likewise */
    { "sqlite", 3, 3 },    /* the database keeps it for 10 minutes */
    { "ring-mpmc", 3, 3 }, /* its slot stays with who has left */
    { "ring", 2, 0 },      /* what is free is told a quarter at a time */
};

static unsigned long first_again(const struct trial *t, bool died)
{
    for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++)
        if (strcmp(gaps[i].name, t->ops->name) == 0)
            return died ? gaps[i].after_death : gaps[i].after_detach;
    return RELEASED;
}

static void produce_some(struct trial *t)
{
    for (unsigned long i = 0; i < SENT_FIRST; i++)
        peer_send_job(t, i);
    peer_raise(t, FULL);
}

static void produce_more(struct trial *t)
{
    for (unsigned long i = SENT_FIRST; i < SENT_IN_ALL; i++)
        peer_send_job(t, i);
}

/* It leaves with a message in hand. */
static void consume_some(struct trial *t)
{
    const void *block;
    size_t size;

    peer_await(t, FULL);
    for (unsigned long i = 0; i < RELEASED; i++)
        peer_take_job(t, i);
    peer_check(t, channel_acquire(&t->jobs, &block, &size), "acquire");
    if (!t->ends_by_signal[CONSUMER])
        return;
    peer_raise(t, DEAD);
    die();
}

static void consume_rest(struct trial *t)
{
    const bool died = t->board->stage > FULL;

    for (unsigned long i = first_again(t, died); i < SENT_IN_ALL; i++)
        peer_take_job(t, i);
}

START_TEST(test_next_holder)
{
    struct trial t;

    for (int died = 0; died < 2; died++) {
        if (!trial_open(&t, _i, 1000, DEPTH))
            return;
        if (t.ops->traits & CHANNEL_SURVIVES_PROCESSES) {
            t.others_follow = true;
            t.ends_by_signal[CONSUMER] = died;
            trial_run(&t, produce_some, consume_some);
            t.others_follow = t.ends_by_signal[CONSUMER] = false;
            trial_run(&t, produce_more, consume_rest);
        }
        trial_close(&t);
    }
}
END_TEST

/* -------------------------------------------------------------- the suite */

static void add_tests(TCase *tc, int index)
{
    const TTest *const tests[] = {
        test_one_message,     test_no_message,
        test_empty_job,       test_many_small,
        test_depth_one,       test_sizes,
        test_frame_max,       test_large,
        test_alternating,     test_commit_less,
        test_too_large,       test_one_way,
        test_detach_delivers, test_frames_held,
        test_idle_receiver,   test_idle_sender,
        test_interrupted,     test_owner_and_order,
        test_new_program,     test_two_at_once,
        test_create_twice,    test_names_taken,
        test_close_on_exec,   test_zeroed_state,
        test_never_attached,  test_detach_and_destroy_twice,
        test_no_directory,    test_endless_path,
        test_long_path,       test_few_descriptors,
        test_no_space,        test_death,
        test_killed,          test_next_holder,
    };

    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_loop_test(tc, tests[i], index, index + 1);
}

Suite *channel_suite(void)
{
    Suite *suite = suite_create("channel");
    TCase *tc;

    for (int i = 0; mechanisms[i].name; i++) {
        if (mechanism_skipped(&mechanisms[i])) {
            printf("skipped: %s: %s\n", mechanisms[i].name,
                   mechanism_skipped(&mechanisms[i]));
            continue;
        }
        tc = add_case(suite, mechanisms[i].name, 0);
        add_tests(tc, i);
    }
    return suite;
}
