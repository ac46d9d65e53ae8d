/* SPDX-License-Identifier: MIT */
#include "ipc/job/pattern.h"
#include "shared/memory/barrier.h"
#include "shared/memory/cursor.h"
#include "shared/memory/slots.h"
#include "shared/memory/tally.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

enum { FRAME_MAX = 100, DEPTH = 3, SLOT_SIZE = 64 + 128, PAGE = 4096 };

/* Both ends of a row of slots in one process. */
struct row {
    struct slots_header *header; /* just as long as the row */
    size_t bytes;
    struct slots sender;
    struct slots receiver;
};

/* A row whose ends are not open yet, with both counters at start. */
static struct row format_row(size_t depth, uint64_t start)
{
    struct row row = { 0 };
    void *memory;

    ck_assert_int_eq(slots_bytes(FRAME_MAX, depth, &row.bytes), 0);
    ck_assert_int_eq(posix_memalign(&memory, 128, row.bytes), 0);
    row.header = memory;
    memset(row.header, 0xaa, row.bytes);
    slots_format(row.header, FRAME_MAX, depth);
    row.header->tally.sent.at = start;
    row.header->tally.freed.at = start;
    return row;
}

static struct row open_row(size_t depth, uint64_t start)
{
    struct row row = format_row(depth, start);

    ck_assert_int_eq(
        slots_open(&row.sender, row.header, FRAME_MAX, depth, true), 0);
    ck_assert_int_eq(
        slots_open(&row.receiver, row.header, FRAME_MAX, depth, false), 0);
    return row;
}

static void close_row(struct row *row)
{
    free(row->header);
}

static uint32_t send_one(struct slots *sender, size_t size, uint64_t id)
{
    void *block;

    ck_assert_int_eq(tally_look(&sender->tally), 1);
    block = slots_blank(sender);
    ck_assert_uint_eq((uintptr_t)block % 64, 0);
    memset(block, 0x55, FRAME_MAX); /* all of it is the sender's */
    pattern_fill(block, size, id);
    return cursor_advance(sender->tally.own, slots_fill(sender, size));
}

static uint32_t receive_one(struct slots *receiver, size_t size, uint64_t id)
{
    const void *block;
    size_t received;

    ck_assert_int_eq(tally_look(&receiver->tally), 1);
    ck_assert_int_eq(slots_message(receiver, &block, &received), 0);
    ck_assert_uint_eq(received, size);
    ck_assert_uint_eq(pattern_check(block, size, id), size);
    return cursor_advance(receiver->tally.own, slots_free(receiver));
}

/* Sends and receives until every slot was used several times, with none, one
 * and all slots filled. */
static void go_round(struct row *row, size_t depth)
{
    for (size_t held = 1; held <= depth; held++)
        for (uint64_t id = 0; id < 10; id++) {
            for (size_t i = 0; i < held; i++)
                (void)send_one(&row->sender, 1 + (id * 31 + i) % FRAME_MAX,
                               id + i);
            for (size_t i = 0; i < held; i++)
                (void)receive_one(&row->receiver, 1 + (id * 31 + i) % FRAME_MAX,
                                  id + i);
            ck_assert_int_eq(tally_look(&row->receiver.tally), 0);
        }
}

START_TEST(test_bytes)
{
    const size_t large = (size_t)32 * 1024 * 1024 + 64;
    size_t bytes;

    ck_assert_int_eq(slots_bytes(1, 1, &bytes), 0);
    ck_assert_uint_eq(bytes, PAGE + 128);
    ck_assert_int_eq(slots_bytes(64, 1, &bytes), 0);
    ck_assert_uint_eq(bytes, PAGE + 128);
    ck_assert_int_eq(slots_bytes(65, 7, &bytes), 0);
    ck_assert_uint_eq(bytes, PAGE + 7 * 192);
    ck_assert_int_eq(slots_bytes(large, 8, &bytes), 0);
    ck_assert_uint_eq(bytes, PAGE + 8 * (64 + large));
}
END_TEST

