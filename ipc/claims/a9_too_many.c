/* SPDX-License-Identifier: MIT */
/*
 * a9_too_many.c -- four times as many threads as processors
 *
 * Claim       Many more threads than processors, such as 32 on 8, fight for
 *             them and slow the program down.
 * Section     Threads
 * Experiment  the same computing and the same number of increments, by as many
 *             threads as processors and by four times as many; the increments
 *             under one lock for all, and under a lock for each thread
 * Rule        CONFIRMED if four times as many threads take at least 1.2 times
 *             as long to compute; DEPENDS if they do not, but take at least
 *             1.5 times as long with one lock for all as with a lock for each;
 *             else REFUTED
 * Twin        a lock for each thread everywhere
 * Take away   Not the number of threads costs, but what they share. More than
 *             there are processors still cost memory, and a job waits longer.
 * Manual      pthread_mutex_lock(3), futex(2)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/teamwork.h"
#include "ipc/claims/tools.h"

#include <errno.h>

enum { TIMES = 4, CURVE_THREADS = 32, INCREMENTS = 400000 };

static const uint64_t work_ns = 30000000, curve_ns = 20000000;

static const struct claim_plot plot = {
    .title = "what more threads get done",
    .x = "threads",
    .x_unit = UNIT_COUNT,
    .y = "times the work of one thread",
    .caption = "The same work, divided among so many threads: how many times "
               "as fast they did it as one thread just before. Computing gains "
               "until each processor has a thread, waiting (pauses of 1 ms) "
               "longer. Of increments it matters who shares a lock.",
};

static const struct curve {
    const char *name;
    enum teamwork_kind kind;
} curves[] = {
    { "computing", TEAMWORK_COMPUTING },
    { "waiting", TEAMWORK_WAITING },
    { "one lock for all", TEAMWORK_ONE_LOCK },
    { "a lock for each", TEAMWORK_LOCKS },
};

enum { CURVES = sizeof(curves) / sizeof(curves[0]) };

static int draw(struct claim_run *run, const struct curve *curve,
                const struct teamwork *work)
{
    double alone = 0;

    for (unsigned threads = 1; threads <= CURVE_THREADS; threads *= 2) {
        const double took = (double)teamwork_time(work, curve->kind, threads);

        if (took == 0)
            return -EAGAIN;
        alone = threads == 1 ? took : alone;
        claim_note_at(run, curve->name, UNIT_TIMES, threads, alone / took);
    }
    return 0;
}

static int measure_round(struct claim_run *run, const struct teamwork *work,
                         unsigned few)
{
    const unsigned many = TIMES * few;
    int r = teamwork_note(run, "computing, few threads", work,
                          TEAMWORK_COMPUTING, few);

    if (r == 0)
        r = teamwork_note(run, "computing, many threads", work,
                          TEAMWORK_COMPUTING, many);
    if (r == 0)
        r = teamwork_note(run, "many threads, a lock for each", work,
                          TEAMWORK_LOCKS, many);
    if (r == 0)
        r = teamwork_note(run, "many threads, one lock for all", work,
                          run->twin ? TEAMWORK_LOCKS : TEAMWORK_ONE_LOCK, many);
    return r;
}

static int measure(struct claim_run *run)
{
    const unsigned few = tool_processors() < TEAMWORK_THREADS_MAX / TIMES
                             ? tool_processors()
                             : TEAMWORK_THREADS_MAX / TIMES;
    const struct teamwork work = { .steps = few * tool_compute_of(work_ns),
                                   .increments = INCREMENTS };
    const struct teamwork drawn = { .steps = tool_compute_of(curve_ns),
                                    .pauses = CURVE_THREADS,
                                    .increments = INCREMENTS };
    int r = 0;

    for (unsigned i = 0; r == 0 && i < tool_rounds(run); i++)
        r = measure_round(run, &work, few);
    claim_note(run, "few threads", UNIT_COUNT, few);
    for (unsigned i = 0; r == 0 && i < CURVES * tool_curve_rounds(run); i++)
        r = draw(run, &curves[i % CURVES], &drawn);
    return r;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times computing =
        claim_times(run, "computing, many threads", "computing, few threads");
    const struct times locking = claim_times(
        run, "many threads, one lock for all", "many threads, a lock for each");
    const double few = claim_median(run, "few threads");

    claim_say(run,
              "%.0f threads instead of %.0f take %.2f times as long to compute "
              "the same (%.2f to %.2f); with one lock for all they take %.2f "
              "times as long as with a lock for each (%.2f to %.2f).",
              TIMES * few, few, computing.median, computing.low, computing.high,
              locking.median, locking.low, locking.high);
    if (computing.low >= 1.2)
        return CLAIM_CONFIRMED;
    return locking.low >= 1.5 ? CLAIM_DEPENDS : CLAIM_REFUTED;
}

const struct claim_ops a9_too_many_claim = {
    .id = "A9",
    .timed = true,
    .measure = measure,
    .judge = judge,
    .plot = &plot,
};
