/* SPDX-License-Identifier: MIT */
#include "ipc/advice/rank.h"

#include "ipc/advice/fit.h"
#include "ipc/lab/measure/statistics.h"
#include "ipc/lab/show/table.h"

#include <math.h>
#include <stdlib.h>

/* A rate is high when half of what fits would be that busy with it. */
static const double busy = 0.25;

/* ---------------------------------------------------- what it is ranked by */

/* Of what fits, with an interval: or it cannot be told from another. */
static const json_t *cell_of(const struct candidate *c, enum rank_by by,
                             enum figures_place at)
{
    const json_t *cell =
        by == RANK_BY_RATE ? c->figures.stream : c->figures.round_trip[at];

    return results_has_interval(cell) ? cell : NULL;
}

double rank_value(const struct ranking *r, const struct candidate *c)
{
    if (r->by == RANK_BY_COPIES)
        return mechanism_copies(c->mechanism);
    if (!cell_of(c, r->by, r->at))
        return NAN;
    return r->by == RANK_BY_RATE ? 1 / figures_rate(&c->figures)
                                 : figures_round_trip_ns(&c->figures, r->at);
}

static bool any_known(const struct ranking *r, enum rank_by by,
                      enum figures_place at)
{
    for (size_t i = 0; i < r->fit; i++)
        if (cell_of(&r->candidate[i], by, at))
            return true;
    return false;
}

static bool rate_is_high(const struct ranking *r, unsigned rate)
{
    double rates[RANK_MAX];
    size_t count = 0;

    for (size_t i = 0; i < r->fit; i++)
        if (isfinite(figures_rate(&r->candidate[i].figures)))
            rates[count++] = figures_rate(&r->candidate[i].figures);
    return count > 0 && rate > busy * statistics_median(rates, count);
}

/* The round trips of two processors, where they are known. */
static void choose_order(const struct question *q, struct ranking *r)
{
    static const enum figures_place order[] = { FIGURES_FREE, FIGURES_ONE,
                                                FIGURES_TWO };
    bool known = false;

    for (size_t i = 0; i < FIGURES_PLACES; i++) {
        if (!any_known(r, RANK_BY_ROUND_TRIP, order[i]))
            continue;
        r->at = order[i];
        known = true;
    }
    r->wanted = q->size > RANK_LARGE || rate_is_high(r, q->rate)
                    ? RANK_BY_RATE
                    : RANK_BY_ROUND_TRIP;
    r->by = r->wanted;
    if (r->by == RANK_BY_ROUND_TRIP && !known)
        r->by = RANK_BY_RATE;
    if (r->by == RANK_BY_RATE && !any_known(r, RANK_BY_RATE, 0))
        r->by = known ? RANK_BY_ROUND_TRIP : RANK_BY_COPIES;
}

/* --------------------------------------------------------------- the order */

static int by_table(const struct candidate *x, const struct candidate *y)
{
    return (x->mechanism > y->mechanism) - (x->mechanism < y->mechanism);
}

/* How many of these it can do. */
static int abilities(const struct candidate *c)
{
    const unsigned traits = CHANNEL_SEES_DEATH | CHANNEL_SURVIVES_PROCESSES |
                            CHANNEL_MANY_RECEIVERS | CHANNEL_POLLABLE |
                            CHANNEL_OTHER_LANGUAGES | CHANNEL_GUARDED;

    return __builtin_popcount(c->mechanism->ops->traits & traits);
}

/* Fewer go first; then what can do more; then as in the table. */
static int by_copies(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    const int first = (int)mechanism_copies(x->mechanism);
    const int second = (int)mechanism_copies(y->mechanism);

    if (first != second)
        return first - second;
    return abilities(x) != abilities(y) ? abilities(y) - abilities(x)
                                        : by_table(x, y);
}

/* What is not known comes last. */
static int by_value(const void *a, const void *b, void *ranking)
{
    const double first = rank_value(ranking, a),
                 second = rank_value(ranking, b);

    if (isfinite(first) != isfinite(second))
        return isfinite(first) ? -1 : 1;
    if (isfinite(first) && first != second)
        return first < second ? -1 : 1;
    return by_copies(a, b);
}

static bool differ(const struct ranking *r, const struct candidate *a,
                   const struct candidate *b)
{
    if (r->by == RANK_BY_COPIES)
        return rank_value(r, a) != rank_value(r, b);
    return table_differs(cell_of(a, r->by, r->at), cell_of(b, r->by, r->at));
}

/* All of which no difference to the first of them is shown share its place. */
static void give_places(struct ranking *r)
{
    struct candidate *c = r->candidate;
    size_t i = 0, end;

    while (i < r->fit && isfinite(rank_value(r, &c[i]))) {
        for (end = i + 1; end < r->fit && isfinite(rank_value(r, &c[end])) &&
                          !differ(r, &c[i], &c[end]);)
            end++;
        qsort(&c[i], end - i, sizeof(*c), by_copies);
        for (size_t j = i; j < end; j++) {
            c[j].place = (unsigned)i + 1;
            c[j].tied = end - i > 1;
        }
        i = end;
    }
    r->known = i;
}

/* ------------------------------------------------------------------ faults */

/* What these results alone say against it. */
static const char *find_measured_fault(const struct candidate *c)
{
    if (c->figures.bad)
        return "not good when it was measured";
    return c->too_slow ? "too slow for that rate, by" : NULL;
}

static int by_fault(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (!x->fault != !y->fault)
        return x->fault ? 1 : -1;
    return by_table(x, y);
}

void rank_all(const struct question *q, const struct results_set *results,
              struct ranking *ret_ranking)
{
    struct ranking *r = ret_ranking;

    *r = (struct ranking){ .figures = figures_near(results, q->size) };
    for (const struct mechanism *m = mechanisms; m->name; m++) {
        struct candidate *c = &r->candidate[r->count];

        if (r->count == RANK_MAX)
            break;
        *c = (struct candidate){ .mechanism = m,
                                 .figures = figures_of(&r->figures, m->name),
                                 .fault = fit_fault(q, m) };
        c->too_slow = !c->fault && figures_rate(&c->figures) < q->rate;
        if (!c->fault)
            c->fault = find_measured_fault(c);
        r->fit += !c->fault;
        r->count++;
    }
    qsort(r->candidate, r->count, sizeof(r->candidate[0]), by_fault);
    choose_order(q, r);
    qsort_r(r->candidate, r->fit, sizeof(r->candidate[0]), by_value, r);
    give_places(r);
}
