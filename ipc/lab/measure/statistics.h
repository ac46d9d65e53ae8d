/* SPDX-License-Identifier: MIT */
/*
 * statistics.h -- what repeated measurements show, and what they do not
 *
 * Nothing here assumes a normal distribution: times of programs have none.
 */
#ifndef IPC_LAB_MEASURE_STATISTICS_H
#define IPC_LAB_MEASURE_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More of them are not looked at. */
enum { STATISTICS_MAX = 1000 };

/* statistics_median returns 0 of none, and of an even number the mean of the
 * two in the middle. */
double statistics_median(const double *values, size_t count);

/* A median, and an interval that the true one is in. */
struct estimate {
    double median;
    double low, high; /* NAN: there is none */
    double level;     /* how often such an interval holds it, 0.95 or more;
                         0: there is none */
};

/*
 * statistics_estimate takes two of the values for the interval's ends: the k-th
 * from below and the k-th from above. Each value lies above the true median as
 * a coin shows heads, whatever the distribution is; so the interval misses it
 * as often as fewer than k of so many tosses are heads, or tails (Thompson, "On
 * confidence ranges for the median and other expectation distributions for
 * populations of unknown distribution form", 1936). k is the largest number
 * with a level of 0.95 at least. With fewer than STATISTICS_LEAST values there
 * is none: the smallest and the largest of five hold it in 94 of 100 cases.
 */
enum { STATISTICS_LEAST = 6 };

struct estimate statistics_estimate(const double *values, size_t count);

/* statistics_differ: whether there are two intervals, and no value is in
 * both. */
bool statistics_differ(const struct estimate *a, const struct estimate *b);

/*
 * statistics_buckets returns how many of the values, all above 0, make up the
 * lower of two buckets, and in *ret_border a value between the two; 0: they are
 * one bucket. Of all borders it takes the one with the most of the variance
 * between the two sides, and the least of it within them (Otsu, "A threshold
 * selection method from gray-level histograms", 1979), of the values'
 * logarithms. They are two when that is a share of 0.92 at least, the medians
 * are a factor of 1.2 apart, and either has two values, and one in twenty. Nine
 * values of a normal distribution look so 5 to 15 times in a thousand, by a
 * simulation, twenty less than once; half of it is between the sides of any
 * distribution that has one hump.
 */
size_t statistics_buckets(const double *values, size_t count,
                          double *ret_border);

/*
 * statistics_u_test returns how likely two samples of the same thing would
 * differ at least as much as these do, in either direction: the U test of Mann
 * and Whitney ("On a test of whether one of two random variables is
 * stochastically larger than the other", 1947). Exact without ties and with
 * up to STATISTICS_EXACT values each; otherwise by the normal approximation,
 * corrected for ties and continuity. 1 when either has no value.
 */
enum { STATISTICS_EXACT = 30 };

double statistics_u_test(const double *a, size_t a_count, const double *b,
                         size_t b_count);

/* statistics_u_least returns the least that it can return for so many values:
 * where that is not enough, there are too few to decide. */
double statistics_u_least(size_t a_count, size_t b_count);

/*
 * statistics_signed_ranks returns how likely the differences of so many pairs
 * would lean to one side at least as much as these do, if either sign were as
 * likely: the test of Wilcoxon ("Individual comparisons by ranking methods",
 * 1945). What slows both of a pair down is in no difference. Exact; a
 * difference of 0 does not count, and more than STATISTICS_PAIRS are not looked
 * at. statistics_signed_least is the least that it can return for so many.
 */
enum { STATISTICS_PAIRS = 100 };

double statistics_signed_ranks(const double *differences, size_t count);
double statistics_signed_least(size_t count);

/*
 * statistics_bar returns, of the chances that many tests found, the largest
 * that counts: of all the differences that are claimed by it a share of
 * `share_most` is none, on average (Benjamini and Hochberg, "Controlling the
 * false discovery rate", 1995). Each test by itself would claim one in every
 * hundred without any. -1: none counts. It sorts the chances.
 */
double statistics_bar(double *chances, size_t count, double share_most);

#endif
