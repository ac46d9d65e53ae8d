/* SPDX-License-Identifier: MIT */
/* Reading what strace wrote, also when it is hostile; and the command trace. */
#include "ipc/lab/trace/trace_parse.h"
#include "ipc/mechanisms.h"
#include "tests/helpers.h"
#include "tests/program.h"
#include "tests/suites.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SCREEN_WIDTH = 80 };

static struct program p;
static struct trace trace;

static void parse(const char *text, size_t size)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, size, "r");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(trace_parse(file, &trace), 0);
    (void)fclose(file);
}

static void expect_call(size_t i, pid_t process, const char *text, double took)
{
    ck_assert_uint_lt(i, trace.count);
    ck_assert_int_eq(trace.event[i].kind, TRACE_CALL);
    ck_assert_int_eq(trace.event[i].process, process);
    ck_assert_str_eq(trace.event[i].text, text);
    ck_assert_double_eq_tol(trace.event[i].took_s, took, 1e-9);
}

/* ---------------------------------------------------------------- parsing */

START_TEST(test_calls)
{
    static const char text[] =
        "12 100.000001 read(5, \"IPCJ\\\"\\1, 3\"..., 128) = 128 <0.000012>\n"
        "13 100.000002 futex(0x7f0123456789, FUTEX_WAIT, 1, NULL "
        "<unfinished ...>\n"
        "12 100.000003 poll([{fd=7, events=POLLIN}], 1, 500) = 0 <0.5>\n"
        "12 100.000004 close(3)      = -1 EBADF (Bad file descriptor) "
        "<0.000001>\n"
        "13 100.000005 <... futex resumed>)   = 0 <0.000321>\n"
        "12 100.000006 getuid( <unfinished ...>\n"
        "13 100.000007 close(4) = 0 <0.000001>\n"
        "12 100.000008 <... getuid resumed>) = 0 <0.000020>\n"
        "12 100.000009 exit_group(0) = ?\n";

    parse(text, strlen(text));
    ck_assert_uint_eq(trace.count, 7);
    expect_call(0, 12, "read(5, .., 128) = 128", 0.000012);
    expect_call(1, 13, "futex(&, FUTEX_WAIT, 1, NULL) = 0", 0.000321);
    ck_assert(trace.event[1].waited && !trace.event[0].waited);
    ck_assert(!trace.event[4].waited); /* one other proves nothing */
    expect_call(2, 12, "poll([..], 1, 500) = 0", 0.5);
    expect_call(3, 12, "close(3) = -1 EBADF (Bad file descriptor)", 0.000001);
    expect_call(4, 12, "getuid() = 0", 0.00002);
    expect_call(6, 12, "exit_group(0) = ?", -1);
    ck_assert_double_eq_tol(trace.event[2].at_s, 100.000003, 1e-9);
    trace_free(&trace);
}
END_TEST

START_TEST(test_marks)
{
    static const char text[] =
        "7 1.0 write(-1, \"ipc producer begin commit jobs 3\", 32) = -1 EBADF "
        "(Bad file descriptor) <0.00001>\n"
        "7 1.1 write(-1, \"ipc consumer end release results-2 4711\", 39 "
        "<unfinished ...>\n"
        "7 1.2 <... write resumed>) = -1 EBADF (Bad file descriptor) <0.1>\n"
        "7 1.3 write(1, \"ipc producer begin commit jobs 3\", 32) = 32 <0.1>\n";

    parse(text, strlen(text));
    ck_assert_uint_eq(trace.count, 3);
    ck_assert_int_eq(trace.event[0].kind, TRACE_BEGIN);
    ck_assert(trace.event[0].producer);
    ck_assert_str_eq(trace.event[0].operation, "commit");
    ck_assert_str_eq(trace.event[0].channel, "jobs");
    ck_assert_uint_eq(trace.event[0].number, 3);
    ck_assert_int_eq(trace.event[1].kind, TRACE_END);
    ck_assert(!trace.event[1].producer);
    ck_assert_str_eq(trace.event[1].channel, "results-2");
    ck_assert_uint_eq(trace.event[1].number, 4711);
    expect_call(2, 7, "write(1, .., 32) = 32", 0.1);
    trace_free(&trace);
}
END_TEST

