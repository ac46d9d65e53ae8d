/* SPDX-License-Identifier: MIT */
/* What is seen, counted, and said about it. */
#include "ipc/worker/verdict.h"
#include "tests/suites.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDS = 200, RANDOM_ARRIVALS = 1000, CONSUMERS = 4, RUNS = 40 };

/* ------------------------------------------------------- seen and tallied */

/* Takes arrivals, of IDS possible jobs, into a tally. */
static struct tally tally_of(const uint64_t *ids, size_t count)
{
    struct tally tally = { 0 };
    struct seen *seen;

    seen = seen_open(IDS);
    ck_assert_ptr_nonnull(seen);
    for (size_t i = 0; i < count; i++)
        (void)seen_note(seen, &tally, ids[i], 1);
    seen_close(seen);
    return tally;
}

static void expect_tally(struct tally tally, uint64_t received,
                         uint64_t duplicated, uint64_t reordered,
                         uint64_t corrupted)
{
    ck_assert_uint_eq(tally.received, received);
    ck_assert_uint_eq(tally.duplicated, duplicated);
    ck_assert_uint_eq(tally.reordered, reordered);
    ck_assert_uint_eq(tally.corrupted, corrupted);
}

#define expect_of(received, duplicated, reordered, corrupted, ...)             \
    do {                                                                       \
        const uint64_t ids[] = { __VA_ARGS__ };                                \
        expect_tally(tally_of(ids, sizeof(ids) / sizeof(ids[0])), received,    \
                     duplicated, reordered, corrupted);                        \
    } while (0)

START_TEST(test_in_order)
{
    uint64_t ids[IDS];

    for (uint64_t i = 0; i < IDS; i++)
        ids[i] = i;
    expect_tally(tally_of(ids, IDS), IDS, 0, 0, 0);
    expect_tally(tally_of(ids, 0), 0, 0, 0, 0);
}
END_TEST

/* A gap alone is nothing wrong yet: the verdict compares with what was sent. */
START_TEST(test_gaps)
{
    expect_of(4, 0, 0, 0, 0, 1, 3, 4);
    expect_of(3, 0, 0, 0, 5, 64, IDS - 1);
}
END_TEST

START_TEST(test_duplicates)
{
    expect_of(3, 1, 0, 0, 0, 1, 1, 2);
    expect_of(3, 1, 0, 0, 0, 1, 2, 0);
    expect_of(1, 4, 0, 0, 7, 7, 7, 7, 7);
    expect_of(3, 3, 0, 0, 0, 1, 2, 0, 1, 2);
}
END_TEST

START_TEST(test_reordered)
{
    expect_of(3, 0, 1, 0, 0, 2, 1);
    expect_of(4, 0, 3, 0, 3, 2, 1, 0);
    expect_of(4, 0, 3, 0, 3, 0, 1, 2);
    expect_of(5, 0, 1, 0, 0, 2, 1, 3, 4);
    /* Late and then once more. */
    expect_of(3, 1, 1, 0, 0, 2, 1, 1);
}
END_TEST

START_TEST(test_impossible_ids)
{
    expect_of(1, 0, 0, 1, 0, IDS);
    expect_of(1, 0, 0, 2, UINT64_MAX, 0, UINT64_MAX);
    expect_of(0, 0, 0, 1, (uint64_t)1 << 40);
}
END_TEST

/* Neighbours share a word of bits; none may stand for another. */
START_TEST(test_every_id)
{
    struct tally tally = { 0 };
    struct seen *seen;

    for (uint64_t id = 0; id < IDS; id++) {
        seen = seen_open(IDS);
        ck_assert_ptr_nonnull(seen);
        ck_assert(seen_note(seen, &tally, id, 1));
        for (uint64_t other = 0; other < IDS; other++)
            ck_assert(seen_note(seen, &tally, other, 1) == (other != id));
        seen_close(seen);
    }
    ck_assert_uint_eq(tally.received, IDS * IDS);
    ck_assert_uint_eq(tally.duplicated, IDS);
}
END_TEST

