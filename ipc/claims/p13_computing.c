/* SPDX-License-Identifier: MIT */
/*
 * p13_computing.c -- computing by threads, and by processes
 *
 * Claim       Computing is for processes: threads take turns, and do not run in
 *             parallel.
 * Section     Threads or processes
 * Experiment  as many threads as there are processors, up to four, compute, and
 *             as many processes, in turns, each on a processor of its own.
 *             After every 50 us that nothing has interrupted each looks whether
 *             others got on meanwhile: then they run in parallel
 * Rule        REFUTED if threads do so in 1 % of the looks of any round.
 *             Otherwise CONFIRMED if processes do in most rounds, and DEPENDS
 *             if these do not, either: others need the processors
 * Twin        each thread holds one lock while it computes, as an interpreter's
 *             threads do
 * Take away   In C, C++, Rust, Go or Java computing needs no processes. Where
 *             an interpreter has a lock, take processes, or libraries that let
 *             go of it while they compute.
 * Manual      pthreads(7), fork(2)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <stdatomic.h>

enum { WORKERS_MAX = 4, LOOKS = 100, STEPS = 5 };

static const uint64_t step_ns = 10000;
static const double enough = 0.01;

/* Memory of tool_share. */
struct work {
    uint64_t length; /* of a step */
    bool locks;
    pthread_mutex_t one;
    _Atomic unsigned steps;           /* of all */
    _Atomic unsigned looks, together; /* uninterrupted; others got on */
    volatile uint64_t sink;
};

static void look(struct work *work)
{
    const uint64_t start = clock_ns();
    const unsigned before = work->steps;

    for (int i = 0; i < STEPS; i++) {
        work->sink = tool_compute(work->length);
        (void)atomic_fetch_add(&work->steps, 1);
    }
    if (clock_ns() - start > 3 * STEPS * step_ns / 2)
        return;
    (void)atomic_fetch_add(&work->looks, 1);
    if (work->steps - before > STEPS)
        (void)atomic_fetch_add(&work->together, 1);
}

static void compute(void *arg, unsigned index)
{
    struct work *work = arg;

    (void)tool_pin(index);
    if (work->locks)
        (void)pthread_mutex_lock(&work->one);
    for (int i = 0; i < LOOKS; i++)
        look(work);
    if (work->locks)
        (void)pthread_mutex_unlock(&work->one);
}

/* Notes the share of looks that saw others, and the time; false: that many
 * could not be made. */
static bool note(struct claim_run *run, const char *share, const char *time,
                 const struct work *work, uint64_t took)
{
    claim_note(run, share, UNIT_SHARE,
               work->looks > 0 ? (double)work->together / work->looks : 0);
    claim_note(run, time, UNIT_NS, (double)took);
    return took > 0;
}

static bool compute_in_turns(struct claim_run *run, struct work *work,
                             unsigned workers)
{
    uint64_t took;

    work->looks = work->together = 0;
    work->locks = run->twin;
    took = tool_threads(workers, compute, work);
    if (!note(run, "threads in parallel", "computing by threads", work, took))
        return false;
    work->looks = work->together = 0;
    work->locks = false;
    took = tool_processes(workers, compute, work);
    return note(run, "processes in parallel", "computing by processes", work,
                took);
}

static int measure(struct claim_run *run)
{
    const unsigned all = tool_processors();
    const unsigned workers = all < WORKERS_MAX ? all : WORKERS_MAX;
    struct work *work = tool_share(sizeof(*work));

    if (all < 2)
        return claim_cannot(run, "There is only one processor here.");
    if (!work)
        return -ENOMEM;
    (void)pthread_mutex_init(&work->one, NULL);
    (void)tool_pin_none(); /* so that the set is known before it is narrowed */
    work->length = tool_compute_of(step_ns);
    for (unsigned round = 0; round < CLAIM_ROUNDS; round++)
        if (!compute_in_turns(run, work, workers))
            return -EAGAIN;
    claim_note(run, "threads, or processes", UNIT_COUNT, workers);
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times longer =
        claim_times(run, "computing by threads", "computing by processes");
    const double threads = claim_most(run, "threads in parallel");
    const double processes = claim_most(run, "processes in parallel");

    claim_say(run,
              "%.0f threads run in parallel %.0f %% of the time, and as many "
              "processes %.0f %% (in the best round); threads take %.2f times "
              "as long (%.2f to %.2f).",
              claim_median(run, "threads, or processes"), 100 * threads,
              100 * processes, longer.median, longer.low, longer.high);
    if (threads >= enough)
        return CLAIM_REFUTED;
    return claim_median(run, "processes in parallel") >= enough
               ? CLAIM_CONFIRMED
               : CLAIM_DEPENDS;
}

const struct claim_ops p13_computing_claim = {
    .id = "P13",
    .measure = measure,
    .judge = judge,
};
