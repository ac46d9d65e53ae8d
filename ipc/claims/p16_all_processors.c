/* SPDX-License-Identifier: MIT */
/*
 * p16_all_processors.c -- all processors, by one process or by many
 *
 * Claim       One process with threads can use all processors, as well as one
 *             process for each of them can, but with less memory.
 * Section     Processes
 * Experiment  as many processes as there are processors each move to one of
 *             their own, and fill their share of 64 MiB that stands for their
 *             runtime; then as many threads, which share one such runtime. On
 *             how many processors they are, and what they hold together (Pss)
 * Rule        REFUTED if the threads are not on all processors; otherwise
 *             CONFIRMED if the processes are, too, and hold at least 1.5 times
 *             as much; MOSTLY if they do not
 * Twin        all move to the same processor
 * Take away   Take threads for what shares data, and processes for what is to
 *             be kept apart: the processors are open to both.
 * Manual      sched_setaffinity(2), sched_getcpu(3), cpuset(7)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

enum { PROCESSORS_MAX = 1024, RUNTIMES = 64 << 20 };

/* Memory of tool_share. */
struct scene {
    pthread_barrier_t all;
    bool same;      /* processor, for all */
    size_t runtime; /* that each fills for itself; 0: there is one */
    int error;
    bool used[CPU_SETSIZE]; /* of the processors */
    size_t pss[PROCESSORS_MAX];
};

static void live(void *arg, unsigned index)
{
    struct scene *scene = arg;
    int cpu;

    if (tool_pin(scene->same ? 0 : index) < 0)
        scene->error = EPERM;
    if (scene->runtime > 0 && !tool_fill(scene->runtime))
        scene->error = ENOMEM;
    cpu = sched_getcpu();
    if (cpu >= 0 && cpu < CPU_SETSIZE)
        scene->used[cpu] = true;
    (void)pthread_barrier_wait(&scene->all);
    scene->pss[index] = tool_memory(getpid(), "Pss");
    (void)pthread_barrier_wait(&scene->all);
}

static void begin(struct scene *scene, unsigned processors)
{
    memset(scene->used, 0, sizeof(scene->used));
    memset(scene->pss, 0, sizeof(scene->pss));
    tool_barrier(&scene->all, processors);
}

static unsigned used(const struct scene *scene)
{
    unsigned count = 0;

    for (unsigned i = 0; i < CPU_SETSIZE; i++)
        count += scene->used[i];
    return count;
}

static int measure_processes(struct claim_run *run, struct scene *scene,
                             unsigned processors)
{
    size_t held = 0;

    begin(scene, processors);
    if (tool_processes(processors, live, scene) == 0)
        return -EAGAIN;
    for (unsigned i = 0; i < processors; i++)
        held += scene->pss[i];
    claim_note(run, "processors that processes are on", UNIT_COUNT,
               used(scene));
    claim_note(run, "memory of the processes", UNIT_BYTES, (double)held);
    return -scene->error;
}

static int measure_threads(struct claim_run *run, struct scene *scene,
                           unsigned processors)
{
    begin(scene, processors);
    if (!tool_fill(scene->runtime))
        return -ENOMEM;
    scene->runtime = 0;
    if (tool_threads(processors, live, scene) == 0)
        return -EAGAIN;
    claim_note(run, "processors that threads are on", UNIT_COUNT, used(scene));
    claim_note(run, "memory of the threads", UNIT_BYTES, (double)scene->pss[0]);
    return -scene->error;
}

static int measure(struct claim_run *run)
{
    const unsigned processors = tool_processors();
    struct scene *scene = tool_share(sizeof(*scene));
    int ret;

    if (!scene)
        return -ENOMEM;
    if (processors < 2 || processors > PROCESSORS_MAX)
        return claim_cannot(run, "There %s here.",
                            processors < 2 ? "is only one processor"
                                           : "are too many processors");
    if (tool_memory(getpid(), "Pss") == 0)
        return claim_cannot(run, "There is no /proc/PID/smaps_rollup.");
    if (tool_pin_none() < 0)
        return claim_cannot(run, "Nobody may choose a processor here.");
    claim_note(run, "processors", UNIT_COUNT, processors);
    scene->same = run->twin;
    scene->runtime = RUNTIMES / processors;
    ret = measure_processes(run, scene, processors);
    return ret < 0 ? ret : measure_threads(run, scene, processors);
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double all = claim_median(run, "processors");
    const double threads = claim_median(run, "processors that threads are on");
    const double processes =
        claim_median(run, "processors that processes are on");
    const double more = claim_median(run, "memory of the processes") /
                        claim_median(run, "memory of the threads");

    claim_say(run,
              "The threads of one process are on %.0f of %.0f processors, and "
              "as many processes on %.0f; these hold %.1f times as much "
              "memory.",
              threads, all, processes, more);
    if (threads < all)
        return CLAIM_REFUTED;
    return processes >= all && more >= 1.5 ? CLAIM_CONFIRMED : CLAIM_MOSTLY;
}

const struct claim_ops p16_all_processors_claim = {
    .id = "P16",
    .measure = measure,
    .judge = judge,
};