/* Against the definitions, counted the slow way. */
START_TEST(test_random_arrivals)
{
    uint64_t ids[RANDOM_ARRIVALS], duplicated = 0, reordered = 0;
    bool before, later;

    srand48(_i);
    for (size_t i = 0; i < RANDOM_ARRIVALS; i++) {
        ids[i] = (uint64_t)lrand48() % IDS;
        before = later = false;
        for (size_t j = 0; j < i; j++) {
            before = before || ids[j] == ids[i];
            later = later || ids[j] > ids[i];
        }
        duplicated += before;
        reordered += later && !before;
    }
    expect_tally(tally_of(ids, RANDOM_ARRIVALS), RANDOM_ARRIVALS - duplicated,
                 duplicated, reordered, 0);
}
END_TEST

/* Against the definition: every consumer beyond an id's first counts. */
START_TEST(test_seen_again)
{
    struct seen *seen[CONSUMERS];
    unsigned saw[IDS] = { 0 };
    struct tally tally = { 0 };
    uint64_t again = 0, id;

    srand48(_i);
    for (size_t i = 0; i < CONSUMERS; i++) {
        seen[i] = seen_open(IDS);
        ck_assert_ptr_nonnull(seen[i]);
        /* One that gets the first of them in order keeps no bits of those. */
        for (id = 0; id < i * (size_t)_i; id++)
            saw[id] += (unsigned)seen_note(seen[i], &tally, id, 1);
        for (size_t n = 0; n < IDS / 3; n++) {
            id = (uint64_t)lrand48() % IDS;
            saw[id] += (unsigned)seen_note(seen[i], &tally, id, 1);
        }
    }
    for (size_t i = 0; i < IDS; i++)
        again += saw[i] > 1 ? saw[i] - 1 : 0;
    ck_assert_uint_gt(again, 0);
    ck_assert_uint_eq(seen_again(seen, CONSUMERS), again);
    ck_assert_uint_eq(seen_again(seen, 1), 0);
    for (size_t i = 0; i < CONSUMERS; i++)
        seen_close(seen[i]);
}
END_TEST

/* Many that arrive together count as if they came one by one. */
START_TEST(test_runs)
{
    struct tally together = { 0 }, alone = { 0 };
    struct seen *seen[2] = { seen_open(IDS), seen_open(IDS) };
    uint64_t id = 0, count, fresh;

    ck_assert_ptr_nonnull(seen[0]);
    ck_assert_ptr_nonnull(seen[1]);
    srand48(_i);
    for (size_t n = 0; n < RUNS; n++) {
        count = (uint64_t)lrand48() % (IDS / 2);
        fresh = seen_note(seen[0], &together, id, count);
        for (uint64_t i = 0; i < count; i++)
            fresh -= seen_note(seen[1], &alone, id + i, 1);
        ck_assert_uint_eq(fresh, 0);
        ck_assert_mem_eq(&together, &alone, sizeof(alone));
        /* The next may follow, leave a gap, come again or be impossible. */
        id = lrand48() % 3 == 0 ? (uint64_t)lrand48() % IDS : id + count;
    }
    ck_assert_uint_gt(alone.duplicated, 0);
    ck_assert_uint_eq(seen_again(seen, 2), alone.received);
    seen_close(seen[0]);
    seen_close(seen[1]);
}
END_TEST

/* No job at all is a run as well. */
START_TEST(test_no_ids)
{
    struct tally tally = { 0 };
    struct seen *seen;

    seen = seen_open(0);
    ck_assert_ptr_nonnull(seen);
    ck_assert(!seen_note(seen, &tally, 0, 1));
    expect_tally(tally, 0, 0, 0, 1);
    seen_close(seen);
    seen_close(NULL);
}
END_TEST

/* ----------------------------------------------------------- on the wire */

START_TEST(test_tally_crosses)
{
    const struct tally tally = { 1, UINT64_MAX, 3, (uint64_t)1 << 63 };
    static const unsigned char golden[TALLY_SIZE] = {
        1,    0,    0,    0,    0,    0,    0,    0,    /* received */
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* duplicated */
        3,    0,    0,    0,    0,    0,    0,    0,    /* reordered */
        0,    0,    0,    0,    0,    0,    0,    0x80, /* corrupted */
    };
    unsigned char bytes[TALLY_SIZE];
    struct tally back;

    tally_encode(&tally, bytes);
    ck_assert_mem_eq(bytes, golden, TALLY_SIZE);
    ck_assert(tally_decode(bytes, TALLY_SIZE, &back));
    expect_tally(back, 1, UINT64_MAX, 3, (uint64_t)1 << 63);
}
END_TEST