static const struct {
    size_t frame_max;
    size_t depth;
} too_large[] = {
    { SIZE_MAX, 1 },     { SIZE_MAX - 64, 1 },   { SIZE_MAX / 2 - 100, 1 },
    { 1, SIZE_MAX },     { 1, SIZE_MAX / 128 },  { 64, SIZE_MAX / 256 },
    { SIZE_MAX / 4, 3 }, { SIZE_MAX, SIZE_MAX },
};

START_TEST(test_too_large)
{
    size_t bytes = 77;

    ck_assert_int_eq(
        slots_bytes(too_large[_i].frame_max, too_large[_i].depth, &bytes),
        -EFBIG);
    ck_assert_uint_eq(bytes, 77);
}
END_TEST

START_TEST(test_every_depth)
{
    struct row row = open_row((size_t)_i, 0);

    go_round(&row, (size_t)_i);
    close_row(&row);
}
END_TEST

START_TEST(test_full_and_empty)
{
    struct row row = open_row(DEPTH, 0);

    ck_assert_int_eq(tally_look(&row.receiver.tally), 0);
    for (uint64_t id = 0; id < DEPTH; id++)
        (void)send_one(&row.sender, FRAME_MAX, id);
    ck_assert_int_eq(tally_look(&row.sender.tally), 0);
    (void)receive_one(&row.receiver, FRAME_MAX, 0);
    (void)send_one(&row.sender, 1, DEPTH);
    ck_assert_int_eq(tally_look(&row.sender.tally), 0);
    (void)receive_one(&row.receiver, FRAME_MAX, 1);
    (void)receive_one(&row.receiver, FRAME_MAX, 2);
    (void)receive_one(&row.receiver, 1, DEPTH);
    ck_assert_int_eq(tally_look(&row.receiver.tally), 0);
    close_row(&row);
}
END_TEST

/* 64 bits never wrap in practice. A counter cut to 32 bits somewhere would. */
START_TEST(test_counters_near_the_end)
{
    static const uint64_t starts[] = { UINT32_MAX - 5, INT64_MAX - 5,
                                       UINT64_MAX - 5 };
    const size_t depth = 4; /* divides 2^64 */
    struct row row = open_row(depth, starts[_i]);

    go_round(&row, depth);
    close_row(&row);
}
END_TEST

/* ---------------------------------------------------------------- sleep */

static bool announce(struct slots *s, uint32_t sleeper)
{
    return cursor_announce(s->tally.peer, s->tally.seen, sleeper);
}

START_TEST(test_receiver_sleeps)
{
    struct row row = open_row(DEPTH, 0);

    ck_assert_uint_eq(send_one(&row.sender, 1, 0), 0);
    (void)receive_one(&row.receiver, 1, 0);
    ck_assert_int_eq(tally_look(&row.receiver.tally), 0);
    ck_assert(announce(&row.receiver, 77));
    ck_assert_uint_eq(row.header->tally.sent.sleeper, 77 | CURSOR_FENCED);
    /* The first message wakes, those behind it need not. */
    ck_assert_uint_eq(send_one(&row.sender, 1, 1), 77);
    ck_assert_uint_eq(row.header->tally.sent.sleeper, CURSOR_FENCED);
    ck_assert_uint_eq(send_one(&row.sender, 1, 2), 0);
    /* What came in the meantime keeps it from sleeping. */
    ck_assert(!announce(&row.receiver, 77));
    ck_assert_uint_eq(row.header->tally.sent.sleeper, CURSOR_FENCED);
    close_row(&row);
}
END_TEST

START_TEST(test_sender_sleeps)
{
    struct row row = open_row(1, 0);

    (void)send_one(&row.sender, 1, 0);
    ck_assert_int_eq(tally_look(&row.sender.tally), 0);
    ck_assert(announce(&row.sender, INT32_MAX));
    ck_assert_uint_eq(receive_one(&row.receiver, 1, 0), INT32_MAX);
    ck_assert(!announce(&row.sender, INT32_MAX));
    (void)send_one(&row.sender, 1, 1);
    ck_assert_uint_eq(receive_one(&row.receiver, 1, 1), 0);
    close_row(&row);
}
END_TEST

