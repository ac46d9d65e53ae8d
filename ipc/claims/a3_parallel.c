/* SPDX-License-Identifier: MIT */
/*
 * a3_parallel.c -- several threads on several processors
 *
 * Claim       Threads that run on several processors at once get work done
 *             sooner.
 * Section     Concurrency vs Parallelism
 * Experiment  the same computing, split over one thread and over as many as
 *             there are processors, in turns
 * Rule        CONFIRMED if n processors do it at least 0.7 n times as fast;
 *             MOSTLY if at least 1.2 times; REFUTED if less than that; DEPENDS
 *             if the rounds do not separate these
 * Twin        all threads on one processor
 * Take away   Computing that needs no other can be split over all processors,
 *             and over no more than that.
 * Manual      pthreads(7), sched(7)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>

static const uint64_t work_ns = 60000000;

/* What all threads share in. */
struct work {
    uint64_t steps;
    unsigned threads;
    volatile uint64_t sink;
};

static void compute(void *arg, unsigned index)
{
    struct work *work = arg;
    const uint64_t result = tool_compute(work->steps / work->threads);

    if (index == 0)
        work->sink = result;
}

static int measure(struct claim_run *run)
{
    struct work work = { .steps = tool_compute_of(work_ns) };
    const unsigned many = tool_processors();
    uint64_t alone, together;

    if (many < 2)
        return claim_cannot(run, "There is only one processor here.");
    if (run->twin)
        (void)tool_pin(0);
    for (unsigned round = 0; round < tool_rounds(run); round++) {
        work.threads = 1;
        alone = tool_threads(1, compute, &work);
        work.threads = many;
        together = tool_threads(many, compute, &work);
        if (alone == 0 || together == 0)
            return -EAGAIN;
        claim_note(run, "one thread", UNIT_NS, (double)alone);
        claim_note(run, "a thread for each processor", UNIT_NS,
                   (double)together);
    }
    claim_note(run, "processors", UNIT_COUNT, many);
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times faster =
        claim_times(run, "one thread", "a thread for each processor");
    const double processors = claim_median(run, "processors");

    claim_say(run,
              "%.0f threads on %.0f processors are %.2f times as fast as one "
              "(%.2f to %.2f in %u rounds).",
              processors, processors, faster.median, faster.low, faster.high,
              run->figures[0].count);
    if (faster.low >= 0.7 * processors)
        return CLAIM_CONFIRMED;
    if (faster.low >= 1.2)
        return CLAIM_MOSTLY;
    return faster.high < 1.2 ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops a3_parallel_claim = {
    .id = "A3",
    .timed = true,
    .measure = measure,
    .judge = judge,
};