START_TEST(test_tally_of_wrong_size)
{
    unsigned char bytes[TALLY_SIZE + 1] = { 0 };
    struct tally tally = { 1, 2, 3, 4 };

    for (size_t size = 0; size <= sizeof(bytes); size++)
        if (size != TALLY_SIZE)
            ck_assert(!tally_decode(bytes, size, &tally));
    expect_tally(tally, 1, 2, 3, 4);
}
END_TEST

/* -------------------------------------------------------------- in words */

static const struct {
    struct verdict verdict;
    bool good;
    const char *text;
} verdicts[] = {
    { { .finished = true },
      true,
      "no job was sent, so there is nothing to judge" },
    { { .submitted = 1, .completed = 1, .finished = true },
      true,
      "good: 1 job, arrived once, in order, undamaged" },
    { { .submitted = 24, .completed = 24, .finished = true },
      true,
      "good: 24 jobs, each arrived once, in order, undamaged" },
    { { .submitted = 24, .completed = 22, .rejected = 2, .finished = true },
      true,
      "good: of 24 jobs 22 completed, 2 rejected" },
    { { .submitted = 24, .completed = 24 },
      false,
      "bad: of 24 jobs 24 completed" },
    { { .submitted = 1, .finished = true },
      false,
      "bad: of 1 job 0 completed" },
    { { .submitted = 24, .completed = 23, .lost = 1, .finished = true },
      false,
      "bad: of 24 jobs 23 completed, 1 lost" },
    { { .submitted = 24, .completed = 24, .duplicated = 1, .finished = true },
      false,
      "bad: of 24 jobs 24 completed, 1 duplicated" },
    { { .submitted = 24, .completed = 24, .reordered = 3, .finished = true },
      false,
      "bad: of 24 jobs 24 completed, 3 reordered" },
    { { .submitted = 24, .completed = 23, .corrupted = 1, .finished = true },
      false,
      "bad: of 24 jobs 23 completed, 1 corrupted" },
    { { .submitted = 24, .completed = 25, .finished = true },
      false,
      "bad: of 24 jobs 25 completed" },
    { { .submitted = 24, .completed = 24, .doubled = 1, .finished = true },
      false,
      "bad: of 24 jobs 24 completed, 1 doubled effect" },
    { { .submitted = 24, .completed = 24, .restarts = 1, .finished = true },
      true,
      "good: 24 jobs, each took effect once, undamaged; 1 restart" },
    { { .submitted = 24,
        .completed = 23,
        .rejected = 1,
        .restarts = 5,
        .redundant = 1,
        .finished = true },
      true,
      "good: of 24 jobs 23 completed, 1 rejected; 5 restarts, 1 job done "
      "again" },
    { { 24, 16, 2, 3, 4, 5, 6, 7, 8, 9, true },
      false,
      "bad: of 24 jobs 16 completed, 2 rejected, 3 lost, 4 duplicated, "
      "5 doubled effects, 6 reordered, 7 corrupted; 8 restarts, "
      "9 jobs done again" },
};

START_TEST(test_in_words)
{
    char text[VERDICT_TEXT_MAX];

    ck_assert(verdict_good(&verdicts[_i].verdict) == verdicts[_i].good);
    ck_assert_ptr_eq(verdict_text(&verdicts[_i].verdict, text), text);
    ck_assert_str_eq(text, verdicts[_i].text);
}
END_TEST

