/* SPDX-License-Identifier: MIT */
/* Medians, intervals and the U test against known answers. */
#include "ipc/lab/measure/random.h"
#include "ipc/lab/measure/statistics.h"
#include "tests/suites.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ----------------------------------------------------------------- median */

START_TEST(test_median)
{
    const double values[] = { 7, 1, 5, 3, 100 };

    ck_assert_double_eq(statistics_median(values, 0), 0);
    ck_assert_double_eq(statistics_median(values, 1), 7);
    ck_assert_double_eq(statistics_median(values, 2), 4);
    ck_assert_double_eq(statistics_median(values, 4), 4);
    ck_assert_double_eq(statistics_median(values, 5), 5);
}
END_TEST

/* -------------------------------------------------------------- intervals */

/* Which values are the ends, and how often they hold the median: for some
 * counts, from the binomial distribution on paper. */
static const struct {
    size_t count, low, high; /* the smallest value is the first */
    double level;
} intervals[] = {
    { 6, 1, 6, 1 - 2.0 / 64 },
    { 8, 1, 8, 1 - 2.0 / 256 }, /* the second: 1 - 18 / 256 is too little */
    { 9, 2, 8, 1 - 20.0 / 512 },
    { 12, 3, 10, 1 - 2 * 79.0 / 4096 },
    { 20, 6, 15, 0.9586 },
};

START_TEST(test_intervals)
{
    const size_t count = intervals[_i].count;
    double values[20];
    struct estimate e;

    for (size_t i = 0; i < count; i++) /* in no order: 7 has no common divisor
                                          with a count but 7 and 14 */
        values[i] = (double)(i * 7 % count + 1);
    e = statistics_estimate(values, count);
    ck_assert_double_eq(e.median, (double)(count + 1) / 2);
    ck_assert_double_eq(e.low, (double)intervals[_i].low);
    ck_assert_double_eq(e.high, (double)intervals[_i].high);
    ck_assert_double_eq_tol(e.level, intervals[_i].level, 5e-5);
}
END_TEST

/* Below six there is a median, and no interval: also where all are alike. */
START_TEST(test_few_values)
{
    const double same[] = { 5, 5, 5, 5, 5, 5 };

    for (size_t count = 0; count <= STATISTICS_LEAST; count++) {
        struct estimate e = statistics_estimate(same, count);

        ck_assert_double_eq(e.median, count > 0 ? 5 : 0);
        if (count < STATISTICS_LEAST) {
            ck_assert_double_nan(e.low);
            ck_assert_double_nan(e.high);
            ck_assert_double_eq(e.level, 0);
        } else {
            ck_assert_double_eq(e.low, 5);
            ck_assert_double_eq(e.high, 5);
        }
    }
}
END_TEST

/* Which values lie in the lower one of two buckets; 0: there is one. */
static const struct {
    double values[12];
    size_t count, low;
} bucket_cases[] = {
    { { 50, 52, 48, 51, 150, 149, 151, 148, 152 }, 9, 4 },
    { { 150, 50, 151, 148, 152, 149, 150, 51, 151 }, 9, 2 },
    { { 150, 50, 151, 148, 152, 149, 150, 152, 151 }, 9, 0 }, /* one of them */
    { { 50, 52, 48, 51, 50, 49, 47, 53, 51 }, 9, 0 },
    { { 100, 101, 99, 100, 118, 117, 119, 118 }, 8, 0 }, /* too near */
    { { 100, 101, 99, 100, 128, 127, 129, 128 }, 8, 4 },
    { { 10, 20, 30, 40, 50, 60, 70, 80, 90 }, 9, 0 }, /* all the way between */
    { { 7, 7, 7, 7 }, 4, 0 },
    { { 1, 1, 9, 9 }, 4, 2 },
    { { 1, 9, 9 }, 3, 0 },
    { { 0 }, 0, 0 },
};

START_TEST(test_buckets)
{
    const double *values = bucket_cases[_i].values;
    const size_t count = bucket_cases[_i].count;
    double border = -1;
    size_t below = 0;

    ck_assert_uint_eq(statistics_buckets(values, count, &border),
                      bucket_cases[_i].low);
    for (size_t i = 0; i < count; i++)
        below += values[i] < border;
    ck_assert_uint_eq(below, bucket_cases[_i].low);
}
END_TEST

