/* SPDX-License-Identifier: MIT */
/*
 * Which mechanisms an answer leaves: what is expected stands here by name, and
 * not by the traits that the answer is made from.
 */
#include "ipc/advice/fit.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <stdio.h>
#include <string.h>

/* All but a few, where the list begins with "!". */
static const struct {
    unsigned needs;
    const char *without;
    const char *fit;
} answers[] = {
    { 0, "", "! thread-queue " },
    { NEED_THREADS, "", "! " },
    { NEED_THREADS | NEED_STRANGERS, "", "! pipe splice thread-queue " },
    { NEED_STRANGERS, "", "! pipe splice thread-queue " },
    { NEED_USERS, "", " pipe splice tcp zeromq redis-stream " },
    { NEED_USERS | NEED_STRANGERS, "", " tcp zeromq redis-stream " },
    { NEED_MACHINES, "", " tcp zeromq redis-stream " },
    { NEED_MACHINES | NEED_CONTAINERS, "", " tcp zeromq redis-stream " },
    { NEED_LANGUAGES, "",
      "! mmap-file process-vm signal-words signal-doorbell udp ring ring-mpmc "
      "thread-queue " },
    { NEED_DURABLE, "",
      " json-file mmap-file signal-doorbell posix-mq sysv-mq ring ring-mpmc "
      "spool sqlite redis-stream " },
    { NEED_DEATH, "",
      " pipe fifo splice unix-stream unix-seqpacket unix-fd tcp udp " },
    { NEED_DEATH | NEED_DURABLE, "", " " },
    { NEED_POLL, "",
      "! mmap-file process-vm signal-words signal-doorbell udp sysv-mq ring "
      "ring-mpmc thread-queue " },
    { NEED_WORKERS, "",
      " posix-mq sysv-mq ring-mpmc spool sqlite zeromq redis-stream " },
    { NEED_ORDER, "", "! thread-queue " },
    { NEED_WORKERS | NEED_ORDER, "", " " },
    { NEED_HOSTILE, "",
      "! mmap-file process-vm signal-words signal-doorbell ring ring-mpmc "
      "sqlite thread-queue " },
    { NEED_CONTAINERS, "",
      " json-file mmap-file fifo unix-stream unix-seqpacket unix-dgram unix-fd "
      "spool sqlite zeromq redis-stream " },
    { 0, "all", "! json-file udp sqlite zeromq redis-stream thread-queue " },
    { 0, "redis,zmq", "! zeromq redis-stream thread-queue " },
};

enum { ANSWERS = sizeof(answers) / sizeof(answers[0]) };

static bool is_expected(const char *fit, const char *name)
{
    char word[64];

    (void)snprintf(word, sizeof(word), " %s ", name);
    return (strstr(fit, word) != NULL) != (fit[0] == '!');
}

START_TEST(test_answer)
{
    struct question q = { .needs = answers[_i].needs, .size = 64 };

    (void)strcpy(q.without, answers[_i].without);
    for (const struct mechanism *m = mechanisms; m->name; m++) {
        const char *fault = fit_fault(&q, m);

        if (mechanism_skipped(m))
            ck_assert_str_eq(fault, mechanism_skipped(m));
        else
            ck_assert_msg(!fault == is_expected(answers[_i].fit, m->name),
                          "%s: %s", m->name, fault ? fault : "fits");
    }
}
END_TEST

/* --------------------------------------------------------------- asked for */

static struct question asked;

static bool ask(const char *typed)
{
    asked = (struct question){ .size = 4096 };
    stdin = fmemopen((void *)(uintptr_t)typed, strlen(typed), "r");
    ck_assert_ptr_nonnull(stdin);
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stdout));
    return question_ask(&asked);
}

/* Only Enter is the default of all. */
START_TEST(test_defaults)
{
    ck_assert(ask("\n\n\n\n\n\n\n\n\n\n\n\n"));
    ck_assert_uint_eq(asked.needs, 0);
    ck_assert_uint_eq(asked.size, 4096);
    ck_assert_uint_eq(asked.rate, 0);
    ck_assert_str_eq(asked.without, "");
    ck_assert_msg(!ask("\n\n\n\n\n\n\n\n\n\n\n"), "an answer too few");
}
END_TEST

/* What makes no sense is asked for again. */
START_TEST(test_answers)
{
    ck_assert(ask("nobody\nu\nx\n64\n-1\n500\ny\nn\ny\n\ny\nY\n\ny\n"
                  "magic\nzmq, redis\n"));
    ck_assert_uint_eq(
        asked.needs, NEED_STRANGERS | NEED_USERS | NEED_LANGUAGES | NEED_DEATH |
                         NEED_WORKERS | NEED_ORDER | NEED_CONTAINERS);
    ck_assert_uint_eq(asked.size, 64);
    ck_assert_uint_eq(asked.rate, 500);
    ck_assert_str_eq(asked.without, "zmq, redis");
}
END_TEST

/* --------------------------------------------------------------- the suite */

Suite *advice_suite(void)
{
    Suite *suite = suite_create("advice");
    TCase *tc = add_case(suite, "answers", 0);

    tcase_add_loop_test(tc, test_answer, 0, ANSWERS);
    tc = add_case(suite, "questions", 0);
    tcase_add_test(tc, test_defaults);
    tcase_add_test(tc, test_answers);
    return suite;
}
