/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double level_least = 0.95;

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static size_t limit(size_t count)
{
    return count < STATISTICS_MAX ? count : STATISTICS_MAX;
}

static double median_of_sorted(const double *sorted, size_t count)
{
    if (count == 0)
        return 0;
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

double statistics_median(const double *values, size_t count)
{
    double sorted[STATISTICS_MAX];

    count = limit(count);
    memcpy(sorted, values, count * sizeof(*values));
    qsort(sorted, count, sizeof(*sorted), compare);
    return median_of_sorted(sorted, count);
}

struct estimate statistics_estimate(const double *values, size_t count)
{
    struct estimate e = { .low = NAN, .high = NAN };
    double sorted[STATISTICS_MAX], chance, beyond;

    count = limit(count);
    memcpy(sorted, values, count * sizeof(*values));
    qsort(sorted, count, sizeof(*sorted), compare);
    e.median = median_of_sorted(sorted, count);
    chance = beyond = ldexp(1, -(int)count); /* of no heads at all */
    for (size_t k = 0; 1 - 2 * beyond >= level_least; k++) {
        e.low = sorted[k];
        e.high = sorted[count - 1 - k];
        e.level = 1 - 2 * beyond;
        chance *= (double)(count - k) / (double)(k + 1);
        beyond += chance; /* of k + 1 heads at most */
    }
    return e;
}

/* The share of the variance of sorted values that lies between the first n and
 * the others. */
static double share_between(const double *sorted, size_t count, size_t n)
{
    double sum = 0, squares = 0, low = 0, all, off;

    for (size_t i = 0; i < count; i++) {
        sum += sorted[i];
        squares += sorted[i] * sorted[i];
        low += i < n ? sorted[i] : 0;
    }
    all = squares - sum * sum / (double)count;
    off = low - (double)n * sum / (double)count;
    return all > 0 ? off * off * (1 / (double)n + 1 / (double)(count - n)) / all
                   : 0;
}

size_t statistics_buckets(const double *values, size_t count,
                          double *ret_border)
{
    enum { LEAST = 2, LEAST_SHARE = 20 };
    double logs[STATISTICS_MAX], share, most = 0.92;
    size_t least, low = 0;

    count = limit(count);
    if (count < 2 * LEAST)
        return 0;
    for (size_t i = 0; i < count; i++)
        logs[i] = log(values[i]);
    qsort(logs, count, sizeof(*logs), compare);
    least = (count + LEAST_SHARE - 1) / LEAST_SHARE;
    least = least < LEAST ? LEAST : least;
    for (size_t n = least; n + least <= count; n++) {
        share = share_between(logs, count, n);
        if (share < most)
            continue;
        most = share;
        low = n;
    }
    if (low == 0 || median_of_sorted(logs + low, count - low) -
                            median_of_sorted(logs, low) <
                        log(1.2))
        return 0;
    *ret_border = exp((logs[low - 1] + logs[low]) / 2);
    return low;
}

bool statistics_differ(const struct estimate *a, const struct estimate *b)
{
    return a->low > b->high || b->low > a->high; /* no NAN is */
}

/* How often a value of a exceeds one of b; a tie counts as half. */
static double count_wins(const double *a, size_t a_count, const double *b,
                         size_t b_count)
{
    double wins = 0;

    for (size_t i = 0; i < a_count; i++)
        for (size_t j = 0; j < b_count; j++)
            wins += a[i] > b[j] ? 1 : a[i] == b[j] ? 0.5 : 0;
    return wins;
}

/* The sum of t^3 - t over all groups of t equal values; 0: there are none. */
static double count_ties(const double *a, size_t a_count, const double *b,
                         size_t b_count)
{
    double all[2 * STATISTICS_MAX], sum = 0;
    size_t count = a_count + b_count;

    memcpy(all, a, a_count * sizeof(*a));
    memcpy(all + a_count, b, b_count * sizeof(*b));
    qsort(all, count, sizeof(*all), compare);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && all[end] == all[i];)
            end++;
        sum += pow((double)(end - i), 3) - (double)(end - i);
    }
    return sum;
}

/*
 * Of all ways to mix n values of a with m of b in one order, each as likely,
 * the share with at most u wins of a. The ways with exactly u are
 *      ways(n, m, u) = ways(n - 1, m, u - m) + ways(n, m - 1, u)
 * since the largest value is either one of a, with m wins, or one of b. The
 * inner array is made for one m after the other; shares instead of ways keep
 * the numbers small.
 */
