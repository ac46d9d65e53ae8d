/* SPDX-License-Identifier: MIT */
/*
 * Whose descriptors are whose: while a run is under way nobody holds an end of
 * a channel that is not his, or its owner's death would be hidden from the
 * other side; and no descriptor outlives exec(2). And how two programs take
 * leave of each other: both agree, and neither is late.
 */
#include "ipc/apart/side.h"
#include "ipc/channel_config.h"
#include "ipc/mechanisms.h"
#include "tests/helpers.h"
#include "tests/program.h"
#include "tests/suites.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEST_LIMIT_S = 120, HELD_MAX = 512, LATE_S = 9 };

#define ENDLESS "--work verify --size 4KiB --jobs 100000000"

static struct program consumer, producer;

static bool meets_by_name(const struct mechanism *m)
{
    return !mechanism_skipped(m) && !(m->ops->traits & CHANNEL_INHERITED_ONLY);
}

/* --------------------------------------------------- what a process holds */

struct held {
    char link[PATH_MAX];
    bool close_on_exec;
};

/* Of descriptors 0, 1 and 2 a process has whatever it was given. */
static size_t list_held(pid_t pid, struct held ret_held[static HELD_MAX])
{
    char path[64], flags[32];
    const struct dirent *entry;
    size_t count = 0;
    bool told;
    ssize_t n;
    FILE *info;
    DIR *stream;

    (void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
    stream = opendir(path);
    ck_assert_ptr_nonnull(stream);
    while ((entry = readdir(stream))) {
        struct held *held = &ret_held[count];

        if (entry->d_name[0] == '.' || atoi(entry->d_name) <= STDERR_FILENO)
            continue;
        n = readlinkat(dirfd(stream), entry->d_name, held->link,
                       sizeof(held->link) - 1);
        if (n < 0)
            continue;
        held->link[n] = '\0';
        (void)snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.20s", pid,
                       entry->d_name);
        info = fopen(path, "re");
        if (!info)
            continue;
        told = fscanf(info, "pos: %*d flags: %31s", flags) == 1;
        (void)fclose(info);
        if (!told) /* it was closed meanwhile */
            continue;
        held->close_on_exec = strtoul(flags, NULL, 8) & O_CLOEXEC;
        ck_assert_uint_lt(++count, HELD_MAX);
    }
    (void)closedir(stream);
    return count;
}

/* What a supervisor may hold: its run's directory, the locks in it, and what
 * else its side needs to know whether the other is there. */
static bool is_supervisors(const char *link, const char *allowed)
{
    static const char made[] = "/" CHANNEL_PREFIX;
    const char *name = strrchr(link, '/');

    if (name &&
        (strcmp(name, "/consumer.lock") == 0 ||
         strcmp(name, "/producer.lock") == 0 || strcmp(name, "/x") == 0 ||
         strncmp(name, made, strlen(made)) == 0))
        return true;
    /* Removed when the producer joined: what was a lock stays open. */
    if (strstr(link, ".lock (deleted)"))
        return true;
    return allowed && strncmp(link, allowed, strlen(allowed)) == 0;
}

static void expect_closed_by_exec(const char *who, const struct held *held)
{
    ck_assert_msg(held->close_on_exec, "%s: %s is not close-on-exec", who,
                  held->link);
}

/* Waits until it holds nothing else: it drops its copies after the fork. */
static void expect_supervisor(const char *who, pid_t pid, const char *allowed)
{
    static struct held held[HELD_MAX];
    const double limit = seconds_now() + 5 * test_patience();
    const char *wrong;
    size_t count;

    do {
        wrong = NULL;
        count = list_held(pid, held);
        for (size_t i = 0; i < count; i++) {
            expect_closed_by_exec(who, &held[i]);
            if (!is_supervisors(held[i].link, allowed))
                wrong = held[i].link;
        }
        pause_ms(wrong ? 10 : 0);
    } while (wrong && seconds_now() < limit);
    ck_assert_msg(!wrong, "%s holds %s", who, wrong);
}

/* Whether it is an end that tells by its closing that a process is gone, and
 * whose two ends have names of their own. */
static bool is_an_end(const char *link)
{
    return strncmp(link, "socket:[", strlen("socket:[")) == 0;
}

