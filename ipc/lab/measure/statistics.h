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

/* A median, and the interval that holds the true one in 95 of 100 cases. */
struct estimate {
    double median;
    double low;
    double high;
};

/*
 * statistics_estimate finds the interval by the bootstrap (Efron, "Bootstrap
 * methods", 1979): the values are drawn anew, with replacement, many times,
 * and the middle 95 % of the medians of these draws are the interval. The
 * same values and seed give the same interval.
 */
struct estimate statistics_estimate(const double *values, size_t count,
                                    uint64_t seed);

/* statistics_differ: whether two intervals have no value in common. */
bool statistics_differ(const struct estimate *a, const struct estimate *b);

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

#endif