/* A thread is its process's; a child is one of its own. */
START_TEST(test_threads)
{
    static const char text[] =
        "7 1.0 clone3({flags=CLONE_VM|CLONE_THREAD}, 88) = 8 <0.1>\n"
        "7 1.1 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID) = 9 <0.1>\n"
        "8 1.2 getpid() = 7 <0.1>\n"
        "9 1.3 getpid() = 9 <0.1>\n";

    parse(text, strlen(text));
    expect_call(2, 7, "getpid() = 7", 0.1);
    expect_call(3, 9, "getpid() = 9", 0.1);
    trace_free(&trace);
}
END_TEST

/* None of these is a call; nothing goes wrong. */
static const char *const strange[] = {
    "",
    "\n\n\n",
    "12",
    "12 ",
    "12 1.0",
    "12 1.0 ",
    "12 1.0 +++ exited with 0 +++\n",
    "12 1.0 --- SIGCHLD {si_signo=SIGCHLD} ---\n",
    "-5 1.0 read(1) = 1 <0.1>\n",
    "99999999999999999999 1.0 read(1) = 1 <0.1>\n",
    "12 1.0 <... read resumed>) = 1 <0.1>\n", /* of no call */
    "12 1.0 <... read",
    "x 1.0 read(1) = 1 <0.1>\n",
    "12 x read(1) = 1 <0.1>\n",
};

START_TEST(test_strange)
{
    parse(strange[_i], strlen(strange[_i]) + 1);
    ck_assert_uint_eq(trace.count, 0);
    trace_free(&trace);
}
END_TEST

/* Half a call, ends that do not come, and lines that are far too long. */
START_TEST(test_torn)
{
    static const char text[] = "1 1.0 read(5, \"abc\n"
                               "1 1.1 poll([{fd=1}, [[[\n"
                               "1 1.2 read(5, \"\\\n"
                               "1 1.3 read(1) = 1 <0.1\n"
                               "1 1.4 read(1) = 1 <>\n"
                               "1 1.5 read(1) = 1 <-3>\n";
    char *line = malloc(20000);

    parse(text, strlen(text));
    ck_assert_uint_eq(trace.count, 6);
    for (size_t i = 0; i < trace.count; i++)
        ck_assert_double_lt(trace.event[i].took_s, 0);
    trace_free(&trace);
    ck_assert_ptr_nonnull(line);
    memset(line, 'x', 20000);
    memcpy(line, "1 1.0 read(", 11);
    line[9990] = '\0'; /* in the midst of it */
    line[19999] = '\n';
    parse(line, 20000);
    ck_assert_uint_eq(trace.count, 1);
    trace_free(&trace);
    free(line);
}
END_TEST

/* ------------------------------------------------------------- the command */

static bool tracing_works(void)
{
    pid_t child;
    int status;

    /* A program with a leak checker, which traces itself, is not to. */
    ck_assert_int_eq(setenv("ASAN_OPTIONS", "detect_leaks=0", 1), 0);
    child = fork();
    if (child == 0)
        _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0);
    return waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0 && system("strace -V >/dev/null 2>&1") == 0;
}

static void expect_in_order(const char *const *parts, size_t count)
{
    const char *at = p.out_text;

    for (size_t i = 0; i < count; i++) {
        at = strstr(at, parts[i]);
        if (!at)
            program_fail(&p, parts[i]);
    }
}

START_TEST(test_pipe)
{
    static const char *const parts[] = {
        "producer",
        "consumer",
        "reserve job: no system call",
        "commit job",
        "write(",
        ", 136) = 136 ",
        "release job: no system call",
        "commit answ",
        "write(",
        "release answer",
        "2 by the producer, 2 by the consumer",
    };

    if (!tracing_works())
        return;
    program_run(&p, "pipe trace");
    program_expect(&p, 0, "acquire job", NULL);
    expect_in_order(parts, sizeof(parts) / sizeof(parts[0]));
    program_expect_width(&p, SCREEN_WIDTH);
}
END_TEST