/* A peer that writes nothing is waited for no longer than asked. */
START_TEST(test_bounded_wait)
{
    struct cursor cursor = { 0 };

    ck_assert_int_eq(cursor_wait_for(&cursor, 0, 1000000), -ETIMEDOUT);
    ck_assert_uint_eq(cursor.sleeper, 0);
    ck_assert_int_eq(cursor_wait_for(&cursor, 1, UINT64_MAX), 0);
    ck_assert_uint_eq(cursor.sleeper, 0);
}
END_TEST

static const uint64_t spins_ns[] = { 0, 1000 };

static void *await_move(void *argument)
{
    struct cursor *cursor = argument;

    return cursor_wait(cursor, 0, spins_ns[1]) == 0 ? NULL : cursor;
}

/* Without the kernel's barrier a wake-up may be missed: for a moment only. */
START_TEST(test_no_barrier)
{
    struct cursor cursor = { 0 };
    pthread_t waiter;
    void *failed;

    if (!may_deny_calls("a kernel without membarrier(2)"))
        return;
    deny_call(SYS_membarrier, EPERM);
    barrier_prepare();
    ck_assert(!barrier_is_prepared);
    ck_assert_int_eq(pthread_create(&waiter, NULL, await_move, &cursor), 0);
    while (atomic_load(&cursor.sleeper) == 0)
        (void)sched_yield();
    atomic_store(&cursor.at, 1); /* and nobody calls */
    ck_assert_int_eq(pthread_join(waiter, &failed), 0);
    ck_assert_ptr_null(failed);
    ck_assert_uint_eq(cursor.sleeper, 0);
    /* Nor does it ask for fences: they might be asked for in vain. */
    ck_assert_int_eq(cursor_wait_for(&cursor, 1, 1000), -ETIMEDOUT);
    ck_assert(!cursor_announce(&cursor, 0, 77));
    ck_assert_uint_eq(cursor.sleeper, 0);
}
END_TEST

START_TEST(test_barrier)
{
    barrier_prepare();
    ck_assert(barrier_is_prepared);
    ck_assert(barrier_heavy());
}
END_TEST

/* A sender that leaves has an end to its patience. */
START_TEST(test_wait_freed)
{
    struct row row = open_row(DEPTH, 0);

    (void)send_one(&row.sender, 1, 0);
    (void)send_one(&row.sender, 1, 1);
    (void)receive_one(&row.receiver, 1, 0);
    ck_assert_int_eq(tally_wait_freed(&row.sender.tally, 1000000), -ETIMEDOUT);
    (void)receive_one(&row.receiver, 1, 1);
    ck_assert_int_eq(tally_wait_freed(&row.sender.tally, 0), 0);
    close_row(&row);
}
END_TEST

/* ----------------------------------------------------------- a new holder */

START_TEST(test_next_holder_goes_on)
{
    struct row row = open_row(DEPTH, 0);
    const void *block;
    size_t size;

    (void)send_one(&row.sender, 10, 0);
    (void)send_one(&row.sender, 20, 1);
    memset(slots_blank(&row.sender), 0xff, FRAME_MAX); /* never sent */
    (void)receive_one(&row.receiver, 10, 0);
    ck_assert_int_eq(slots_message(&row.receiver, &block, &size), 0);
    row.header->tally.freed.sleeper =
        4711; /* and never given back; both died */
    row.header->tally.sent.sleeper = 4711;
    ck_assert_int_eq(
        slots_open(&row.sender, row.header, FRAME_MAX, DEPTH, true), 0);
    ck_assert_int_eq(
        slots_open(&row.receiver, row.header, FRAME_MAX, DEPTH, false), 0);
    ck_assert_uint_eq(send_one(&row.sender, 30, 2), 0);
    ck_assert_uint_eq(receive_one(&row.receiver, 20, 1), 0);
    (void)receive_one(&row.receiver, 30, 2);
    ck_assert_int_eq(tally_look(&row.receiver.tally), 0);
    close_row(&row);
}
END_TEST