static double share_up_to(size_t n, size_t m, size_t u)
{
    enum { WINS = STATISTICS_EXACT * STATISTICS_EXACT + 1 };
    static double share[STATISTICS_EXACT + 1][WINS];
    double sum = 0;

    memset(share, 0, sizeof(share));
    for (size_t i = 0; i <= n; i++)
        share[i][0] = 1; /* with none of b there are no wins */
    for (size_t j = 1; j <= m; j++)
        for (size_t i = 1; i <= n; i++) {
            double of_a = (double)i / (double)(i + j);

            for (size_t wins = i * j + 1; wins-- > 0;)
                share[i][wins] =
                    (1 - of_a) * share[i][wins] +
                    (wins >= j ? of_a * share[i - 1][wins - j] : 0);
        }
    for (size_t wins = 0; wins <= u; wins++)
        sum += share[n][wins];
    return sum;
}

static double approximate(double distance, double n, double m, double ties)
{
    double all = n + m;
    double variance = n * m / 12 * (all + 1 - ties / (all * (all - 1)));

    if (variance <= 0)
        return 1;
    distance = distance > 0.5 ? distance - 0.5 : 0;
    return erfc(distance / sqrt(variance) / sqrt(2));
}

double statistics_u_test(const double *a, size_t a_count, const double *b,
                         size_t b_count)
{
    double wins, middle, ties, p;

    a_count = limit(a_count);
    b_count = limit(b_count);
    if (a_count == 0 || b_count == 0)
        return 1;
    wins = count_wins(a, a_count, b, b_count);
    middle = (double)a_count * (double)b_count / 2;
    ties = count_ties(a, a_count, b, b_count);
    if (ties > 0 || a_count > STATISTICS_EXACT || b_count > STATISTICS_EXACT)
        return approximate(fabs(wins - middle), (double)a_count,
                           (double)b_count, ties);
    if (wins > middle)
        wins = 2 * middle - wins;
    p = 2 * share_up_to(a_count, b_count, (size_t)wins);
    return p < 1 ? p : 1;
}

/* All of one above all of the other: two of all orders, (a + b) over a. */
double statistics_u_least(size_t a_count, size_t b_count)
{
    double orders = 1;

    for (size_t i = 1; i <= a_count; i++)
        orders *= (double)(b_count + i) / (double)i;
    return orders > 2 ? 2 / orders : 1;
}

static int compare_sizes(const void *a, const void *b)
{
    const double x = fabs(*(const double *)a), y = fabs(*(const double *)b);

    return (x > y) - (x < y);
}

/* Those that are not 0, the smallest first. */
static size_t sort_differences(const double *differences, size_t count,
                               double ret_sorted[static STATISTICS_PAIRS])
{
    size_t n = 0;

    for (size_t i = 0; i < count && n < STATISTICS_PAIRS; i++)
        if (differences[i] != 0)
            ret_sorted[n++] = differences[i];
    if (n > 0)
        qsort(ret_sorted, n, sizeof(*ret_sorted), compare_sizes);
    return n;
}

/* The share of all ways to give ranks a sign in which the negative ones sum up
 * to `most` or less. Ranks are doubled: equals share one, which may be half. */
static double share_of_signs(const size_t *ranks, size_t count, size_t most)
{
    static double ways[STATISTICS_PAIRS * (STATISTICS_PAIRS + 1) + 1];
    double share = 0;

    memset(ways, 0, sizeof(ways));
    ways[0] = 1;
    for (size_t i = 0; i < count; i++)
        for (size_t sum = most + 1; sum-- > ranks[i];)
            ways[sum] += ways[sum - ranks[i]];
    for (size_t sum = 0; sum <= most; sum++)
        share += ways[sum];
    return ldexp(share, -(int)count);
}

double statistics_signed_ranks(const double *differences, size_t count)
{
    double sorted[STATISTICS_PAIRS], p;
    size_t ranks[STATISTICS_PAIRS], sums[2] = { 0, 0 };
    const size_t n = sort_differences(differences, count, sorted);

    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n; end++)
            if (fabs(sorted[end]) > fabs(sorted[i]))
                break;
        for (size_t k = i; k < end; k++) {
            ranks[k] = i + 1 + end;
            sums[sorted[k] < 0] += ranks[k];
        }
    }
    p = 2 * share_of_signs(ranks, n, sums[0] < sums[1] ? sums[0] : sums[1]);
    return p < 1 ? p : 1;
}

/* All of one sign: two of all ways. */
double statistics_signed_least(size_t count)
{
    return count > 1 ? ldexp(2, -(int)count) : 1;
}

double statistics_bar(double *chances, size_t count, double share_most)
{
    double bar = -1;

    qsort(chances, count, sizeof(*chances), compare);
    for (size_t i = 0; i < count; i++)
        if (chances[i] <= share_most * (double)(i + 1) / (double)count)
            bar = chances[i];
    return bar;
}
