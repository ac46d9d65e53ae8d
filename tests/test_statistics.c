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

/*
 * The mice of Efron and Tibshirani ("An introduction to the bootstrap", 1993,
 * table 2.1). The median of a draw is at most the k-th value with the chance
 * that at least 4 of 7 dice show at most k of 7: 0.010 for the first value,
 * 0.10 for the second, so the second is the lower end, and the last but one the
 * upper.
 */
START_TEST(test_mice)
{
    const double treated[] = { 94, 197, 16, 38, 99, 141, 23 };

    for (uint64_t seed = 0; seed < 20; seed++) {
        struct estimate e = statistics_estimate(treated, COUNT(treated), seed);

        ck_assert_double_eq(e.median, 94);
        ck_assert_double_eq(e.low, 23);
        ck_assert_double_eq(e.high, 141);
    }
}
END_TEST

START_TEST(test_few_values)
{
    const double same[] = { 5, 5, 5 };
    struct estimate e = statistics_estimate(same, 0, 1);

    ck_assert_double_eq(e.high, 0);
    e = statistics_estimate(same, 1, 1);
    ck_assert_double_eq(e.low, 5);
    ck_assert_double_eq(e.high, 5);
    e = statistics_estimate(same, COUNT(same), 1);
    ck_assert_double_eq(e.low, 5);
    ck_assert_double_eq(e.high, 5);
}
END_TEST

/* Of a skewed distribution with median 1; for 9 values the interval reaches
 * from the second to the last but one, which holds it in 96.1 % of cases. */
START_TEST(test_coverage)
{
    enum { TRIES = 2000, VALUES = 9 };
    double values[VALUES];
    unsigned held = 0;

    srand48(1);
    for (unsigned i = 0; i < TRIES; i++) {
        struct estimate e;

        for (size_t j = 0; j < VALUES; j++)
            values[j] = -log2(drand48());
        e = statistics_estimate(values, VALUES, i);
        held += e.low <= 1 && 1 <= e.high;
    }
    ck_assert_uint_ge(held, TRIES * 945 / 1000);
    ck_assert_uint_le(held, TRIES * 975 / 1000);
}
END_TEST

START_TEST(test_overlap)
{
    const struct estimate low = { 2, 1, 3 }, middle = { 4, 3, 5 };
    const struct estimate high = { 7, 6, 8 };

    ck_assert(!statistics_differ(&low, &middle));
    ck_assert(!statistics_differ(&middle, &low));
    ck_assert(statistics_differ(&middle, &high));
    ck_assert(statistics_differ(&high, &low));
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
    tcase_add_test(tc, test_mice);
    tcase_add_test(tc, test_few_values);
    tcase_add_test(tc, test_coverage);
    tcase_add_test(tc, test_overlap);
    tcase_add_test(tc, test_membrane);
    tcase_add_test(tc, test_apart);
    tcase_add_test(tc, test_ties);
    tcase_add_loop_test(tc, test_level, 0, 3);
    tcase_add_test(tc, test_shuffle);
    tcase_add_test(tc, test_seed);
    suite_add_tcase(s, tc);
    return s;
}
