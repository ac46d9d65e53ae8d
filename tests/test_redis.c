/* SPDX-License-Identifier: MIT */
/*
 * The stream at a server of Redis' as somebody sees it who looks in there: what
 * is left of a message when it is done, what becomes of one whose receiver
 * died, and entries that no sender put there.
 */
#include "ipc/mechanisms.h"
#include "tests/helpers.h"
#include "tests/peers.h"
#include "tests/redis_ask.h"
#include "tests/suites.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAME_MAX = 100, DEPTH = 4 };

static struct trial t;
static char key[CHANNEL_NAME_MAX];
static struct channel sender, receiver, other;

static bool is_skipped(void)
{
    const int index = index_of("redis-stream");

    if (!trial_open(&t, index, FRAME_MAX, DEPTH))
        return true;
    channel_global_name(&t.jobs.config, key);
    return false;
}

static void attach(struct channel *c, enum channel_role role, unsigned index)
{
    const struct channel_end end = { .role = role, .index = index };

    ck_assert_int_eq(channel_open(c, t.ops, &t.jobs.config), 0);
    ck_assert_int_eq(channel_attach(c, &end), 0);
}

static void leave(struct channel *c)
{
    channel_detach(c);
    channel_close(c);
}

static void send_one(unsigned char byte)
{
    void *block;

    ck_assert_int_eq(channel_reserve(&sender, FRAME_MAX, &block), 0);
    memset(block, byte, FRAME_MAX);
    ck_assert_int_eq(channel_commit(&sender, FRAME_MAX), 0);
}

static void expect_one(struct channel *c, unsigned char byte)
{
    const void *block;
    size_t size;

    ck_assert_int_eq(channel_acquire(c, &block, &size), 0);
    ck_assert_uint_eq(size, FRAME_MAX);
    ck_assert_uint_eq(*(const unsigned char *)block, byte);
}

static void release(struct channel *c)
{
    ck_assert_int_eq(channel_release(c), 0);
}

/* What the server says to one command about the stream. */
static void expect_answer(const char *before, const char *behind,
                          const char *answer)
{
    const char *got =
        redis_ask(t.dir, NULL, "%s %s%s\r\n", before, key, behind);

    trial_expect(&t, strncmp(got, answer, strlen(answer)) == 0, "%s %s%s: %s",
                 before, key, behind, got);
}

/* Neither in the stream, nor on the list of what receivers have, and there is
 * room for as many as before. */
START_TEST(test_nothing_stays)
{
    if (is_skipped())
        return;
    attach(&sender, CHANNEL_SENDER, 0);
    attach(&receiver, CHANNEL_RECEIVER, 0);
    for (unsigned char i = 0; i < 3 * DEPTH; i++) {
        send_one(i);
        expect_one(&receiver, i);
        release(&receiver);
    }
    leave(&sender);
    leave(&receiver);
    expect_answer("XLEN", "", ":0\r\n");
    expect_answer("XPENDING", " receivers", "*4\r\n:0\r\n");
    expect_answer("LLEN", ":room", ":4\r\n");
    trial_close(&t);
}
END_TEST

/* An entry that no sender put there. */
START_TEST(test_wrong_entry)
{
    static const int sizes[] = { 0, FRAME_MAX + 1, 10 * FRAME_MAX };
    char value[10 * FRAME_MAX + 1] = "", entry[sizeof(value) + 20];
    const void *block = NULL;
    size_t size;

    if (is_skipped())
        return;
    attach(&receiver, CHANNEL_RECEIVER, 0);
    memset(value, 'x', (size_t)sizes[_i]);
    (void)snprintf(entry, sizeof(entry), " * m \"%s\"", value);
    expect_answer("XADD", entry, "$");
    ck_assert_int_eq(channel_acquire(&receiver, &block, &size), -EPROTO);
    ck_assert_ptr_null(block);
    leave(&receiver);
    trial_close(&t);
}
END_TEST

/* As if the first receiver had taken all it has that long ago. */
static void let_pass(unsigned seconds)
{
    const char *answer =
        redis_ask(t.dir, NULL, "XPENDING %s receivers\r\n", key);
    char id[40], behind[100];

    /* How many, and the first one's id. */
    ck_assert_int_eq(sscanf(answer, "*4 :%*d $%*d %39s", id), 1);
    (void)snprintf(behind, sizeof(behind), " receivers 0 0 %s IDLE %u JUSTID",
                   id, 1000 * seconds);
    expect_answer("XCLAIM", behind, "*1\r\n");
}

/* In a process of its own: one that waits for a message looks for old ones, and
 * then there is a new one. */
static pid_t send_after_look(unsigned char byte)
{
    const pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (!strstr(redis_ask(t.dir, NULL, "INFO commandstats\r\n"),
                   "cmdstat_xautoclaim:"))
        pause_ms(10);
    attach(&sender, CHANNEL_SENDER, 0);
    send_one(byte);
    leave(&sender);
    _exit(0);
}

/* What was taken is another's when ten minutes have gone by, and not before:
 * a receiver that died does not keep it. */
START_TEST(test_dead_receiver)
{
    pid_t pid;

    if (is_skipped())
        return;
    attach(&sender, CHANNEL_SENDER, 0);
    attach(&receiver, CHANNEL_RECEIVER, 0);
    attach(&other, CHANNEL_RECEIVER, 1);
    send_one('a');
    leave(&sender);
    expect_one(&receiver, 'a');
    leave(&receiver);
    let_pass(590);
    pid = send_after_look('b');
    expect_one(&other, 'b');
    release(&other);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    let_pass(601);
    expect_one(&other, 'a');
    release(&other);
    leave(&other);
    expect_answer("XLEN", "", ":0\r\n");
    expect_answer("XPENDING", " receivers", "*4\r\n:0\r\n");
    trial_close(&t);
}
END_TEST

/* Who takes the place of a receiver that died gets at once all that it had
 * taken: what it had in hand, and what it had not come to. */
START_TEST(test_successor)
{
    if (is_skipped())
        return;
    attach(&sender, CHANNEL_SENDER, 0);
    attach(&receiver, CHANNEL_RECEIVER, 0);
    for (unsigned char i = 0; i < DEPTH; i++)
        send_one(i);
    leave(&sender);
    expect_one(&receiver, 0);
    release(&receiver);
    expect_one(&receiver, 1);
    leave(&receiver);
    expect_answer("XPENDING", " receivers", "*4\r\n:3\r\n");
    attach(&receiver, CHANNEL_RECEIVER, 0);
    for (unsigned char i = 1; i < DEPTH; i++) {
        expect_one(&receiver, i);
        release(&receiver);
    }
    leave(&receiver);
    expect_answer("XLEN", "", ":0\r\n");
    expect_answer("LLEN", ":room", ":4\r\n");
    trial_close(&t);
}
END_TEST

Suite *redis_suite(void)
{
    Suite *suite = suite_create("redis");
    TCase *tc = add_case(suite, "redis", 0);

    tcase_add_test(tc, test_nothing_stays);
    tcase_add_loop_test(tc, test_wrong_entry, 0, 3);
    tcase_add_test(tc, test_dead_receiver);
    tcase_add_test(tc, test_successor);
    return suite;
}
