/* SPDX-License-Identifier: MIT */
/*
 * p15_interpreter_lock.c -- threads under one lock, as an interpreter has it
 *
 * Claim       The lock of an interpreter lets its threads run in turns only,
 *             not in parallel.
 * Section     Threads or processes
 * Experiment  computing, split over as many threads as there are processors, up
 *             to four, each of which has a processor of its own, and holds one
 *             lock for all of its work; and done by one thread; in turns, the
 *             quickest of fifteen tries. It is the nearest thing to an
 *             interpreter that there is in C
 * Rule        NOT TESTABLE HERE if the threads under the lock are less than 1.2
 *             times as fast as one: so a lock does it, but it is none of an
 *             interpreter; REFUTED if threads are at least that fast; otherwise
 *             DEPENDS
 * Twin        no lock
 * Take away   A lock that is held while computing makes threads as slow as one.
 *             Hold it for what is shared only. A library can let go of the
 *             interpreter's lock while it computes; that is why threads help
 *             then.
 * Manual      pthread_mutex_lock(3)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <pthread.h>

enum { THREADS_MAX = 4, TRIES = 15 };

static const uint64_t work_ns = 1000000;

struct work {
    uint64_t steps;
    unsigned threads;
    bool locks;
    pthread_mutex_t one;
    volatile uint64_t sink;
};

static void compute(void *arg, unsigned index)
{
    struct work *work = arg;
    uint64_t result;

    (void)tool_pin(index);
    if (work->locks)
        (void)pthread_mutex_lock(&work->one);
    result = tool_compute(work->steps / work->threads);
    if (work->locks)
        (void)pthread_mutex_unlock(&work->one);
    if (index == 0)
        work->sink = result;
}

static uint64_t compute_by(struct work *work, unsigned threads)
{
    work->threads = threads;
    return tool_threads(threads, compute, work);
}

/* One round; false: that many could not be made. */
static bool compute_in_turns(struct claim_run *run, struct work *work,
                             unsigned several)
{
    uint64_t alone = UINT64_MAX, together = UINT64_MAX;

    for (int i = 0; i < TRIES; i++) {
        alone = tool_least(alone, compute_by(work, 1));
        together = tool_least(together, compute_by(work, several));
    }
    claim_note(run, "one thread", UNIT_NS, (double)alone);
    claim_note(run, "several threads", UNIT_NS, (double)together);
    return alone > 0 && together > 0;
}

static int measure(struct claim_run *run)
{
    const unsigned processors = tool_processors();
    const unsigned several =
        processors < THREADS_MAX ? processors : THREADS_MAX;
    struct work work = { .locks = !run->twin };

    if (processors < 2)
        return claim_cannot(run, "There is no interpreter here, and only one "
                                 "processor.");
    (void)pthread_mutex_init(&work.one, NULL);
    (void)tool_pin_none(); /* so that the set is known before it is narrowed */
    work.steps = tool_compute_of(work_ns);
    for (unsigned round = 0; round < tool_rounds(run); round++)
        if (!compute_in_turns(run, &work, several))
            return -EAGAIN;
    claim_note(run, "how many these are", UNIT_COUNT, several);
    claim_note(run, "one lock around all work", UNIT_YES_NO, work.locks);
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times faster =
        claim_times(run, "one thread", "several threads");
    const bool locks = claim_median(run, "one lock around all work") > 0;

    claim_say(run,
              "%.0f threads %s are %.2f times as fast as one (%.2f to %.2f). "
              "C has no interpreter, so this tells of a lock, not of one that "
              "an interpreter has.",
              claim_median(run, "how many these are"),
              locks ? "under one lock" : "without a lock", faster.median,
              faster.low, faster.high);
    if (locks && faster.high < 1.2)
        return CLAIM_NOT_TESTABLE;
    return faster.low >= 1.2 ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops p15_interpreter_lock_claim = {
    .id = "P15",
    .timed = true,
    .measure = measure,
    .judge = judge,
};