/* What the header says of one normal distribution, and that two are found. */
START_TEST(test_bucket_chances)
{
    enum { TRIES = 20000, NINE = 9 };
    unsigned one = 0, two = 0;
    double values[NINE], border;

    srand48(1);
    for (unsigned i = 0; i < TRIES; i++) {
        for (size_t j = 0; j < NINE; j++) /* Box and Muller */
            values[j] = 10 + sqrt(-2 * log(1 - drand48())) *
                                 cos(6.283185307179586 * drand48());
        one += statistics_buckets(values, NINE, &border) > 0;
        for (size_t j = 0; j < NINE; j++)
            values[j] *= j % 3 == 0 ? 3 : 1;
        two += statistics_buckets(values, NINE, &border) == NINE - 3;
    }
    ck_assert_uint_gt(one, TRIES * 3 / 1000);
    ck_assert_uint_lt(one, TRIES * 15 / 1000);
    ck_assert_uint_gt(two, TRIES * 95 / 100);
}
END_TEST

/* Of a skewed distribution with median 1: the interval holds it as often as it
 * says, and in 95 of 100 cases at least. */
START_TEST(test_coverage)
{
    enum { TRIES = 20000, MOST = 30 };
    static const size_t counts[] = { 6, 7, 9, 15, MOST };
    const size_t count = counts[_i];
    double values[MOST];
    struct estimate e = { 0 };
    unsigned held = 0;

    srand48(1);
    for (unsigned i = 0; i < TRIES; i++) {
        for (size_t j = 0; j < count; j++)
            values[j] = -log2(drand48());
        e = statistics_estimate(values, count);
        held += e.low <= 1 && 1 <= e.high;
    }
    ck_assert_double_ge(e.level, 0.95);
    ck_assert_double_eq_tol((double)held / TRIES, e.level, 0.005);
}
END_TEST

START_TEST(test_overlap)
{
    const struct estimate low = { 2, 1, 3, 1 }, middle = { 4, 3, 5, 1 };
    const struct estimate high = { 7, 6, 8, 1 };
    const struct estimate none = { 100, NAN, NAN, 0 };

    ck_assert(!statistics_differ(&low, &middle));
    ck_assert(!statistics_differ(&middle, &low));
    ck_assert(statistics_differ(&middle, &high));
    ck_assert(statistics_differ(&high, &low));
    ck_assert(!statistics_differ(&none, &low));
    ck_assert(!statistics_differ(&low, &none));
}
END_TEST

/* ------------------------------------------------------------- the U test */

static void expect_p(const double *a, size_t a_count, const double *b,
                     size_t b_count, double expected)
{
    double there = statistics_u_test(a, a_count, b, b_count);
    double back = statistics_u_test(b, b_count, a, a_count);

    ck_assert_double_eq_tol(there, expected, 5e-5);
    ck_assert_double_eq_tol(back, there, 1e-12);
}

/* Permeability of a membrane, in the manual of R's wilcox.test after Hollander
 * and Wolfe ("Nonparametric statistical methods", 1973, p. 69): one-sided p
 * 0.1272. */
START_TEST(test_membrane)
{
    const double at_term[] = { 0.80, 0.83, 1.89, 1.04, 1.45,
                               1.38, 1.91, 1.64, 0.73, 1.46 };
    const double before[] = { 1.15, 0.88, 0.90, 0.74, 1.21 };

    expect_p(at_term, COUNT(at_term), before, COUNT(before), 2 * 0.12721);
}
END_TEST

/* All of one above all of the other: 2 of all orders are so far apart. */
START_TEST(test_apart)
{
    double a[STATISTICS_EXACT], b[STATISTICS_EXACT], orders = 1;

    for (size_t n = 1; n <= STATISTICS_EXACT; n++) {
        a[n - 1] = (double)n;
        b[n - 1] = (double)n + 1000;
        orders *= (double)(4 * n - 2) / (double)n; /* 2n over n */
        ck_assert_double_eq_tol(statistics_u_test(a, n, b, n) * orders, 2,
                                1e-6);
    }
    expect_p(a, 3, b, 3, 0.1);
    expect_p(a, 0, b, 3, 1);
}
END_TEST

/* With ties, by the formula on paper: 1 win and 3 halves of 16, the sum of
 * t^3 - t is 24 + 6, so z = (8 - 2.5 - 0.5) / sqrt(16 / 12 * (9 - 30 / 56)). */
