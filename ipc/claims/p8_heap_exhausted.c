/* SPDX-License-Identifier: MIT */
/*
 * p8_heap_exhausted.c -- one thread takes all memory there is
 *
 * Claim       Where memory runs out it does so for the whole process, mostly by
 *             too many objects on the heap.
 * Section     Threads
 * Experiment  a process may map 64 MiB more; one of its four threads takes
 *             objects of 1 MiB until malloc(3) returns none; then each of the
 *             other three wants one
 * Rule        CONFIRMED if none of them gets one; REFUTED if all do; otherwise
 *             DEPENDS
 * Twin        the first thread frees its objects before the others want theirs
 * Take away   Every malloc(3) can be the one that fails, and not where memory
 *             went. Bound what one part of a program may keep: queues, caches.
 * Manual      malloc(3), setrlimit(2), "RLIMIT_AS"
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { THREADS = 4, OTHERS = THREADS - 1, OBJECTS = 256 };

static const size_t object_size = 1 << 20, more = 64 << 20;

struct scene {
    pthread_barrier_t all;
    bool frees;  /* the first thread */
    int limited; /* 0 or a negative errno */
    unsigned taken;
    _Atomic unsigned refused;
};

/* Takes what there is, and returns how many objects. */
static unsigned take_all(void *objects[OBJECTS])
{
    unsigned count = 0;

    while (count < OBJECTS && (objects[count] = malloc(object_size)))
        count++;
    return count;
}

static void free_all(void *objects[OBJECTS], unsigned count)
{
    while (count > 0)
        free(objects[--count]);
}

static void take_part(void *arg, unsigned index)
{
    struct scene *scene = arg;
    static void *objects[OBJECTS];

    if (index == 0) {
        scene->limited = tool_limit_memory(more);
        scene->taken = take_all(objects);
        if (scene->frees)
            free_all(objects, scene->taken);
    }
    (void)pthread_barrier_wait(&scene->all);
    if (index != 0) {
        void *volatile object = malloc(object_size);

        if (!object && errno == ENOMEM)
            (void)atomic_fetch_add(&scene->refused, 1);
        free(object);
    }
    (void)pthread_barrier_wait(&scene->all);
    if (index == 0 && !scene->frees)
        free_all(objects, scene->taken);
}

static int measure(struct claim_run *run)
{
    struct scene scene = { .frees = run->twin };

    if (!tool_heap_is_usual())
        return claim_cannot(run, "A sanitizer has a heap of its own.");
    (void)mallopt(M_ARENA_MAX, 1); /* none is kept for a thread */
    tool_barrier(&scene.all, THREADS);
    if (tool_threads(THREADS, take_part, &scene) == 0)
        return -EAGAIN;
    if (scene.limited < 0)
        return scene.limited;
    if (scene.taken == OBJECTS)
        return claim_cannot(run, "RLIMIT_AS limits nothing here.");
    claim_note(run, "MiB that one thread took", UNIT_COUNT, scene.taken);
    claim_note(run, "other threads without memory", UNIT_COUNT, scene.refused);
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double refused = claim_median(run, "other threads without memory");

    claim_say(run,
              "After one thread took %.0f MiB, malloc returned ENOMEM to it, "
              "and then to %.0f of the other %d.",
              claim_median(run, "MiB that one thread took"), refused, OTHERS);
    if (refused >= OTHERS)
        return CLAIM_CONFIRMED;
    return refused < 1 ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops p8_heap_exhausted_claim = {
    .id = "P8",
    .measure = measure,
    .judge = judge,
};
