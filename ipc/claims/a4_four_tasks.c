/* SPDX-License-Identifier: MIT */
/*
 * a4_four_tasks.c -- four tasks, each in a thread of its own
 *
 * Claim       With a thread for each of the four tasks of an image they are all
 *             done at once.
 * Section     Concurrency vs Parallelism
 * Experiment  the tasks as waits: upload original 20 ms, checksum 5 ms, resize
 *             15 ms, and upload resized 20 ms behind it; serially, and in four
 *             threads, in turns
 * Rule        CONFIRMED if four threads are at least 3.5 times as fast; MOSTLY
 *             if they come within 15 % of the critical path, 35 ms; DEPENDS if
 *             the rounds do not separate these; else REFUTED
 * Twin        four equal tasks, of which none waits for another
 * Take away   Find the critical path first: what depends on something else
 *             cannot begin before it, however many processors there are.
 * Manual      pthreads(7); G. Amdahl, "Validity of the single processor
 *             approach to achieving large scale computing capabilities", 1967
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <stdatomic.h>

enum { TASKS = 4, MS = 1000000 };

/* How long each task takes; the last one waits for the one before it. */
struct plan {
    uint64_t ns[TASKS];
    bool independent;
    _Atomic bool resized;
};

static void do_task(void *arg, unsigned index)
{
    struct plan *plan = arg;

    while (index == 3 && !plan->independent && !atomic_load(&plan->resized))
        tool_sleep(MS / 20);
    tool_sleep(plan->ns[index]);
    if (index == 2)
        atomic_store(&plan->resized, true);
}

static void do_all(void *arg, unsigned index)
{
    (void)index;
    for (unsigned i = 0; i < TASKS; i++)
        do_task(arg, i);
}

static int measure(struct claim_run *run)
{
    struct plan plan = { .ns = { 20 * MS, 5 * MS, 15 * MS, 20 * MS } };
    uint64_t serial, together, path = plan.ns[2] + plan.ns[3];

    if (run->twin) {
        plan = (struct plan){ .ns = { 15 * MS, 15 * MS, 15 * MS, 15 * MS },
                              .independent = true };
        path = plan.ns[0];
    }
    for (unsigned round = 0; round < tool_rounds(run); round++) {
        serial = tool_threads(1, do_all, &plan);
        atomic_store(&plan.resized, false);
        together = tool_threads(TASKS, do_task, &plan);
        if (serial == 0 || together == 0)
            return -EAGAIN;
        claim_note(run, "serially", UNIT_NS, (double)serial);
        claim_note(run, "in four threads", UNIT_NS, (double)together);
        claim_note(run, "critical path", UNIT_NS, (double)path);
    }
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times faster = claim_times(run, "serially", "in four threads");
    const struct times over =
        claim_times(run, "in four threads", "critical path");
    char path[FIGURE_TEXT_MAX];

    claim_say(run,
              "Four threads are %.2f times as fast as one (%.2f to %.2f), and "
              "take %.2f times as long as the critical path of %s.",
              faster.median, faster.low, faster.high, over.median,
              claim_value_text(run, "critical path", path));
    if (faster.low >= 3.5)
        return CLAIM_CONFIRMED;
    if (faster.high >= 3.5)
        return CLAIM_DEPENDS;
    if (over.high <= 1.15)
        return CLAIM_MOSTLY;
    return over.low > 1.15 ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops a4_four_tasks_claim = {
    .id = "A4",
    .timed = true,
    .measure = measure,
    .judge = judge,
};