/* Two workers share memory, queues and files; never a socket. A pipe's ends
 * have one name: of those each has one. */
static void expect_apart(const char *name, pid_t one, pid_t other)
{
    static struct held mine[HELD_MAX], theirs[HELD_MAX];
    const size_t mine_count = list_held(one, mine);
    const size_t their_count = list_held(other, theirs);

    for (size_t i = 0; i < mine_count; i++)
        expect_closed_by_exec(name, &mine[i]);
    for (size_t i = 0; i < their_count; i++)
        expect_closed_by_exec(name, &theirs[i]);
    for (size_t i = 0; i < mine_count; i++)
        for (size_t j = 0; j < their_count; j++)
            ck_assert_msg(!is_an_end(mine[i].link) ||
                              strcmp(mine[i].link, theirs[j].link) != 0,
                          "%s: both workers hold %s", name, mine[i].link);
}

/* No pipe is held twice by one process: it would be both its ends. */
static void expect_one_end(const char *name, pid_t pid)
{
    static struct held held[HELD_MAX];
    const size_t count = list_held(pid, held);

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            ck_assert_msg(strncmp(held[i].link, "pipe:[", 6) != 0 ||
                              strcmp(held[i].link, held[j].link) != 0,
                          "%s: a worker holds both ends of %s", name,
                          held[i].link);
}

/* ------------------------------------------------------------ one program */

/* A server of the run's own hears of its supervisor's death by a pipe. */
static const char *held_in_demo(const struct mechanism *m)
{
    return strcmp(m->name, "redis-stream") == 0 ? "pipe:[" : NULL;
}

/* Whether its two workers are processes, with ends of their own. */
static bool has_two(const struct mechanism *m)
{
    return !mechanism_skipped(m) && !(m->ops->traits & CHANNEL_THREADS);
}

/* The supervisor is the program itself; 0: the child that it has. */
static void expect_ends_of_one_program(const struct mechanism *m,
                                       pid_t supervisor)
{
    /* The row `none` has no producer. */
    const pid_t other = program_await_worker(&consumer, "producer");
    const pid_t one = program_await_worker(&consumer, "consumer");
    pid_t children[PROGRAM_CHILDREN_MAX];

    if (!supervisor) {
        program_await_children(&consumer, 1, children);
        supervisor = children[0];
    }
    pause_ms(100);
    expect_supervisor(m->name, supervisor, held_in_demo(m));
    expect_apart(m->name, one, other);
    expect_one_end(m->name, one);
    expect_one_end(m->name, other);
    program_signal(&consumer, SIGTERM);
    program_wait(&consumer);
}

START_TEST(test_demo)
{
    const struct mechanism *m = &mechanisms[_i];

    if (!has_two(m))
        return;
    program_zero(&consumer);
    program_start(&consumer, "%s demo --image %s --store %s --jobs 1000000",
                  m->name, place_add_picture("photo.jpg"), in_place("store"));
    /* That was the first job, in a run of its own. */
    program_await(&consumer, "the job is complete");
    expect_ends_of_one_program(m, consumer.pid);
}
END_TEST

/* Between it and its round's program there is their sheet, and no more. */
static void expect_bench(pid_t pid)
{
    static struct held held[HELD_MAX];
    const size_t count = list_held(pid, held);

    for (size_t i = 0; i < count; i++) {
        expect_closed_by_exec("bench", &held[i]);
        ck_assert_msg(strstr(held[i].link, "ipc-bench-sheet") ||
                          strstr(held[i].link, "[pidfd]"),
                      "bench holds %s", held[i].link);
    }
}

/* It measures the machine first: for every mechanism when there is time. */
START_TEST(test_bench)
{
    const struct mechanism *m = &mechanisms[_i];

    if (!has_two(m) || (!test_is_long() && strcmp(m->name, "unix-stream") != 0))
        return;
    program_zero(&consumer);
    program_start(&consumer,
                  "%s bench --size 64 --rounds 1 --jobs 10000000 "
                  "--seconds 100",
                  m->name);
    (void)program_await_worker(&consumer, "producer");
    expect_bench(consumer.pid);
    expect_ends_of_one_program(m, 0);
}
END_TEST

/* ------------------------------------------------------------ two programs */

