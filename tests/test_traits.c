/* SPDX-License-Identifier: MIT */
/*
 * What a mechanism's traits say of it, held against what it does: for every
 * mechanism of the table, whether it has the trait or not. (Those that an
 * exchange depends on are held by the contract's tests.)
 */
#include "ipc/explain.h"
#include "ipc/mechanisms.h"
#include "tests/apart.h"
#include "tests/peers.h"
#include "tests/suites.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_SIZE = 512, DEPTH = 4, FRAME_MAX = 1000 };

/* The only line of a small file, or its first; false when it cannot be read. */
static bool read_line(const char *path, char ret_line[static LINE_SIZE])
{
    FILE *file = fopen(path, "re");
    const bool there = file && fgets(ret_line, LINE_SIZE, file);

    if (file)
        (void)fclose(file);
    return there;
}

/* ------------------------------------------------ a descriptor to wait for */

/* Calls that end when a descriptor becomes readable, and others that wait. */
static const long of_descriptors[] = {
    SYS_read,     SYS_recvfrom,    SYS_recvmsg,         SYS_ppoll,
#ifdef SYS_poll
    SYS_poll,
#endif
    SYS_pselect6, SYS_epoll_pwait, SYS_mq_timedreceive,
};

static const long of_others[] = {
    SYS_futex,
    SYS_msgrcv,
    SYS_rt_sigtimedwait,
};

static bool is_among(long call, const long *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (calls[i] == call)
            return true;
    return false;
}

/* The number of the call in which a thread sleeps, as soon as it is the same
 * one for a while; -1: it is at work, or this cannot be known here. */
static long sleeping_call(pid_t thread)
{
    char path[64], first[LINE_SIZE], second[LINE_SIZE];
    long call = -1;

    (void)snprintf(path, sizeof(path), "/proc/%d/syscall", thread);
    if (!read_line(path, first))
        return -1;
    pause_ms(20);
    if (!read_line(path, second) || strcmp(first, second) != 0)
        return -1;
    return sscanf(first, "%ld", &call) == 1 ? call : -1;
}

static bool may_look_at_calls(void)
{
    char line[LINE_SIZE];

    if (read_line("/proc/self/syscall", line))
        return true;
    (void)printf("not tested, /proc/PID/syscall is not there: where a receiver "
                 "waits\n");
    return false;
}

