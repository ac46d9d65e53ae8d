/* SPDX-License-Identifier: MIT */
/*
 * p10_memory_of_many.c -- the memory of four processes, and of four threads
 *
 * Claim       Four processes need four times the memory of one process that has
 *             four threads.
 * Section     Processes
 * Experiment  four processes each fill 16 MiB that stand for their runtime;
 *             then four threads share one of these. What they hold together
 *             (Pss: a page that several share counts once)
 * Rule        CONFIRMED if the processes hold at least 3.2 times as much;
 *             MOSTLY if at least 1.5 times; REFUTED if less than that
 * Twin        the processes inherit the filled memory, and only read it
 * Take away   Load what all need before fork(2), and do not write to it. Rss
 *             counts a shared page for each process: add up Pss.
 * Manual      fork(2), proc_pid_smaps(5)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <unistd.h>

enum { MANY = 4, RUNTIME = 16 << 20 };

/* Memory of tool_share. */
struct scene {
    pthread_barrier_t all;
    bool fills; /* each one its own */
    bool failed;
    size_t pss[MANY], rss[MANY];
};

/* Is there, together with all others, and looks what its process holds. */
static void live(void *arg, unsigned index)
{
    struct scene *scene = arg;

    if (scene->fills && !tool_fill(RUNTIME))
        scene->failed = true;
    (void)pthread_barrier_wait(&scene->all);
    scene->pss[index] = tool_memory(getpid(), "Pss");
    scene->rss[index] = tool_memory(getpid(), "Rss");
    (void)pthread_barrier_wait(&scene->all);
}

static int measure_processes(struct claim_run *run, struct scene *scene)
{
    size_t pss = 0, rss = 0;

    if (tool_processes(MANY, live, scene) == 0)
        return -EAGAIN;
    for (int i = 0; i < MANY; i++) {
        pss += scene->pss[i];
        rss += scene->rss[i];
    }
    claim_note(run, "four processes (Pss)", UNIT_BYTES, (double)pss);
    claim_note(run, "four processes, shared pages and all", UNIT_BYTES,
               (double)rss);
    return scene->failed ? -ENOMEM : 0;
}

static int measure_threads(struct claim_run *run, struct scene *scene)
{
    scene->fills = false;
    if (tool_threads(MANY, live, scene) == 0)
        return -EAGAIN;
    claim_note(run, "one process of four threads (Pss)", UNIT_BYTES,
               (double)scene->pss[0]);
    return 0;
}

static int measure(struct claim_run *run)
{
    struct scene *scene = tool_share(sizeof(*scene));
    int ret;

    if (!scene)
        return -ENOMEM;
    if (tool_memory(getpid(), "Pss") == 0)
        return claim_cannot(run, "There is no /proc/PID/smaps_rollup.");
    tool_barrier(&scene->all, MANY);
    scene->fills = !run->twin;
    if (run->twin && !tool_fill(RUNTIME))
        return -ENOMEM;
    ret = measure_processes(run, scene);
    if (ret == 0 && !run->twin && !tool_fill(RUNTIME))
        ret = -ENOMEM;
    return ret < 0 ? ret : measure_threads(run, scene);
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double more = claim_median(run, "four processes (Pss)") /
                        claim_median(run, "one process of four threads (Pss)");
    char processes[FIGURE_TEXT_MAX], threads[FIGURE_TEXT_MAX],
        rss[FIGURE_TEXT_MAX];

    claim_say(
        run,
        "Four processes hold %s together and four threads %s: %.2f times "
        "as much. Who adds up Rss counts %s.",
        claim_value_text(run, "four processes (Pss)", processes),
        claim_value_text(run, "one process of four threads (Pss)", threads),
        more,
        claim_value_text(run, "four processes, shared pages and all", rss));
    if (more >= 0.8 * MANY)
        return CLAIM_CONFIRMED;
    return more >= 1.5 ? CLAIM_MOSTLY : CLAIM_REFUTED;
}

const struct claim_ops p10_memory_of_many_claim = {
    .id = "P10",
    .measure = measure,
    .judge = judge,
};
