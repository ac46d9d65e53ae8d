/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/bound.h"

/* The cheaper of two, of which either may be unknown. */
static double least(double a, double b)
{
    if (a <= 0 || (b > 0 && b < a))
        return b;
    return a;
}

static struct bound bound_of_turn(const struct cell *cell,
                                  const struct limits *l)
{
    const struct exchange_plan *p = &cell->plan;

    if (p->placement == PLACE_SIBLING) /* between whom it is not measured */
        return (struct bound){ 0 };
    if (p->ops->traits & CHANNEL_CAN_SPIN && p->wait != CHANNEL_WAIT_BLOCK &&
        p->placement != PLACE_SAME && l->line_ns > 0)
        return (struct bound){ "line", 2 * l->line_ns };
    if (p->placement == PLACE_FREE)
        return (struct bound){ "wake-up",
                               least(l->futex_ns[0], l->futex_ns[1]) };
    return (struct bound){ "wake-up",
                           l->futex_ns[p->placement == PLACE_SPLIT] };
}

/* What copies nothing is not bound by memcpy. */
static struct bound bound_of_flow(const struct cell *cell,
                                  const struct limits *l)
{
    const unsigned copies = mechanism_copies(cell->mechanism);
    struct bound copy = { "memcpy", 0 };
    struct bound calls = { "calls", 0 };

    if (copies > 0)
        copy.ns = limits_copy_ns(l, cell->plan.size) *
                  (copies > 2 ? copies / 2.0 : 1);
    if (cell->calls_known)
        calls.ns =
            l->syscall_ns / 2 *
            (cell->calls[WORKER_PRODUCER] + cell->calls[WORKER_CONSUMER]);
    return calls.ns > copy.ns ? calls : copy;
}

struct bound bound_of(const struct cell *cell, const struct limits *limits,
                      double none_ns)
{
    const struct exchange_plan *plan = &cell->plan;

    if (!cell->mechanism || plan->rate > 0)
        return (struct bound){ 0 };
    if (plan->work == JOB_WORK_IMAGE)
        return (struct bound){ "work", none_ns / plan->consumers };
    return plan->pattern == PATTERN_PING_PONG ? bound_of_turn(cell, limits)
                                              : bound_of_flow(cell, limits);
}