/* The numbers may come from another program. */
/* Each count alone makes a verdict bad, whatever the others say. */
START_TEST(test_each_count_counts)
{
    static const struct verdict bad[] = {
        { .submitted = 5, .completed = 5 },
        { .submitted = 5, .completed = 5, .finished = true, .lost = 1 },
        { .submitted = 5, .completed = 5, .finished = true, .duplicated = 1 },
        { .submitted = 5, .completed = 5, .finished = true, .doubled = 1 },
        { .submitted = 5, .completed = 5, .finished = true, .reordered = 1 },
        { .submitted = 5, .completed = 5, .finished = true, .corrupted = 1 },
        { .submitted = 5, .completed = 4, .finished = true },
        { .submitted = 5, .completed = 6, .finished = true },
        { .submitted = 5, .completed = 5, .finished = true, .rejected = 1 },
    };
    static const struct verdict good = {
        .submitted = 5,
        .completed = 3,
        .finished = true,
        .rejected = 2,
        .restarts = 7,
        .redundant = 4,
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(!verdict_good(&bad[i]), "%zu", i);
    ck_assert(verdict_good(&good));
}
END_TEST

START_TEST(test_largest_numbers)
{
    const uint64_t most = UINT64_MAX;
    const struct verdict verdict = { most, most, most, most, most, most,
                                     most, most, most, most, false };
    char text[VERDICT_TEXT_MAX], largest[24];
    size_t count = 0;

    (void)snprintf(largest, sizeof(largest), "%" PRIu64, most);
    (void)verdict_text(&verdict, text);
    for (const char *at = text; (at = strstr(at, largest)); at++)
        count++;
    ck_assert_uint_eq(count, 10);
    ck_assert_str_eq(strrchr(text, ' '), " again");
}
END_TEST

START_TEST(test_what_was_seen)
{
    enum { MOST = 200 };
    struct seen *seen = seen_open(MOST), *more = seen_open(MOST);
    struct tally tally = { 0 };

    ck_assert_uint_eq(seen_count(seen), 0);
    ck_assert_uint_eq(seen_next(seen, 0), 0);
    (void)seen_note(seen, &tally, 0, 100);
    ck_assert_uint_eq(seen_count(seen), 100);
    ck_assert_uint_eq(seen_next(seen, 3), 100);
    ck_assert(seen_has(seen, 99) && !seen_has(seen, 100));
    (void)seen_note(seen, &tally, 128, 1);
    ck_assert_uint_eq(seen_count(seen), 101);
    ck_assert(seen_has(seen, 128) && !seen_has(seen, 127));
    ck_assert_uint_eq(seen_next(seen, 128), 129);
    ck_assert(!seen_has(seen, MOST) && !seen_has(seen, UINT64_MAX));
    (void)seen_note(more, &tally, 64, MOST - 64);
    ck_assert_uint_eq(seen_next(more, 64), MOST);
    ck_assert_uint_eq(seen_join(seen, more), 100 - 64 + 1);
    ck_assert_uint_eq(seen_count(seen), MOST);
    ck_assert_uint_eq(seen_join(seen, more), MOST - 64);
    seen_close(more);
    seen_close(seen);
}
END_TEST

/* Who notes is killed between two stores. */
START_TEST(test_torn_note)
{
    struct seen *seen = seen_open(200), *all = seen_open(200);
    struct tally tally = { 0 };

    (void)seen_note(seen, &tally, 0, 64);
    seen->whole = 65;
    ck_assert_uint_eq(seen_count(seen), 65);
    ck_assert(seen_has(seen, 64));
    ck_assert_uint_eq(seen_join(all, seen), 0);
    ck_assert_uint_eq(seen_count(all), 65);
    (void)seen_note(seen, &tally, 65, 1);
    ck_assert_uint_eq(seen_count(seen), 66);
    seen_close(all);
    seen_close(seen);
}
END_TEST

Suite *verdict_suite(void)
{
    Suite *suite = suite_create("verdict");
    TCase *tc = tcase_create("verdict");

    tcase_add_test(tc, test_in_order);
    tcase_add_test(tc, test_gaps);
    tcase_add_test(tc, test_duplicates);
    tcase_add_test(tc, test_reordered);
    tcase_add_test(tc, test_impossible_ids);
    tcase_add_test(tc, test_what_was_seen);
    tcase_add_test(tc, test_torn_note);
    tcase_add_test(tc, test_every_id);
    tcase_add_loop_test(tc, test_random_arrivals, 0, 20);
    tcase_add_test(tc, test_no_ids);
    tcase_add_loop_test(tc, test_seen_again, 0, 8);
    tcase_add_loop_test(tc, test_runs, 0, 20);
    tcase_add_test(tc, test_tally_crosses);
    tcase_add_test(tc, test_tally_of_wrong_size);
    tcase_add_loop_test(tc, test_in_words, 0,
                        sizeof(verdicts) / sizeof(verdicts[0]));
    tcase_add_test(tc, test_each_count_counts);
    tcase_add_test(tc, test_largest_numbers);
    suite_add_tcase(suite, tc);
    return suite;
}
