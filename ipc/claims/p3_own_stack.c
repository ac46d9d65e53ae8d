/* SPDX-License-Identifier: MIT */
/*
 * p3_own_stack.c -- local variables of threads, and objects on the heap
 *
 * Claim       Each thread has a stack of its own for its local variables; the
 *             heap belongs to all threads of the process.
 * Section     Threads
 * Experiment  eight threads each count in a local variable and in an object on
 *             the heap; then the first writes to the local variables of all
 *             others, by their addresses
 * Rule        REFUTED if a local variable or the heap has not what was counted;
 *             otherwise MOSTLY if the first thread could write to the others'
 *             variables, and CONFIRMED if it could not
 * Twin        eight processes: each has a heap of its own, too
 * Take away   A stack is separate, and not protected: what a thread is handed
 *             the address of, it can change, and must no longer use when the
 *             function has returned.
 * Manual      pthreads(7), pthread_attr_setstack(3)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 8, COUNT = 100000, STRANGE = -1 };

/* Memory of tool_share, but for the object. */
struct scene {
    pthread_barrier_t all;
    _Atomic unsigned *object; /* on the heap */
    volatile int *locals[WORKERS];
    int counted[WORKERS]; /* in the local variable */
    int found[WORKERS];   /* in it, after the first has written */
};

static void count_and_look(void *arg, unsigned index)
{
    struct scene *scene = arg;
    volatile int local = 0;

    scene->locals[index] = &local;
    (void)pthread_barrier_wait(&scene->all);
    for (int i = 0; i < COUNT; i++) {
        local = local + 1;
        (void)atomic_fetch_add(scene->object, 1);
    }
    scene->counted[index] = local;
    (void)pthread_barrier_wait(&scene->all);
    if (index == 0)
        for (int i = 1; i < WORKERS; i++)
            *scene->locals[i] = STRANGE;
    (void)pthread_barrier_wait(&scene->all);
    scene->found[index] = local;
}

static struct scene *make_scene(void)
{
    struct scene *scene = tool_share(sizeof(*scene));

    if (!scene)
        return NULL;
    tool_barrier(&scene->all, WORKERS);
    scene->object = calloc(1, sizeof(*scene->object));
    return scene->object ? scene : NULL;
}

static int measure(struct claim_run *run)
{
    struct scene *scene = make_scene();
    unsigned kept = 0, changed = 0;

    if (!scene)
        return -ENOMEM;
    if ((run->twin ? tool_processes : tool_threads)(WORKERS, count_and_look,
                                                    scene) == 0)
        return -EAGAIN;
    for (int i = 0; i < WORKERS; i++)
        kept += scene->counted[i] == COUNT;
    for (int i = 1; i < WORKERS; i++)
        changed += scene->found[i] == STRANGE;
    claim_note(run, "local variables that counted right", UNIT_COUNT, kept);
    claim_note(run, "counted on the heap", UNIT_SHARE,
               (double)*scene->object / (WORKERS * COUNT));
    claim_note(run, "other threads' variables changed", UNIT_COUNT, changed);
    free((void *)scene->object);
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double kept = claim_median(run, "local variables that counted right");
    const double heap = claim_median(run, "counted on the heap");
    const double changed =
        claim_median(run, "other threads' variables changed");

    claim_say(run,
              "%.0f of %d local variables counted right, all at once, and the "
              "object on the heap has %.3g %% of what all counted. One thread "
              "could change %.0f of the %d local variables of others.",
              kept, WORKERS, 100 * heap, changed, WORKERS - 1);
    if (kept < WORKERS || heap < 1)
        return CLAIM_REFUTED;
    return changed > 0 ? CLAIM_MOSTLY : CLAIM_CONFIRMED;
}

const struct claim_ops p3_own_stack_claim = {
    .id = "P3",
    .measure = measure,
    .judge = judge,
};