/* Waits for the second job, and has said by whom. */
static void consume_two(struct trial *t)
{
    (void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    peer_take_job(t, 0);
    peer_raise(t, (int)syscall(SYS_gettid));
    peer_take_job(t, 1);
}

static void look_where_it_waits(struct trial *t)
{
    const size_t descriptors = sizeof(of_descriptors) / sizeof(long);
    const size_t others = sizeof(of_others) / sizeof(long);
    const bool pollable = (t->ops->traits & CHANNEL_POLLABLE) != 0;
    bool at_descriptor, elsewhere;
    long call;

    do {
        call = sleeping_call(t->board->stage);
        at_descriptor = is_among(call, of_descriptors, descriptors);
        elsewhere = is_among(call, of_others, others);
    } while (!at_descriptor && !elsewhere);
    if (at_descriptor != pollable)
        peer_fail(t, "it waits in system call %ld: trait pollable is %d", call,
                  pollable);
}

static void produce_two(struct trial *t)
{
    peer_send_job(t, 0);
    peer_await(t, 1);
    look_where_it_waits(t);
    peer_send_job(t, 1);
}

START_TEST(test_pollable)
{
    struct trial t;

    if (!may_look_at_calls() || !trial_open(&t, _i, FRAME_MAX, DEPTH))
        return;
    trial_run(&t, produce_two, consume_two);
    trial_close(&t);
}
END_TEST

/* ---------------------------------------------------- what a peer can take */

/* Memory that is both processes' and may be written here: a peer can take it
 * away by making the file shorter. A memfd is sealed against that. */
static bool maps_shared_file(void)
{
    FILE *file = fopen("/proc/self/maps", "re");
    char line[LINE_SIZE];
    bool found = false;

    while (file && !found && fgets(line, sizeof(line), file))
        found = strstr(line, " rw-s ") && !strstr(line, "/memfd:");
    if (file)
        (void)fclose(file);
    return found;
}

/* Who may signal may kill, and a thread may write everywhere. */
static bool needs_no_memory(const struct channel_ops *ops)
{
    return ops->traits & CHANNEL_THREADS ||
           strcmp(ops->name, "signal-words") == 0;
}

static void expect_guard(struct trial *t)
{
    const bool guarded = (t->ops->traits & CHANNEL_GUARDED) != 0;

    if (needs_no_memory(t->ops) ? guarded : maps_shared_file() == guarded)
        peer_fail(t, "shared memory: %d, trait guarded: %d", maps_shared_file(),
                  guarded);
}

static void produce_and_look(struct trial *t)
{
    peer_produce(t);
    expect_guard(t);
}

static void consume_and_look(struct trial *t)
{
    peer_consume(t);
    expect_guard(t);
}

START_TEST(test_guarded)
{
    struct trial t;

    if (!trial_open(&t, _i, FRAME_MAX, DEPTH))
        return;
    trial_run(&t, produce_and_look, consume_and_look);
    trial_close(&t);
}
END_TEST

/* ------------------------------------------------------------- own threads */

/* Each is a directory of the process. */
static void expect_threads(struct trial *t)
{
    const bool own = (t->ops->traits & CHANNEL_OWN_THREADS) != 0;
    struct stat tasks;

    if (stat("/proc/self/task", &tasks) < 0 || (tasks.st_nlink > 3) != own)
        peer_fail(t, "it has %u threads, trait own-threads: %d",
                  (unsigned)tasks.st_nlink - 2, own);
}

static void produce_and_count(struct trial *t)
{
    peer_produce(t);
    expect_threads(t);
}

static void consume_and_count(struct trial *t)
{
    peer_consume(t);
    expect_threads(t);
}

/* A sanitizer's own threads would count. */
START_TEST(test_own_threads)
{
    struct trial t;

    if (test_is_sanitized() || !trial_open(&t, _i, FRAME_MAX, DEPTH))
        return;
    if (!(t.ops->traits & CHANNEL_THREADS))
        trial_run(&t, produce_and_count, consume_and_count);
    trial_close(&t);
}
END_TEST

/* ----------------------------------------------------- nothing but a place */

/* It is said what is not there or is elsewhere, and not that the other one
 * speaks something else. */
static void expect_told(struct trial *t)
{
    const char *failure = trial_wait_failure(t);
    char text[EXPLAIN_TEXT_MAX] = "";

    ck_assert_msg(strstr(failure, strerror(ENOENT)) ||
                      strstr(failure, strerror(EREMOTE)) ||
                      strstr(failure, strerror(ENETUNREACH)),
                  "%s", failure);
    trial_expect(t, channel_explain(&t->jobs, -ENOENT, text, sizeof(text)) == 0,
                 "it is not said what else has to be shared");
    ck_assert_msg(strstr(text, "container:NAME"), "%s", text);
}

/* Two that share a directory and no namespace exchange their messages, or one
 * of them is told that it cannot; neither waits for ever. */
START_TEST(test_by_directory)
{
    struct trial t;

    if (!apart_possible("two containers and one directory") ||
        !trial_open(&t, _i, FRAME_MAX, DEPTH))
        return;
    if (t.ops->traits & CHANNEL_INHERITED_ONLY)
        trial_expect(&t, !(t.ops->traits & CHANNEL_BY_DIRECTORY),
                     "nothing lies in the directory");
    else {
        t.other_execs = t.other_is_apart = true;
        t.owner = _i % 2 ? PRODUCER : CONSUMER;
        t.messages = 20;
        trial_start(&t, peer_produce, peer_consume);
        if (t.ops->traits & CHANNEL_BY_DIRECTORY)
            trial_wait(&t);
        else
            expect_told(&t);
    }
    trial_close(&t);
}
END_TEST

/* -------------------------------------------------------- other languages */

/* What a program in Perl does to send "hello" to a channel: its arguments are
 * the directory, the session and the key. The others that other languages can
 * speak would take modules, or the protocol of a server. */
#define FRAME "my $f = pack('Q<a*', 5, 'hello');"
#define PEER                                                                   \
    "socket(my $s, AF_UNIX, $kind, 0) or die $!;"                              \
    "connect($s, sockaddr_un($ARGV[0] . '/jobs.sock')) or die $!;"             \
    "syswrite($s, pack('Q', $ARGV[1])); syswrite($s, $f);"

static const struct {
    const char *mechanism;
    const char *script;
} speakers[] = {
    { "fifo", FRAME "open(my $s, '>', $ARGV[0] . '/jobs.fifo') or die $!;"
                    "syswrite($s, $f);" },
    { "unix-stream", "use Socket; my $kind = SOCK_STREAM;" FRAME PEER },
    { "unix-seqpacket", "use Socket; my $kind = SOCK_SEQPACKET;" FRAME PEER },
    { "spool", "my $d = $ARGV[0] . '/jobs.spool/';"
               "open(my $s, '>', $d . 'new') or die $!; print $s 'hello';"
               "close($s); rename($d . 'new', $d . '0' x 16 . '-0000');" },
    { "sysv-mq", FRAME "my $q = msgget($ARGV[2], 0) // die $!;"
                       "msgsnd($q, pack('l!a*', 1, $f), 0) or die $!;" },
};

enum { SPEAKERS = sizeof(speakers) / sizeof(speakers[0]) };

static pid_t start_speaker(const char *script, const struct channel *c)
{
    char session[32], key[32];
    const pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    (void)snprintf(session, sizeof(session), "%" PRIu64, c->config.seed);
    (void)snprintf(key, sizeof(key), "%d", channel_global_key(&c->config));
    (void)execlp("perl", "perl", "-e", script, c->config.dir, session, key,
                 (char *)NULL);
    _exit(127);
}

/* The receiver is the owner, and hears one message. */
static void expect_hello(struct channel *c)
{
    const struct channel_end end = { CHANNEL_RECEIVER, 0, true };
    const void *block;
    size_t size;

    ck_assert_int_eq(channel_attach(c, &end), 0);
    ck_assert_int_eq(channel_acquire(c, &block, &size), 0);
    ck_assert_uint_ge(size, 5);
    ck_assert(memcmp(block, "hello", 5) == 0);
    ck_assert_int_eq(channel_release(c), 0);
}

START_TEST(test_perl)
{
    const int index = index_of(speakers[_i].mechanism);
    struct trial t;
    int status;
    pid_t pid;

    if (system("perl -e 1") != 0) {
        (void)printf("not tested, there is no perl: another language\n");
        return;
    }
    ck_assert(mechanisms[index].ops->traits & CHANNEL_OTHER_LANGUAGES);
    ck_assert(trial_open(&t, index, FRAME_MAX, DEPTH));
    pid = start_speaker(speakers[_i].script, &t.jobs);
    expect_hello(&t.jobs);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    trial_close(&t);
}
END_TEST

/* ------------------------------------------------------------- other users */

static bool is_root(void)
{
    if (geteuid() == 0)
        return true;
    (void)printf("not tested, for root only: another user's process\n");
    return false;
}

/* A descriptor that is inherited asks nobody. All else keeps others out; but
 * what meets at a URL lets in who reaches it, and is not met here. */
START_TEST(test_other_user)
{
    struct trial t;

    if (!is_root() || mechanism_skipped(&mechanisms[_i]) ||
        mechanisms[_i].ops->meeting ||
        mechanisms[_i].ops->traits & CHANNEL_THREADS)
        return;
    ck_assert(trial_open(&t, _i, FRAME_MAX, DEPTH));
    t.other_is_nobody = true;
    trial_start(&t, peer_produce, peer_consume);
    if (t.ops->traits & CHANNEL_INHERITED_ONLY)
        trial_wait(&t);
    else
        trial_expect(&t, strstr(trial_wait_failure(&t), strerror(EACCES)),
                     "it should say that it may not");
    trial_close(&t);
}
END_TEST

/* --------------------------------------------------------------- the suite */

Suite *traits_suite(void)
{
    const TTest *const tests[] = { test_pollable, test_guarded,
                                   test_own_threads, test_by_directory,
                                   test_other_user };
    Suite *suite = suite_create("traits");

    for (int i = 0; mechanisms[i].name; i++) {
        TCase *tc = add_case(suite, mechanisms[i].name, 0);

        for (size_t j = 0; j < sizeof(tests) / sizeof(tests[0]); j++)
            tcase_add_loop_test(tc, tests[j], i, i + 1);
    }
    tcase_add_loop_test(add_case(suite, "perl", 0), test_perl, 0, SPEAKERS);
    return suite;
}
