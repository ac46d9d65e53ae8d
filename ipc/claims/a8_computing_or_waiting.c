/* SPDX-License-Identifier: MIT */
/*
 * a8_computing_or_waiting.c -- how many threads, for which work
 *
 * Claim       Work that computes and work that waits need different ways: more
 *             threads than processors help only with waiting.
 * Section     Threads or processes
 * Experiment  64 ms of computing and 64 waits of 1 ms, each split over as many
 *             threads as there are processors, and over eight times as many, in
 *             turns
 * Rule        CONFIRMED if eight times as many threads wait at least 3 times as
 *             fast, and compute at most 1.2 times as fast; REFUTED if they wait
 *             less than 1.5 times as fast; else DEPENDS
 * Twin        both compute
 * Take away   For computing as many threads as processors; for waiting as many
 *             as there are things to wait for, or one that waits for all.
 * Manual      pthreads(7)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/teamwork.h"
#include "ipc/claims/tools.h"

enum { PARTS = 64, TIMES = 8 };

static const uint64_t part_ns = 1000000; /* a pause is as long */

static int measure(struct claim_run *run)
{
    const unsigned few =
        tool_processors() < PARTS / TIMES ? tool_processors() : PARTS / TIMES;
    const struct teamwork work = { .steps = PARTS * tool_compute_of(part_ns),
                                   .pauses = PARTS };
    const enum teamwork_kind wait =
        run->twin ? TEAMWORK_COMPUTING : TEAMWORK_WAITING;
    int r = 0;

    for (unsigned i = 0; r == 0 && i < tool_rounds(run); i++) {
        r = teamwork_note(run, "computing, few threads", &work,
                          TEAMWORK_COMPUTING, few);
        if (r == 0)
            r = teamwork_note(run, "computing, many threads", &work,
                              TEAMWORK_COMPUTING, TIMES * few);
        if (r == 0)
            r = teamwork_note(run, "waiting, few threads", &work, wait, few);
        if (r == 0)
            r = teamwork_note(run, "waiting, many threads", &work, wait,
                              TIMES * few);
    }
    claim_note(run, "few threads", UNIT_COUNT, few);
    return r;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times computing =
        claim_times(run, "computing, few threads", "computing, many threads");
    const struct times waiting =
        claim_times(run, "waiting, few threads", "waiting, many threads");
    const double few = claim_median(run, "few threads");

    claim_say(run,
              "%.0f threads instead of %.0f wait %.2f times as fast (%.2f to "
              "%.2f), and compute %.2f times as fast (%.2f to %.2f).",
              TIMES * few, few, waiting.median, waiting.low, waiting.high,
              computing.median, computing.low, computing.high);
    if (waiting.low >= 3 && computing.median <= 1.2)
        return CLAIM_CONFIRMED;
    return waiting.high < 1.5 ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops a8_computing_or_waiting_claim = {
    .id = "A8",
    .timed = true,
    .measure = measure,
    .judge = judge,
};