/* What a futex is called for is seen, though the rest has no room. */
START_TEST(test_thread_queue)
{
    const char *at = p.out_text;
    unsigned calls = 0;

    if (!tracing_works())
        return;
    program_run(&p, "ipc trace thread-queue");
    program_expect(&p, 0, "release answer", "");
    for (; (at = strstr(at, "futex(")); at++, calls++)
        if (strncmp(at, "futex(&, FU", 11) != 0)
            program_fail(&p, "what a futex is called for is not seen");
    ck_assert_uint_gt(calls, 0);
}
END_TEST

START_TEST(test_each)
{
    const struct mechanism *m = &mechanisms[_i];

    if (!tracing_works() || mechanism_skipped(m))
        return;
    program_run(&p, "ipc trace %s --size 64", m->name);
    program_expect(&p, 0, "commit job", "");
    program_expect(&p, 0, "release answer", NULL);
    program_expect_width(&p, SCREEN_WIDTH);
}
END_TEST

/* However narrow; and a number that has no room is left out, not cut. */
START_TEST(test_narrow)
{
    if (!tracing_works())
        return;
    ck_assert_int_eq(setenv("COLUMNS", "40", 1), 0);
    program_run(&p, "pipe trace");
    program_expect(&p, 0, "commit job", NULL);
    program_expect_width(&p, 40);
    ck_assert_int_eq(setenv("COLUMNS", "64", 1), 0);
    program_run(&p, "pipe trace --size 1000");
    program_expect(&p, 0, ") = 1072 ", NULL);
    program_expect_width(&p, 64);
}
END_TEST

/* The run has eight bytes in a call: most are counted, none is lost. */
START_TEST(test_many_calls)
{
    const struct mechanism *m = mechanism_find("signal-words");

    if (!tracing_works() || !m || mechanism_skipped(m))
        return;
    program_run(&p, "ipc trace signal-words --size 4KiB");
    program_expect(&p, 0, "  and ", NULL);
    program_expect(&p, 0, " more", NULL);
    ck_assert_uint_lt(strlen(p.out_text), 8000);
}
END_TEST

/* Whoever is asked to stop leaves nothing: place_close looks. */
START_TEST(test_stopped)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    const int number = numbers[_i / 3];

    if (!tracing_works())
        return;
    program_zero(&p);
    program_start(&p, "ipc trace signal-words --size 64KiB");
    pause_ms(20 + 60 * ((unsigned)_i % 3));
    program_signal(&p, number);
    program_wait(&p);
    ck_assert_int_eq(p.status, 128 + number);
    ck_assert_str_eq(p.out_text, "");
}
END_TEST

START_TEST(test_no_strace)
{
    ck_assert_int_eq(setenv("PATH", "/nonexistent", 1), 0);
    program_run(&p, "pipe trace");
    program_expect_line(&p, 0, "skipped: strace", "setup.sh");
    program_run(&p, "ipc trace");
    program_expect_line(&p, 2, "which mechanism", "");
    program_run(&p, "ipc trace frob");
    program_expect_line(&p, 2, "which mechanism", "");
}
END_TEST

Suite *trace_suite(void)
{
    Suite *s = suite_create("trace");
    TCase *tc = add_case(s, "parse", 0);
    int mechanisms_count = 0;

    tcase_add_test(tc, test_calls);
    tcase_add_test(tc, test_marks);
    tcase_add_test(tc, test_threads);
    tcase_add_loop_test(tc, test_strange, 0,
                        sizeof(strange) / sizeof(strange[0]));
    tcase_add_test(tc, test_torn);
    tc = add_case_with_place(s, "command", 0);
    while (mechanisms[mechanisms_count].name)
        mechanisms_count++;
    tcase_add_test(tc, test_pipe);
    tcase_add_test(tc, test_thread_queue);
    tcase_add_loop_test(tc, test_each, 0, mechanisms_count);
    tcase_add_test(tc, test_narrow);
    tcase_add_test(tc, test_many_calls);
    tcase_add_loop_test(tc, test_stopped, 0, 9);
    tcase_add_test(tc, test_no_strace);
    return s;
}
