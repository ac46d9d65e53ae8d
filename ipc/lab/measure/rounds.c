/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/rounds.h"

#include "ipc/lab/measure/fresh_start.h"
#include "ipc/lab/measure/random.h"

#include <errno.h>
#include <stdlib.h>

/* A limit is what was ever reached, in as many tries as the cells have. */
static void measure_limits(const struct course *c, struct limits *limits)
{
    if (c->screen)
        screen_show(c->screen,
                    "round %u of %u: the machine's limits are measured",
                    c->round + 1, c->count);
    if (round_stop_signal() == 0)
        limits_measure(limits, round_stop_signal);
}

/* What runs a grid's rounds: a program of its own start, or this process. */
struct runner {
    struct grid *grid;
    struct fresh_start fresh;
};

static int open_runners(struct runner runners[static 2], struct grid *grid,
                        const struct rounds *rounds)
{
    int r = 0;

    runners[0].grid = grid;
    runners[1].grid = rounds->theirs;
    if (rounds->words)
        r = fresh_start_open(&runners[0].fresh, NULL, rounds->words,
                             grid->count);
    if (r == 0 && rounds->against)
        r = fresh_start_open(&runners[1].fresh, rounds->against, rounds->words,
                             grid->count);
    return r;
}

/* One round, of both builds if there are two: who goes first takes turns. */
static int run_round(struct course *c, struct runner runners[static 2],
                     const struct rounds *rounds, size_t *list)
{
    int r = 0;

    for (unsigned i = 0; r == 0 && c->signal == 0 && i < c->builds; i++) {
        struct runner *runner = &runners[(i + c->round) % c->builds];

        c->grid = runner->grid;
        if (rounds->words)
            r = fresh_start_round(&runner->fresh, c, list);
        else
            round_run(c, list);
    }
    return r;
}

int rounds_run(struct grid *grid, const struct rounds *rounds)
{
    struct course c = {
        .screen = rounds->screen,
        .count = rounds->count,
        .builds = rounds->against ? 2 : 1,
        .longest_ns = rounds->longest_ns,
        .start_ns = clock_ns(),
    };
    struct random random = { rounds->seed };
    size_t *list = calloc(grid->count, sizeof(*list));
    struct runner runners[2] = { 0 };
    int r = list ? open_runners(runners, grid, rounds) : -ENOMEM;

    for (; r == 0 && c.round < c.count && c.signal == 0; c.round++) {
        random_shuffle(&random, list, grid->count);
        if (rounds->limits)
            measure_limits(&c, rounds->limits);
        r = run_round(&c, runners, rounds, list);
    }
    if (rounds->screen)
        screen_clear(rounds->screen);
    fresh_start_close(&runners[0].fresh);
    fresh_start_close(&runners[1].fresh);
    free(list);
    return r < 0 ? r : c.signal;
}
