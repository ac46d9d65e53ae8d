/* SPDX-License-Identifier: MIT */
/* Who a process is: its pid alone is anybody's in another PID namespace, and
 * after its death. No bystander is signalled. */
#include "shared/base/fd.h"
#include "shared/dir/record.h"
#include "shared/process/child.h"
#include "shared/process/partner.h"
#include "tests/helpers.h"
#include "tests/program.h"
#include "tests/suites.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BYSTANDERS = 12, LOOKS = 20000, TEST_LIMIT_S = 60 };

static char dir[TEST_DIR_MAX];

static void remove_dir(void)
{
    ck_assert_int_eq(rmdir(dir), 0);
}

static struct process self(void)
{
    struct process p = { 0 };

    ck_assert_int_eq(process_self(&p), 0);
    return p;
}

START_TEST(test_self)
{
    struct process p = { 0 };
    int pidfd = 0;

    ck_assert_ptr_null(process_unavailable());
    make_test_dir(dir);
    ck_assert_int_eq(process_read(dir, "jobs", "pid", &p), -ENOENT);
    for (int times = 0; times < 2; times++) /* the later takes its place */
        ck_assert_int_eq(process_announce(dir, "jobs", "pid"), 0);
    ck_assert_int_eq(process_read(dir, "jobs", "pid", &p), 0);
    ck_assert_int_eq(p.pid, getpid());
    ck_assert_uint_eq(p.start, self().start);
    ck_assert_uint_eq(p.space, self().space);
    ck_assert_int_eq(process_open(&p, &pidfd), 0);
    ck_assert_int_gt(pidfd, 0);
    fd_close(&pidfd);
    record_remove(dir, "jobs", "pid");
    remove_dir();
}
END_TEST

/* Numbers by which kill(2) would reach many, or another process altogether,
 * and what is no number. */
START_TEST(test_hostile_record)
{
    static const char *const texts[] = {
        "",
        "7",
        "7 8",
        "0 8 9",
        "1 8 9",
        "-1 8 9",
        "-7 8 9",
        "+7 8 9",
        " 7 8 9",
        "7 8 9 ",
        "7  8 9",
        "7x 8 9",
        "7 8 9x",
        "x 8 9",
        "0x10 8 9",
        "7\n8 9",
        "007 8 9",
        "2147483648 8 9",
        "7 0 9",
        "7 8 0",
        "7 -8 9",
        "7 8 -9",
        "4294967303 8 9",
        "18446744073709551623 8 9",
        "7 99999999999999999999999 9",
        "999999999999999999999999 8 9",
    };
    struct process p = { .pid = 77 };

    make_test_dir(dir);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ck_assert_int_eq(record_write(dir, "jobs", "pid", texts[i]), 0);
        ck_assert_msg(process_read(dir, "jobs", "pid", &p) == -EPROTO,
                      "\"%s\" gave %d", texts[i], (int)p.pid);
        record_remove(dir, "jobs", "pid");
        ck_assert_int_eq(p.pid, 77);
    }
    remove_dir();
}
END_TEST

/* The same number, another life or another place. */
START_TEST(test_another)
{
    struct process later = self(), elsewhere = self();
    int pidfd = 77;

    later.start++;
    ck_assert_int_eq(process_open(&later, &pidfd), -ESRCH);
    elsewhere.space++;
    ck_assert_int_eq(process_open(&elsewhere, &pidfd), -EREMOTE);
    ck_assert_int_eq(pidfd, 77);
}
END_TEST

/* A child that says who it is and then does what it is told. */
static pid_t fork_announced(bool stays)
{
    pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        /* As hard to read as a name can be. */
        (void)prctl(PR_SET_NAME, ") S 1 (\n2 3");
        if (process_announce(dir, "jobs", "pid") < 0)
            _exit(1);
        while (stays)
            (void)pause();
        _exit(0);
    }
    return pid;
}

static struct process await_record(void)
{
    struct process p = { 0 };

    while (process_read(dir, "jobs", "pid", &p) < 0)
        pause_ms(1);
    return p;
}