START_TEST(test_ties)
{
    const double a[] = { 1, 2, 2, 4 }, b[] = { 2, 4, 5, 6 };

    expect_p(a, COUNT(a), b, COUNT(b), erfc(5 / sqrt(11.2857143) / M_SQRT2));
    expect_p(a, COUNT(a), a, COUNT(a), 1);
}
END_TEST

/* What two samples that lie apart have is the least. */
START_TEST(test_least)
{
    static const size_t counts[][2] = { { 2, 2 }, { 9, 9 }, { 3, 20 } };
    double low[20], high[20];

    for (size_t i = 0; i < 20; i++) {
        low[i] = (double)i;
        high[i] = (double)i + 100;
    }
    for (size_t i = 0; i < COUNT(counts); i++)
        ck_assert_double_eq_tol(
            statistics_u_least(counts[i][0], counts[i][1]),
            statistics_u_test(low, counts[i][0], high, counts[i][1]), 1e-12);
    ck_assert_double_eq(statistics_u_least(0, 9), 1);
    ck_assert_double_eq(statistics_u_least(1, 1), 1);
}
END_TEST

/* By all ways to give so many ranks a sign: of each the smaller sum, against
 * that of the differences. */
static double count_signs(const double *ranks, size_t count, double least)
{
    double ways = 0;

    for (unsigned signs = 0; signs < 1U << count; signs++) {
        double sums[2] = { 0, 0 };

        for (size_t i = 0; i < count; i++)
            sums[signs >> i & 1] += ranks[i];
        ways += fmin(sums[0], sums[1]) <= least;
    }
    return ways / (double)(1U << count);
}

START_TEST(test_signed_ranks)
{
    static const struct {
        double differences[8], ranks[8];
        size_t count;
        double least; /* the smaller sum of ranks */
    } cases[] = {
        { { 1, 2, 3, 4, -5 }, { 1, 2, 3, 4, 5 }, 5, 5 },
        { { -9, -1, -4, -2, 3, 8 }, { 6, 1, 4, 2, 3, 5 }, 6, 8 },
        { { 7, 7, -7, 1, 2 }, { 4, 4, 4, 1, 2 }, 5, 4 },
        { { 5, -5, 5, 5, -1, 8, 9 }, { 3.5, 3.5, 3.5, 3.5, 1, 6, 7 }, 7, 4.5 },
    };
    double up[STATISTICS_PAIRS + 1];

    for (size_t i = 0; i < COUNT(cases); i++)
        ck_assert_double_eq_tol(
            statistics_signed_ranks(cases[i].differences, cases[i].count),
            fmin(count_signs(cases[i].ranks, cases[i].count, cases[i].least),
                 1),
            1e-12);
    for (size_t n = 0; n <= STATISTICS_PAIRS; n++) {
        up[n] = (double)n + 1;
        ck_assert_double_eq_tol(statistics_signed_ranks(up, n) /
                                    statistics_signed_least(n),
                                1, 1e-9);
    }
    up[0] = up[1] = 0;
    ck_assert_double_eq(statistics_signed_ranks(up, 2), 1);
    ck_assert_double_eq(statistics_signed_ranks(up, 7), 2. / 32);
}
END_TEST

/* The example of Benjamini and Hochberg (1995, section 4.1): of fifteen chances
 * the first four count at a share of 0.05, three if each had to be below a
 * fifteenth of it. */
START_TEST(test_bar)
{
    const double chances[] = { 0.6528, 0.0001, 0.0344, 0.0004, 1.0000,
                               0.0019, 0.7590, 0.0095, 0.0459, 0.0201,
                               0.0278, 0.3240, 0.0298, 0.4262, 0.5719 };
    double copy[COUNT(chances)];

    memcpy(copy, chances, sizeof(chances));
    ck_assert_double_eq(statistics_bar(copy, COUNT(copy), 0.05), 0.0095);
    ck_assert_double_eq(statistics_bar(copy, COUNT(copy), 0.001), -1);
    ck_assert_double_eq(statistics_bar(copy, 0, 0.05), -1);
    ck_assert_double_eq(statistics_bar(copy, 1, 0.05), 0.0001);
    /* One alone would count; the last carries those before it. */
    copy[0] = copy[1] = 0.04;
    ck_assert_double_eq(statistics_bar(copy, 2, 0.05), 0.04);
}
END_TEST