/* -------------------------------------------------------- a hostile peer */

static void expect_foreign(struct row *row, size_t frame_max, size_t depth)
{
    struct slots s;

    ck_assert_int_eq(slots_open(&s, row->header, frame_max, depth, true),
                     -EPROTO);
    ck_assert_int_eq(slots_open(&s, row->header, frame_max, depth, false),
                     -EPROTO);
}

START_TEST(test_foreign_header)
{
    struct row row = format_row(DEPTH, 0);
    unsigned char *at = (unsigned char *)row.header;

    for (size_t i = 0; i < 24; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            at[i] ^= (unsigned char)(1u << bit);
            expect_foreign(&row, FRAME_MAX, DEPTH);
            at[i] ^= (unsigned char)(1u << bit);
        }
    expect_foreign(&row, FRAME_MAX, DEPTH + 1);
    expect_foreign(&row, FRAME_MAX, DEPTH - 1);
    expect_foreign(&row, FRAME_MAX + 64, DEPTH);
    expect_foreign(&row, 1, DEPTH);
    memset(row.header, 0, sizeof(*row.header));
    expect_foreign(&row, FRAME_MAX, DEPTH);
    close_row(&row);
}
END_TEST

/* How far filled can never be from freed. */
static const uint64_t distances[] = {
    DEPTH + 1,  (uint64_t)1 << 31,           (uint64_t)1 << 32,
    UINT32_MAX, ((uint64_t)1 << 32) + DEPTH, INT64_MAX,
    UINT64_MAX, UINT64_MAX - DEPTH,
};

START_TEST(test_lying_counters_at_open)
{
    struct row row = format_row(DEPTH, 1000);

    row.header->tally.sent.at = row.header->tally.freed.at + distances[_i];
    expect_foreign(&row, FRAME_MAX, DEPTH);
    close_row(&row);
}
END_TEST

START_TEST(test_lying_sender)
{
    struct row row = open_row(DEPTH, 1000);

    (void)send_one(&row.sender, 1, 0);
    (void)receive_one(&row.receiver, 1, 0);
    row.header->tally.sent.at = row.header->tally.freed.at + distances[_i];
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(tally_look(&row.receiver.tally), -EPROTO);
        ck_assert_int_eq(tally_wait(&row.receiver.tally, 0), -EPROTO);
    }
    close_row(&row);
}
END_TEST

START_TEST(test_lying_receiver)
{
    struct row row = open_row(DEPTH, 1000);

    for (uint64_t id = 0; id < DEPTH; id++)
        (void)send_one(&row.sender, 1, id);
    row.header->tally.freed.at = row.header->tally.sent.at - distances[_i];
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(tally_look(&row.sender.tally), -EPROTO);
        ck_assert_int_eq(tally_wait(&row.sender.tally, 0), -EPROTO);
    }
    close_row(&row);
}
END_TEST

/* An end believes its own count, not the shared copy of it. */
START_TEST(test_overwritten_counters)
{
    struct row row = open_row(DEPTH, 1000);

    (void)send_one(&row.sender, 10, 0);
    row.header->tally.sent.at = UINT64_MAX / 3;
    (void)send_one(&row.sender, 20, 1);
    ck_assert_uint_eq(row.header->tally.sent.at, 1002);
    (void)receive_one(&row.receiver, 10, 0);
    row.header->tally.freed.at = UINT64_MAX / 3;
    (void)receive_one(&row.receiver, 20, 1);
    ck_assert_uint_eq(row.header->tally.freed.at, 1002);
    close_row(&row);
}
END_TEST