START_TEST(test_strange_name)
{
    int pidfd = 0, status;
    struct process p;
    pid_t pid;

    make_test_dir(dir);
    pid = fork_announced(true);
    p = await_record();
    ck_assert_int_eq(p.pid, pid);
    ck_assert_int_eq(process_open(&p, &pidfd), 0);
    ck_assert_int_eq(syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0),
                     0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    fd_close(&pidfd);
    record_remove(dir, "jobs", "pid");
    remove_dir();
}
END_TEST

/* Whether or not its parent has asked how it ended. */
START_TEST(test_ended)
{
    siginfo_t info;
    struct process p;
    int pidfd = 0;
    pid_t pid;

    make_test_dir(dir);
    pid = fork_announced(false);
    ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    p = await_record();
    ck_assert_int_eq(process_open(&p, &pidfd), -ESRCH);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    ck_assert_int_eq(process_open(&p, &pidfd), -ESRCH);
    record_remove(dir, "jobs", "pid");
    remove_dir();
}
END_TEST

/* Whoever looks is not misled by a signal of its own. */
START_TEST(test_interrupted)
{
    const struct process me = self();
    int pidfd = 0;

    interrupt_every(50);
    for (int i = 0; i < LOOKS; i++) {
        ck_assert_int_eq(process_open(&me, &pidfd), 0);
        fd_close(&pidfd);
    }
    interrupt_every(0);
}
END_TEST

START_TEST(test_stopped)
{
    siginfo_t info;
    pid_t pid;

    make_test_dir(dir);
    pid = fork_announced(true);
    (void)await_record();
    ck_assert(!process_is_stopped(pid));
    ck_assert_int_eq(kill(pid, SIGSTOP), 0);
    ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT), 0);
    ck_assert(process_is_stopped(pid));
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    ck_assert(!process_is_stopped(pid));
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    ck_assert(!process_is_stopped(pid));
    record_remove(dir, "jobs", "pid");
    remove_dir();
}
END_TEST

START_TEST(test_child)
{
    int status = 77;
    pid_t pid;

    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit(3);
    ck_assert_int_eq(child_await(pid, UINT64_MAX, NULL, &status), 0);
    ck_assert_int_eq(WEXITSTATUS(status), 3);
    status = 77;
    ck_assert_int_eq(child_await(getppid(), UINT64_MAX, NULL, &status),
                     -ECHILD);
    ck_assert_int_eq(status, 77);
}
END_TEST

/* Who is no child, or no longer, is not killed. */
START_TEST(test_child_end)
{
    pid_t pid = fork();
    int status;

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        pid = fork();
        if (pid == 0)
            child_end(getppid());
        _exit(pid > 0 && waitpid(pid, NULL, 0) == pid ? 3 : 0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    while (pid == 0)
        (void)pause();
    child_end(pid);
    ck_assert_int_lt(kill(pid, 0), 0);
}
END_TEST

/* --------------------------------------------------------- two namespaces */

static int hit_pipe[2];
static bool crowded, own_proc;

static bool enter_space(void)
{
    if (unshare(CLONE_NEWPID) == 0)
        return true;
    return unshare(CLONE_NEWUSER | CLONE_NEWPID) == 0;
}

static bool may_make_spaces(void)
{
    int status;
    pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit(!enter_space());
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    if (status == 0)
        return true;
    (void)printf("not tested, PID namespaces may not be made here: a pid that "
                 "is somebody else's\n");
    return false;
}

static void note_hit(int number)
{
    const unsigned char byte = (unsigned char)number;

    (void)!write(STDIN_FILENO, &byte, 1);
}

/* Has a pid that in the other namespace is a worker's. Its stdin is the pipe
 * to write to. */
static void stand_by(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGUSR1, note_hit);
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
        (void)signal(number, note_hit);
    for (;;)
        (void)pause();
}

/* What runs next is the first process of a namespace of its own; its /proc is
 * that namespace's, as in a container, or the one from before. */