/* Forty tests of nothing, again and again: a claim is made in one of a hundred
 * tries, where each by itself would make one in three. */
START_TEST(test_many_tests)
{
    enum { TRIES = 1000, TESTS = 40, ROUNDS = 9 };
    double a[ROUNDS], b[ROUNDS], chances[TESTS];
    unsigned claims = 0, alone = 0;

    srand48(3);
    for (unsigned i = 0; i < TRIES; i++) {
        bool below = false;

        for (size_t j = 0; j < TESTS; j++) {
            for (size_t k = 0; k < ROUNDS; k++) {
                a[k] = drand48();
                b[k] = drand48();
            }
            chances[j] = statistics_u_test(a, ROUNDS, b, ROUNDS);
            below |= chances[j] < 0.01;
        }
        alone += below;
        claims += statistics_bar(chances, TESTS, 0.01) >= 0;
    }
    ck_assert_uint_le(claims, TRIES * 20 / 1000);
    ck_assert_uint_ge(alone, TRIES * 200 / 1000);
}
END_TEST

/* Of two samples of the same thing 5 in 100 have a p below 0.05, hardly more;
 * `counts` as in the exact, the tied and the large case. */
START_TEST(test_level)
{
    enum { TRIES = 4000, MOST = 40 };
    static const size_t counts[] = { 9, 12, MOST };
    const size_t count = counts[_i];
    double a[MOST], b[MOST];
    unsigned below = 0;

    srand48(2);
    for (unsigned i = 0; i < TRIES; i++) {
        for (size_t j = 0; j < count; j++) {
            a[j] = _i == 1 ? floor(drand48() * 10) : drand48();
            b[j] = _i == 1 ? floor(drand48() * 10) : drand48();
        }
        below += statistics_u_test(a, count, b, count) < 0.05;
    }
    ck_assert_uint_ge(below, TRIES * 30 / 1000);
    ck_assert_uint_le(below, TRIES * 60 / 1000);
}
END_TEST

/* ----------------------------------------------------------------- random */

/* Every order of four is as likely: 24 of them, 2400 shuffles. */
START_TEST(test_shuffle)
{
    enum { FEW = 4, ORDERS = 256, TRIES = 2400 };
    struct random random = { 7 };
    unsigned seen[ORDERS] = { 0 }, orders = 0;
    size_t order[FEW];

    for (unsigned i = 0; i < TRIES; i++) {
        random_shuffle(&random, order, FEW);
        seen[order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3]]++;
    }
    for (size_t i = 0; i < ORDERS; i++) {
        orders += seen[i] > 0;
        ck_assert(seen[i] == 0 || (seen[i] > 60 && seen[i] < 140));
    }
    ck_assert_uint_eq(orders, 24);
}
END_TEST

START_TEST(test_seed)
{
    struct random a = { 3 }, b = { 3 }, c = { 4 };

    ck_assert_uint_eq(random_next(&a), random_next(&b));
    ck_assert_uint_ne(random_next(&a), random_next(&c));
}
END_TEST

Suite *statistics_suite(void)
{
    Suite *s = suite_create("statistics");
    TCase *tc = tcase_create("core");

    tcase_add_test(tc, test_median);
    tcase_add_loop_test(tc, test_intervals, 0, COUNT(intervals));
    tcase_add_test(tc, test_few_values);
    tcase_add_loop_test(tc, test_coverage, 0, 5);
    tcase_add_loop_test(tc, test_buckets, 0,
                        sizeof(bucket_cases) / sizeof(bucket_cases[0]));
    tcase_add_test(tc, test_bucket_chances);
    tcase_add_test(tc, test_overlap);
    tcase_add_test(tc, test_membrane);
    tcase_add_test(tc, test_apart);
    tcase_add_test(tc, test_ties);
    tcase_add_loop_test(tc, test_level, 0, 3);
    tcase_add_test(tc, test_least);
    tcase_add_test(tc, test_signed_ranks);
    tcase_add_test(tc, test_bar);
    tcase_add_test(tc, test_many_tests);
    tcase_add_test(tc, test_shuffle);
    tcase_add_test(tc, test_seed);
    suite_add_tcase(s, tc);
    return s;
}