START_TEST(test_lying_size)
{
    static const uint64_t lies[] = {
        0,          FRAME_MAX + 1,          SLOT_SIZE, (uint64_t)1 << 32,
        UINT64_MAX, UINT64_MAX - SLOT_SIZE, INT64_MAX,
    };
    struct row row = open_row(DEPTH, 0);
    const void *block = &row;
    unsigned char *message;
    size_t size = 77;

    message = slots_blank(&row.sender);
    (void)send_one(&row.sender, 1, 0);
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        memcpy(message - 64, &lies[i], sizeof(lies[i]));
        ck_assert_int_eq(tally_look(&row.receiver.tally), 1);
        ck_assert_int_eq(slots_message(&row.receiver, &block, &size), -EPROTO);
        ck_assert_ptr_eq(block, &row);
        ck_assert_uint_eq(size, 77);
    }
    close_row(&row);
}
END_TEST

/* ------------------------------------------------------- at the same time */

enum { MESSAGES = 100000 };

static uint64_t spin_ns;

static void *send_all(void *argument)
{
    struct slots *sender = argument;

    for (uint64_t id = 0; id < MESSAGES; id++) {
        if (tally_wait(&sender->tally, spin_ns) < 0)
            return sender;
        pattern_fill(slots_blank(sender), FRAME_MAX, id);
        cursor_move(sender->tally.own, slots_fill(sender, FRAME_MAX));
    }
    return NULL;
}

static size_t receive_all(struct slots *receiver)
{
    const void *block;
    size_t size;

    for (uint64_t id = 0; id < MESSAGES; id++) {
        if (tally_wait(&receiver->tally, spin_ns) < 0 ||
            slots_message(receiver, &block, &size) < 0 ||
            pattern_check(block, size, id) != FRAME_MAX)
            return id;
        cursor_move(receiver->tally.own, slots_free(receiver));
    }
    return MESSAGES;
}

/* Two threads, since the thread sanitizer sees one process only. */
START_TEST(test_two_threads)
{
    struct row row = open_row((size_t)_i / 2, 0);
    pthread_t thread;
    void *failed;

    spin_ns = spins_ns[_i % 2];
    ck_assert_int_eq(pthread_create(&thread, NULL, send_all, &row.sender), 0);
    ck_assert_uint_eq(receive_all(&row.receiver), MESSAGES);
    ck_assert_int_eq(pthread_join(thread, &failed), 0);
    ck_assert_ptr_null(failed);
    close_row(&row);
}
END_TEST

Suite *slots_suite(void)
{
    const int lies = sizeof(distances) / sizeof(distances[0]);
    Suite *suite = suite_create("slots");
    TCase *tc = add_case(suite, "slots", 0);

    tcase_add_test(tc, test_bytes);
    tcase_add_loop_test(tc, test_too_large, 0,
                        sizeof(too_large) / sizeof(too_large[0]));
    tcase_add_loop_test(tc, test_every_depth, 1, 6);
    tcase_add_test(tc, test_full_and_empty);
    tcase_add_loop_test(tc, test_counters_near_the_end, 0, 3);
    tcase_add_test(tc, test_receiver_sleeps);
    tcase_add_test(tc, test_sender_sleeps);
    tcase_add_test(tc, test_bounded_wait);
    tcase_add_test(tc, test_barrier);
    tcase_add_test(tc, test_no_barrier);
    tcase_add_test(tc, test_wait_freed);
    tcase_add_test(tc, test_next_holder_goes_on);
    tcase_add_test(tc, test_foreign_header);
    tcase_add_loop_test(tc, test_lying_counters_at_open, 0, lies);
    tcase_add_loop_test(tc, test_lying_sender, 0, lies);
    tcase_add_loop_test(tc, test_lying_receiver, 0, lies);
    tcase_add_test(tc, test_overwritten_counters);
    tcase_add_test(tc, test_lying_size);
    tcase_add_loop_test(tc, test_two_threads, 2, 6);
    return suite;
}
