/* SPDX-License-Identifier: MIT */
/* A lock that several processes take, one at a time. */
#include "shared/base/fd.h"
#include "shared/dir/lock.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENDS = 4, ROUNDS = 500 };

/* What the processes share: who is in, and how often two were. */
struct board {
    atomic_int inside;
    atomic_int collisions;
    atomic_int stage;
};

static char dir[TEST_DIR_MAX];
static struct board *board;

static const char *in_dir(const char *name)
{
    static char path[TEST_DIR_MAX + 10];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void set_up(void)
{
    make_test_dir(dir);
    board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(board, MAP_FAILED);
}

static void tear_down(void)
{
    (void)unlink(in_dir("one"));
    (void)unlink(in_dir("other"));
    (void)munmap(board, sizeof(*board));
    ck_assert_msg(rmdir(dir) == 0, "%s: %s", dir, strerror(errno));
}

/* Each process opens the file for itself, as attach does. */
static pid_t start(const char *name, void (*script)(int lock))
{
    const pid_t pid = fork();
    int lock;

    if (pid != 0)
        return pid;
    if (lock_open(in_dir(name), &lock) < 0)
        _exit(1);
    script(lock);
    fd_close(&lock);
    _exit(0);
}

static void expect_end(pid_t pid)
{
    int status;

    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}

static void take_turns(int lock)
{
    interrupt_every(300);
    for (int i = 0; i < ROUNDS; i++) {
        if (lock_take(lock) < 0)
            _exit(1);
        if (atomic_fetch_add(&board->inside, 1) != 0)
            board->collisions++;
        if (i % 50 == 0)
            (void)usleep(100);
        atomic_fetch_sub(&board->inside, 1);
        (void)lock_give(lock);
    }
    interrupt_every(0);
}

START_TEST(test_one_at_a_time)
{
    pid_t pid[ENDS];

    for (size_t i = 0; i < ENDS; i++)
        pid[i] = start("one", take_turns);
    for (size_t i = 0; i < ENDS; i++)
        expect_end(pid[i]);
    ck_assert_int_eq(board->collisions, 0);
}
END_TEST

static void hold(int lock)
{
    if (lock_take(lock) < 0)
        _exit(1);
    board->stage = 1;
    for (;;)
        (void)pause();
}

static void take_once(int lock)
{
    if (lock_take(lock) < 0)
        _exit(1);
    (void)lock_give(lock);
}

static void await_stage(void)
{
    while (board->stage == 0)
        pause_ms(1);
}

/* Another file is another lock. */
START_TEST(test_two_files)
{
    const pid_t holder = start("one", hold);
    int status;

    await_stage();
    expect_end(start("other", take_once));
    (void)kill(holder, SIGKILL);
    (void)waitpid(holder, &status, 0);
}
END_TEST

/* A dead holder does not hold. */
START_TEST(test_killed_holder)
{
    const pid_t holder = start("one", hold);
    pid_t waiter;
    int status;

    await_stage();
    waiter = start("one", take_once);
    pause_ms(50);
    ck_assert_int_eq(waitpid(waiter, &status, WNOHANG), 0);
    (void)kill(holder, SIGKILL);
    (void)waitpid(holder, &status, 0);
    expect_end(waiter);
}
END_TEST

/* No file is nobody else's. */
START_TEST(test_none)
{
    int lock = 0;

    ck_assert_int_eq(lock_take(0), 0);
    ck_assert_int_eq(lock_try(0), 0);
    ck_assert_int_eq(lock_give(0), 0);
    ck_assert_int_eq(symlink("one", in_dir("other")), 0);
    ck_assert_int_eq(lock_open(in_dir("other"), &lock), -ELOOP);
    ck_assert_int_eq(lock, 0);
    ck_assert_int_eq(lock_open("/nowhere/lock", &lock), -ENOENT);
}
END_TEST

Suite *lock_suite(void)
{
    Suite *suite = suite_create("lock");
    TCase *tc = tcase_create("lock");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_one_at_a_time);
    tcase_add_test(tc, test_two_files);
    tcase_add_test(tc, test_killed_holder);
    tcase_add_test(tc, test_none);
    suite_add_tcase(suite, tc);
    return suite;
}
