/* SPDX-License-Identifier: MIT */
/*
 * a1_idle.c -- one task after another, in one thread
 *
 * Claim       Tasks done one after another in one thread waste time: other
 *             processors are not used, and while one waits none is.
 * Section     Concurrency vs Parallelism
 * Experiment  four times a wait of 10 ms, as for a server, and 5 ms of
 *             computing: one after another, and in four threads, in turns
 * Rule        CONFIRMED if one thread takes at least 1.3 times as long as four;
 *             REFUTED if less than that; DEPENDS if the rounds do not separate
 *             these
 * Twin        no waits, and one processor for all threads
 * Take away   What waits and what computes can overlap; what computes alone, on
 *             one processor, cannot.
 * Manual      pthreads(7), nanosleep(2)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>

enum { TASKS = 4 };

static const uint64_t wait_ns = 10000000, work_ns = 5000000;

/* What a task does. */
struct task {
    uint64_t steps;
    bool waits;
    volatile uint64_t sink;
};

static void do_task(void *arg, unsigned index)
{
    struct task *task = arg;
    uint64_t result;

    if (task->waits)
        tool_sleep(wait_ns);
    result = tool_compute(task->steps);
    if (index == 0)
        task->sink = result;
}

static void do_all(void *arg, unsigned index)
{
    (void)index;
    for (unsigned i = 0; i < TASKS; i++)
        do_task(arg, i);
}

static int measure(struct claim_run *run)
{
    struct task task = {
        .steps = tool_compute_of(work_ns),
        .waits = !run->twin,
    };
    uint64_t serial, together, cpu;

    if (run->twin)
        (void)tool_pin(0);
    for (unsigned round = 0; round < tool_rounds(run); round++) {
        cpu = tool_cpu_ns();
        serial = tool_threads(1, do_all, &task);
        cpu = tool_cpu_ns() - cpu;
        together = tool_threads(TASKS, do_task, &task);
        if (serial == 0 || together == 0)
            return -EAGAIN;
        claim_note(run, "one after another", UNIT_NS, (double)serial);
        claim_note(run, "in four threads", UNIT_NS, (double)together);
        claim_note(run, "processors idle meanwhile", UNIT_SHARE,
                   1 - (double)cpu / (double)serial / tool_processors());
    }
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times longer =
        claim_times(run, "one after another", "in four threads");
    char idle[FIGURE_TEXT_MAX];

    claim_say(run,
              "One thread takes %.2f times as long as four (%.2f to %.2f), and "
              "leaves the processors idle for %s of its time.",
              longer.median, longer.low, longer.high,
              claim_value_text(run, "processors idle meanwhile", idle));
    if (longer.low >= 1.3)
        return CLAIM_CONFIRMED;
    return longer.high < 1.3 ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops a1_idle_claim = {
    .id = "A1",
    .timed = true,
    .measure = measure,
    .judge = judge,
};