static void move_to_space(void)
{
    int status = 0;
    pid_t pid;

    if (!enter_space())
        _exit(126);
    pid = fork();
    if (pid > 0) {
        (void)waitpid(pid, &status, 0);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 125);
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (own_proc && unshare(CLONE_NEWNS) == 0 &&
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
        (void)mount("proc", "/proc", "proc", 0, NULL);
    for (int i = 0; crowded && i < BYSTANDERS; i++)
        if (fork() == 0)
            stand_by();
}

static struct program consumer, producer;

static void run_both(const char *mechanism)
{
    place_open();
    ck_assert_int_eq(pipe2(hit_pipe, O_CLOEXEC), 0);
    own_proc = true;
    program_zero(&consumer);
    consumer.prepare = move_to_space;
    program_start(&consumer, "%s consume --at %s --store %s", mechanism,
                  in_place("meeting"), in_place("store"));
    program_await(&consumer, "waiting for a producer: ");
    crowded = true;
    program_zero(&producer);
    producer.prepare = move_to_space;
    producer.in = hit_pipe[1];
    program_start(&producer,
                  "%s produce --at %s --work verify --size 4KiB --jobs 30",
                  mechanism, in_place("meeting"));
    program_wait(&producer);
    program_wait(&consumer);
}

/* The bystanders end with the producer's program, the first in its namespace,
 * and with them the pipe. */
static void expect_no_hit(void)
{
    unsigned char number = 0;

    fd_close(&hit_pipe[1]);
    ck_assert_msg(read(hit_pipe[0], &number, 1) == 0,
                  "a bystander was hit by signal %d", number);
    fd_close(&hit_pipe[0]);
}

static const char *const by_pid[] = { "signal-doorbell", "signal-words",
                                      "process-vm" };

START_TEST(test_bystander)
{
    if (!may_make_spaces())
        return;
    run_both(by_pid[_i]);
    expect_no_hit();
    ck_assert_int_eq(producer.status, 1);
    ck_assert_int_eq(consumer.status, 1);
    if (!strstr(producer.err_text, "different PID namespaces (") &&
        !strstr(consumer.err_text, "different PID namespaces ("))
        program_fail(&producer, "no word of the namespaces");
    place_close();
}
END_TEST

/* What needs no pid works between the two. */
START_TEST(test_no_pid_needed)
{
    static const char *const others[] = { "mmap-file", "ring", "fifo" };

    if (!may_make_spaces())
        return;
    run_both(others[_i]);
    expect_no_hit();
    program_expect(&producer, 0, NULL, "good: 30 jobs");
    program_expect(&consumer, 0, NULL, "good: 30 jobs");
    place_close();
}
END_TEST

/* In one namespace they work whose-ever /proc is mounted there. */
START_TEST(test_foreign_proc)
{
    static struct program demo;

    if (!may_make_spaces())
        return;
    place_open();
    own_proc = crowded = false;
    program_zero(&demo);
    demo.prepare = move_to_space;
    program_start(&demo, "%s demo --jobs 1 --store %s", by_pid[_i],
                  in_place("store"));
    program_wait(&demo);
    program_expect(&demo, 0, "good", NULL);
    place_close();
}
END_TEST

Suite *process_suite(void)
{
    Suite *suite = suite_create("process");
    TCase *tc = add_case(suite, "identity", 0);

    tcase_add_test(tc, test_self);
    tcase_add_test(tc, test_hostile_record);
    tcase_add_test(tc, test_another);
    tcase_add_test(tc, test_strange_name);
    tcase_add_test(tc, test_ended);
    tcase_add_test(tc, test_interrupted);
    tcase_add_test(tc, test_stopped);
    tcase_add_test(tc, test_child);
    tcase_add_test(tc, test_child_end);
    tc = add_case(suite, "namespaces", TEST_LIMIT_S);
    tcase_add_loop_test(tc, test_bystander, 0, 3);
    tcase_add_loop_test(tc, test_no_pid_needed, 0, 3);
    tcase_add_loop_test(tc, test_foreign_proc, 0, 3);
    return suite;
}