static void start_both(const struct mechanism *m, const char *what)
{
    program_zero(&consumer);
    program_zero(&producer);
    program_start(&consumer, "%s consume --at x --store %s", m->name,
                  in_place("store"));
    program_await(&consumer, "waiting for a producer: ");
    program_start(&producer, "ipc produce --at x %s", what);
}

START_TEST(test_two_programs)
{
    const struct mechanism *m = &mechanisms[_i];
    pid_t one, other;

    if (!meets_by_name(m))
        return;
    start_both(m, ENDLESS);
    one = program_await_worker(&consumer, "consumer");
    other = program_await_worker(&producer, "producer");
    pause_ms(100);
    expect_supervisor("the consumer's supervisor", consumer.pid,
                      held_in_demo(m));
    expect_supervisor("the producer's supervisor", producer.pid, NULL);
    expect_apart(m->name, one, other);
    program_signal(&producer, SIGTERM);
    program_wait(&producer);
    program_wait(&consumer);
}
END_TEST

/* -------------------------------------------------------------------- leave */

/* 0 when the program has ended already. */
static pid_t any_worker(const struct program *p)
{
    pid_t children[PROGRAM_CHILDREN_MAX] = { 0 };

    while (program_children(p, children) == 0 && !process_is_gone(p->pid))
        pause_ms(1);
    return children[0];
}

static void hold_up(pid_t worker)
{
    if (worker == 0 || kill(worker, SIGSTOP) < 0)
        return;
    pause_ms(200);
    (void)kill(worker, SIGCONT);
}

/* Whoever is held up for a moment, and when: both sides then agree, and nobody
 * waits for one who has left. */
START_TEST(test_leave)
{
    const struct mechanism *m = &mechanisms[_i];
    struct program *const held[] = { &consumer, &producer };
    pid_t worker;
    double began;

    if (!meets_by_name(m))
        return;
    for (unsigned i = 0; i < (test_is_long() ? 12 : 4); i++) {
        start_both(m, "--work verify --size 4KiB --jobs 300");
        worker = any_worker(held[i % 2]);
        pause_ms(i * (test_is_long() ? 2 : 6));
        hold_up(worker);
        began = seconds_now();
        program_wait(&producer);
        program_wait(&consumer);
        ck_assert_msg(seconds_now() - began < LATE_S * test_patience(),
                      "%s: it ended %.1f s late", m->name,
                      seconds_now() - began);
        program_expect(&producer, 0, NULL, "good: 300 jobs");
        program_expect(&consumer, 0, NULL, "good: 300 jobs");
    }
}
END_TEST

/* Who has sent its END may leave; then the other has so long to end, too. */
START_TEST(test_peer_leaves)
{
    static struct worker_page page;
    static struct side side = { .worker = { .self = &page } };

    ck_assert(!side_peer_left(&side, true));
    ck_assert(side_peer_left(&side, false));
    atomic_store(&page.last, true);
    ck_assert(!side_peer_left(&side, false));
    ck_assert(!side_peer_left(&side, false));
    side.left_ns -= (SIDE_PEER_LEAVES_MS + 1) * 1000000ull;
    ck_assert(side_peer_left(&side, false));
    ck_assert(!side_peer_left(&side, true)); /* it is there after all */
    ck_assert(!side_peer_left(&side, false));
    atomic_store(&page.last, false);
    atomic_store(&page.phase, PHASE_DETACH);
    ck_assert(!side_peer_left(&side, false));
}
END_TEST

/* -------------------------------------------------------------------- suite */

Suite *ends_suite(void)
{
    Suite *suite = suite_create("ends");
    TCase *tc;

    for (int i = 0; mechanisms[i].name; i++) {
        tc = add_case_with_place(suite, mechanisms[i].name, TEST_LIMIT_S);
        tcase_add_loop_test(tc, test_demo, i, i + 1);
        tcase_add_loop_test(tc, test_bench, i, i + 1);
        tcase_add_loop_test(tc, test_two_programs, i, i + 1);
        tcase_add_loop_test(tc, test_leave, i, i + 1);
    }
    tc = add_case(suite, "peer", 0);
    tcase_add_test(tc, test_peer_leaves);
    return suite;
}
