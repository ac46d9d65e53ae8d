/* SPDX-License-Identifier: MIT */
/* One frame at a time where several ends share a queue. */
#include "shared/frame/turn.h"
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

static void set_up(void)
{
    make_test_dir(dir);
    board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(board, MAP_FAILED);
}

static void tear_down(void)
{
    turn_remove(dir, "jobs");
    (void)munmap(board, sizeof(*board));
    ck_assert_msg(rmdir(dir) == 0, "%s: %s", dir, strerror(errno));
}

/* Each process opens the turn for itself, as attach does. */
static pid_t start(enum turn_side side, void (*script)(struct turn *t))
{
    const pid_t pid = fork();
    struct turn turn;

    if (pid != 0)
        return pid;
    if (turn_open(&turn, dir, "jobs", side, ENDS) < 0)
        _exit(1);
    script(&turn);
    turn_close(&turn);
    _exit(0);
}

static void expect_end(pid_t pid)
{
    int status;

    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}

static void take_turns(struct turn *t)
{
    interrupt_every(300);
    for (int i = 0; i < ROUNDS; i++) {
        if (turn_take(t) < 0)
            _exit(1);
        if (atomic_fetch_add(&board->inside, 1) != 0)
            board->collisions++;
        if (i % 50 == 0)
            (void)usleep(100);
        atomic_fetch_sub(&board->inside, 1);
        turn_give(t);
    }
    interrupt_every(0);
}

START_TEST(test_one_at_a_time)
{
    pid_t pid[ENDS];

    for (size_t i = 0; i < ENDS; i++)
        pid[i] = start(TURN_SENDERS, take_turns);
    for (size_t i = 0; i < ENDS; i++)
        expect_end(pid[i]);
    ck_assert_int_eq(board->collisions, 0);
}
END_TEST

static void hold(struct turn *t)
{
    if (turn_take(t) < 0)
        _exit(1);
    board->stage = 1;
    for (;;)
        (void)pause();
}

static void take_once(struct turn *t)
{
    if (turn_take(t) < 0)
        _exit(1);
    turn_give(t);
}

static void await_stage(void)
{
    while (board->stage == 0)
        pause_ms(1);
}

/* Who sends does not wait for who receives. */
START_TEST(test_sides)
{
    const pid_t holder = start(TURN_SENDERS, hold);
    int status;

    await_stage();
    expect_end(start(TURN_RECEIVERS, take_once));
    (void)kill(holder, SIGKILL);
    (void)waitpid(holder, &status, 0);
}
END_TEST

/* A dead holder does not hold. */
START_TEST(test_killed_holder)
{
    const pid_t holder = start(TURN_SENDERS, hold);
    pid_t waiter;
    int status;

    await_stage();
    waiter = start(TURN_SENDERS, take_once);
    pause_ms(50);
    ck_assert_int_eq(waitpid(waiter, &status, WNOHANG), 0);
    (void)kill(holder, SIGKILL);
    (void)waitpid(holder, &status, 0);
    expect_end(waiter);
}
END_TEST

/* One end on its side needs no file. */
START_TEST(test_alone)
{
    struct turn turn;

    ck_assert_int_eq(turn_open(&turn, "/nowhere", "jobs", TURN_SENDERS, 1), 0);
    ck_assert_int_eq(turn.fd, 0);
    ck_assert_int_eq(turn_take(&turn), 0);
    ck_assert_int_eq(turn_take(&turn), 0);
    turn_give(&turn);
    turn_close(&turn);
    ck_assert_int_eq(turn_open(&turn, "/nowhere", "jobs", TURN_SENDERS, 2),
                     -ENOENT);
    turn_close(&turn);
}
END_TEST

Suite *turn_suite(void)
{
    Suite *suite = suite_create("turn");
    TCase *tc = tcase_create("turn");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_one_at_a_time);
    tcase_add_test(tc, test_sides);
    tcase_add_test(tc, test_killed_holder);
    tcase_add_test(tc, test_alone);
    suite_add_tcase(suite, tc);
    return suite;
}
