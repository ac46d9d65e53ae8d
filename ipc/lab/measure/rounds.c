/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/rounds.h"

#include "ipc/lab/measure/fresh_start.h"
#include "ipc/lab/measure/random.h"

#include <errno.h>
#include <stdlib.h>

/* A limit is what was ever reached: in three tries at least. */
enum { LIMIT_TRIES = 3 };

static void measure_limits(const struct course *c, struct limits *limits)
{
    const unsigned tries = (LIMIT_TRIES + c->count - 1) / c->count;

    if (c->screen)
        screen_show(c->screen,
                    "round %u of %u: the machine's limits are measured",
                    c->round + 1, c->count);
    for (unsigned i = 0; i < tries && round_stop_signal() == 0; i++)
        limits_measure(limits, round_stop_signal);
}

int rounds_run(struct grid *grid, const struct rounds *rounds)
{
    struct course c = {
        .grid = grid,
        .screen = rounds->screen,
        .count = rounds->count,
        .longest_ns = rounds->longest_ns,
        .start_ns = clock_ns(),
    };
    struct random random = { rounds->seed };
    size_t *list = calloc(grid->count, sizeof(*list));
    struct fresh_start fresh = { 0 };
    int r = list ? 0 : -ENOMEM;

    if (r == 0 && rounds->program)
        r = fresh_start_open(&fresh, rounds->program, grid->count);
    for (; r == 0 && c.round < c.count && c.signal == 0; c.round++) {
        random_shuffle(&random, list, grid->count);
        if (rounds->limits)
            measure_limits(&c, rounds->limits);
        if (rounds->program)
            r = fresh_start_round(&fresh, &c, list);
        else
            round_run(&c, list);
    }
    if (rounds->screen)
        screen_clear(rounds->screen);
    fresh_start_close(&fresh);
    free(list);
    return r < 0 ? r : c.signal;
}
