/* SPDX-License-Identifier: MIT */
/* The queue of many senders and receivers, in the memory of one process. */
#include "queues/ring_mpmc_slots.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    FRAME_MAX = 200,
    DEPTH = 4,
    ENDS_MAX = 4,
    MESSAGES = 5000, /* of each sender */
};

static int fd;

static void set_up(void)
{
    fd = memfd_create("mpmc", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(mpmc_create(fd, FRAME_MAX, DEPTH), 0);
}

static void tear_down(void)
{
    (void)close(fd);
}

static struct mpmc open_end(void)
{
    struct mpmc q;

    ck_assert_int_eq(mpmc_open(&q, fd, FRAME_MAX, DEPTH), 0);
    return q;
}

static void send_text(struct mpmc *q, const char *text)
{
    void *block;

    ck_assert_int_eq(mpmc_reserve(q, &block), 0);
    ck_assert_uint_eq((uintptr_t)block % 64, 0);
    memcpy(block, text, strlen(text) + 1);
    mpmc_commit(q, strlen(text) + 1);
}

static void expect_text(struct mpmc *q, const char *text)
{
    const void *block;
    size_t size;

    ck_assert_int_eq(mpmc_acquire(q, &block, &size), 0);
    ck_assert_uint_eq(size, strlen(text) + 1);
    ck_assert_str_eq(block, text);
    mpmc_release(q);
}

/* Round and round, and every end sees the same queue. */
START_TEST(test_in_order)
{
    struct mpmc a = open_end(), b = open_end(), c = open_end();
    char text[20];

    for (int i = 0; i < 10 * DEPTH; i++) {
        (void)snprintf(text, sizeof(text), "message %d", i);
        send_text(i % 2 ? &a : &b, text);
        expect_text(i % 3 ? &b : &c, text);
    }
    mpmc_close(&a);
    mpmc_close(&b);
    mpmc_close(&c);
}
END_TEST

START_TEST(test_full)
{
    struct mpmc q = open_end();
    char text[DEPTH][20];

    for (int i = 0; i < DEPTH; i++) {
        (void)snprintf(text[i], sizeof(text[i]), "message %d", i);
        send_text(&q, text[i]);
    }
    for (int i = 0; i < DEPTH; i++)
        expect_text(&q, text[i]);
    mpmc_close(&q);
}
END_TEST

/* -------------------------------------------------------- many at one time */

struct message {
    unsigned sender;
    unsigned number;
    unsigned char fill[FRAME_MAX - 2 * sizeof(unsigned)];
};

struct end {
    pthread_t thread;
    unsigned index;
    unsigned senders;
    unsigned count;                         /* receiver: messages to take */
    unsigned char took[ENDS_MAX][MESSAGES]; /* receiver: how often each */
    bool damaged, reordered, failed;
};

static void *send_all(void *arg)
{
    struct end *end = arg;
    struct message *message;
    struct mpmc q;
    void *block;

    end->failed = mpmc_open(&q, fd, FRAME_MAX, DEPTH) < 0;
    for (unsigned i = 0; !end->failed && i < MESSAGES; i++) {
        end->failed = mpmc_reserve(&q, &block) < 0;
        if (end->failed)
            break;
        message = block;
        message->sender = end->index;
        message->number = i;
        memset(message->fill, (int)(end->index + i), sizeof(message->fill));
        mpmc_commit(&q, sizeof(*message));
    }
    mpmc_close(&q);
    return NULL;
}

static void judge(struct end *end, const struct message *message,
                  unsigned next[static ENDS_MAX])
{
    const unsigned sender = message->sender, number = message->number;

    if (sender >= end->senders || number >= MESSAGES) {
        end->damaged = true;
        return;
    }
    for (size_t i = 0; i < sizeof(message->fill); i++)
        if (message->fill[i] != (unsigned char)(sender + number))
            end->damaged = true;
    if (number < next[sender])
        end->reordered = true;
    next[sender] = number + 1;
    end->took[sender][number]++;
}

static void *take_some(void *arg)
{
    struct end *end = arg;
    unsigned next[ENDS_MAX] = { 0 };
    const void *block;
    struct mpmc q;
    size_t size;

    end->failed = mpmc_open(&q, fd, FRAME_MAX, DEPTH) < 0;
    for (unsigned i = 0; !end->failed && i < end->count; i++) {
        end->failed = mpmc_acquire(&q, &block, &size) < 0;
        if (end->failed)
            break;
        if (size == sizeof(struct message))
            judge(end, block, next);
        else
            end->damaged = true;
        mpmc_release(&q);
    }
    mpmc_close(&q);
    return NULL;
}

/* Each message once, to one receiver, whole, and a sender's in order. */
static void expect_all(const struct end *receivers, unsigned count,
                       unsigned senders)
{
    for (unsigned i = 0; i < count; i++) {
        ck_assert(!receivers[i].failed);
        ck_assert(!receivers[i].damaged);
        ck_assert(!receivers[i].reordered);
    }
    for (unsigned s = 0; s < senders; s++)
        for (unsigned n = 0; n < MESSAGES; n++) {
            unsigned times = 0;

            for (unsigned i = 0; i < count; i++)
                times += receivers[i].took[s][n];
            ck_assert_msg(times == 1, "message %u of sender %u: %u times", n, s,
                          times);
        }
}

START_TEST(test_many)
{
    static const unsigned teams[][2] = { { 1, 1 }, { 1, 4 }, { 4, 1 },
                                         { 2, 2 }, { 4, 4 }, { 3, 2 } };
    static struct end senders[ENDS_MAX], receivers[ENDS_MAX];
    const unsigned from = teams[_i][0], to = teams[_i][1];

    memset(receivers, 0, sizeof(receivers));
    for (unsigned i = 0; i < to; i++) {
        receivers[i].senders = from;
        receivers[i].count = from * MESSAGES / to + (i < from * MESSAGES % to);
        ck_assert_int_eq(pthread_create(&receivers[i].thread, NULL, take_some,
                                        &receivers[i]),
                         0);
    }
    for (unsigned i = 0; i < from; i++) {
        senders[i] = (struct end){ .index = i };
        ck_assert_int_eq(
            pthread_create(&senders[i].thread, NULL, send_all, &senders[i]), 0);
    }
    for (unsigned i = 0; i < from; i++) {
        (void)pthread_join(senders[i].thread, NULL);
        ck_assert(!senders[i].failed);
    }
    for (unsigned i = 0; i < to; i++)
        (void)pthread_join(receivers[i].thread, NULL);
    expect_all(receivers, to, from);
}
END_TEST

/* Who sleeps is woken: far beyond the spin. */
START_TEST(test_sleepers)
{
    static struct end receivers[ENDS_MAX];
    struct mpmc q = open_end();
    struct message message = { 0 };
    void *block;

    memset(receivers, 0, sizeof(receivers));
    for (unsigned i = 0; i < ENDS_MAX; i++) {
        receivers[i].senders = 1;
        receivers[i].count = 1;
        ck_assert_int_eq(pthread_create(&receivers[i].thread, NULL, take_some,
                                        &receivers[i]),
                         0);
    }
    for (unsigned i = 0; i < ENDS_MAX; i++) {
        pause_ms(20);
        message.number = i;
        memset(message.fill, (int)i, sizeof(message.fill));
        ck_assert_int_eq(mpmc_reserve(&q, &block), 0);
        memcpy(block, &message, sizeof(message));
        mpmc_commit(&q, sizeof(message));
    }
    for (unsigned i = 0; i < ENDS_MAX; i++) {
        (void)pthread_join(receivers[i].thread, NULL);
        ck_assert(!receivers[i].failed && !receivers[i].damaged);
    }
    mpmc_close(&q);
}
END_TEST

static atomic_int holders;

/* Takes a message and keeps it until both have one. */
static void *take_and_hold(void *arg)
{
    bool *both = arg;
    struct mpmc q = open_end();
    const void *block;
    size_t size;

    if (mpmc_acquire(&q, &block, &size) == 0)
        atomic_fetch_add(&holders, 1);
    for (int ms = 0; ms < 5000 && atomic_load(&holders) < 2; ms++)
        pause_ms(1);
    *both = atomic_load(&holders) == 2;
    mpmc_release(&q);
    mpmc_close(&q);
    return NULL;
}

/* The later of two slots is filled first: the call for it wakes one who can
 * take neither, and must not be the only one. */
START_TEST(test_out_of_order)
{
    struct mpmc first = open_end(), second = open_end();
    pthread_t thread[2];
    bool both[2];
    void *block;

    atomic_store(&holders, 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(
            pthread_create(&thread[i], NULL, take_and_hold, &both[i]), 0);
    pause_ms(20);
    ck_assert_int_eq(mpmc_reserve(&first, &block), 0);
    ck_assert_int_eq(mpmc_reserve(&second, &block), 0);
    mpmc_commit(&second, 1);
    pause_ms(5);
    mpmc_commit(&first, 1);
    for (int i = 0; i < 2; i++) {
        (void)pthread_join(thread[i], NULL);
        ck_assert(both[i]);
    }
    mpmc_close(&first);
    mpmc_close(&second);
}
END_TEST

/* ----------------------------------------------------------- hostile bytes */

static struct mpmc_slot *first_slot(const struct mpmc *q)
{
    return (struct mpmc_slot *)((unsigned char *)q->page + 4096);
}

/* A turn that no end can have written. */
START_TEST(test_wrong_turn)
{
    static const uint64_t turns[] = { UINT64_MAX / 2, 100, UINT64_MAX - 100,
                                      2 * DEPTH + 3 };
    struct mpmc q = open_end();
    const void *read;
    void *block;
    size_t size;

    atomic_store(&first_slot(&q)->turn, turns[_i]);
    ck_assert_int_eq(mpmc_reserve(&q, &block), -EPROTO);
    ck_assert_int_eq(mpmc_acquire(&q, &read, &size), -EPROTO);
    mpmc_close(&q);
}
END_TEST

START_TEST(test_wrong_size)
{
    static const uint64_t sizes[] = { 0, FRAME_MAX + 1, UINT64_MAX };
    struct mpmc q = open_end();
    const void *read;
    size_t size;

    send_text(&q, "x");
    atomic_store(&first_slot(&q)->size, sizes[_i]);
    ck_assert_int_eq(mpmc_acquire(&q, &read, &size), -EPROTO);
    mpmc_close(&q);
}
END_TEST

/* Tickets from nowhere lead to slots of this queue all the same. */
START_TEST(test_wrong_tickets)
{
    struct mpmc q = open_end();
    void *block;

    atomic_store(&q.page->sends, UINT64_MAX - 1);
    ck_assert_int_eq(mpmc_reserve(&q, &block), -EPROTO);
    mpmc_close(&q);
}
END_TEST

START_TEST(test_other_queue)
{
    struct mpmc q;

    ck_assert_int_eq(mpmc_open(&q, fd, FRAME_MAX, DEPTH + 1), -EPROTO);
    ck_assert_int_eq(mpmc_open(&q, fd, FRAME_MAX + 64, DEPTH), -EPROTO);
    ck_assert_int_eq(mpmc_open(&q, fd, FRAME_MAX, 1), -EPROTO);
    ck_assert_int_eq(mpmc_open(&q, fd, SIZE_MAX, DEPTH), -EFBIG);
    ck_assert_int_eq(mpmc_create(fd, FRAME_MAX, SIZE_MAX / 2), -EFBIG);
    q = open_end();
    q.page->magic ^= 1;
    mpmc_close(&q);
    ck_assert_int_eq(mpmc_open(&q, fd, FRAME_MAX, DEPTH), -EPROTO);
    ck_assert_int_eq(ftruncate(fd, 100), 0);
    ck_assert_int_eq(mpmc_open(&q, fd, FRAME_MAX, DEPTH), -EPROTO);
    mpmc_close(&q);
}
END_TEST

Suite *mpmc_suite(void)
{
    Suite *suite = suite_create("mpmc");
    TCase *tc = tcase_create("mpmc");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_in_order);
    tcase_add_test(tc, test_full);
    tcase_add_loop_test(tc, test_many, 0, 6);
    tcase_add_test(tc, test_sleepers);
    tcase_add_test(tc, test_out_of_order);
    tcase_add_loop_test(tc, test_wrong_turn, 0, 4);
    tcase_add_loop_test(tc, test_wrong_size, 0, 3);
    tcase_add_test(tc, test_wrong_tickets);
    tcase_add_test(tc, test_other_queue);
    suite_add_tcase(suite, tc);
    return suite;
}
