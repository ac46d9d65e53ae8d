/* SPDX-License-Identifier: MIT */
/*
 * a6_one_at_a_time.c -- two threads on one processor
 *
 * Claim       A processor core does one task at a time.
 * Section     Concurrency vs Parallelism
 * Experiment  two threads that compute, both on one processor, against one
 *             thread that does as much as each of them, in turns; and how many
 *             such processors the system sees in one core
 * Rule        CONFIRMED if both together take at least 1.8 times as long, and a
 *             core is one processor; MOSTLY if a core is several; REFUTED if
 *             less than 1.3 times as long; else DEPENDS
 * Twin        the two threads may run on two processors
 * Take away   What the system calls a processor does one thing at a time, and
 *             takes turns. Two of them may be halves of one core.
 * Manual      sched_setaffinity(2), lscpu(1)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const uint64_t work_ns = 40000000;

struct work {
    uint64_t steps;
    volatile uint64_t sink;
};

static void compute(void *arg, unsigned index)
{
    struct work *work = arg;
    const uint64_t result = tool_compute(work->steps);

    if (index == 0)
        work->sink = result;
}

/* How many processors share the first core: "0,32" or "0-1" are two; 0: it is
 * not known. */
static unsigned processors_in_core(void)
{
    static const char path[] =
        "/sys/devices/system/cpu/cpu0/topology/thread_siblings_list";
    char text[64] = "";
    FILE *file = fopen(path, "re");
    unsigned count = 0;

    if (!file)
        return 0;
    if (fgets(text, sizeof(text), file))
        count = 1;
    (void)fclose(file);
    return count + (strpbrk(text, ",-") != NULL);
}

static int measure(struct claim_run *run)
{
    struct work work = { .steps = tool_compute_of(work_ns) };
    uint64_t one, two;

    if (run->twin && tool_processors() < 2)
        return claim_cannot(run, "There is only one processor here.");
    for (unsigned round = 0; round < tool_rounds(run); round++) {
        if (!run->twin)
            (void)tool_pin(0);
        one = tool_threads(1, compute, &work);
        two = tool_threads(2, compute, &work);
        if (one == 0 || two == 0)
            return -EAGAIN;
        claim_note(run, "one thread", UNIT_NS, (double)one);
        claim_note(run, "two threads", UNIT_NS, (double)two);
    }
    claim_note(run, "processors in a core", UNIT_COUNT, processors_in_core());
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times longer = claim_times(run, "two threads", "one thread");
    const bool halves = claim_median(run, "processors in a core") > 1;

    claim_say(run,
              "Two threads on one processor take %.2f times as long as one "
              "(%.2f to %.2f)%s.",
              longer.median, longer.low, longer.high,
              halves ? "; but a core here is two processors, which do two "
                       "tasks at a time"
                     : "");
    if (longer.low >= 1.8)
        return halves ? CLAIM_MOSTLY : CLAIM_CONFIRMED;
    return longer.high < 1.3 ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops a6_one_at_a_time_claim = {
    .id = "A6",
    .timed = true,
    .measure = measure,
    .judge = judge,
};
