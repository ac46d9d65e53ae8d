/* SPDX-License-Identifier: MIT */
/*
 * p12_locks.c -- several write to the same memory
 *
 * Claim       Memory that several threads write to needs locks, or they undo
 *             what others wrote.
 * Section     Threads
 * Experiment  four threads, and four processes, each add one to a number in
 *             shared memory, many times: it is read, and written one higher,
 *             now and then with others running in between. How much is missing
 *             in the end; likewise with a mutex around it, and with an atomic
 *             addition
 * Rule        CONFIRMED if some is missing without a lock, and none with a
 *             mutex or an atomic addition; REFUTED if none is missing without a
 *             lock; otherwise DEPENDS
 * Twin        the mutex is held where there was no lock
 * Take away   Whatever one may write while others read or write it needs a
 *             mutex, or an atomic operation that is one step for all. A mutex
 *             between processes must be PTHREAD_PROCESS_SHARED.
 * Manual      pthread_mutex_lock(3), pthread_mutexattr_setpshared(3)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { ADDERS = 4, TIMES = 50000, YIELD = 1000 };

enum way {
    WAY_NO_LOCK,
    WAY_MUTEX,
    WAY_ATOMIC,
    WAYS,
};

/* Memory of tool_share. */
struct scene {
    pthread_mutex_t mutex;
    enum way way;
    _Atomic unsigned there, number;
};

/* Two steps, as number++ is. */
static void add_one(struct scene *scene, bool yield)
{
    const unsigned was =
        atomic_load_explicit(&scene->number, memory_order_relaxed);

    if (yield)
        (void)sched_yield();
    atomic_store_explicit(&scene->number, was + 1, memory_order_relaxed);
}

static void add(void *arg, unsigned index)
{
    struct scene *scene = arg;

    (void)index;
    (void)atomic_fetch_add(&scene->there, 1);
    while (scene->there < ADDERS)
        (void)sched_yield();
    for (int i = 0; i < TIMES; i++) {
        if (scene->way == WAY_ATOMIC) {
            (void)atomic_fetch_add(&scene->number, 1);
            continue;
        }
        if (scene->way == WAY_MUTEX)
            (void)pthread_mutex_lock(&scene->mutex);
        add_one(scene, i % YIELD == 0);
        if (scene->way == WAY_MUTEX)
            (void)pthread_mutex_unlock(&scene->mutex);
    }
}

static void make_mutex(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attributes;

    (void)pthread_mutexattr_init(&attributes);
    (void)pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    (void)pthread_mutex_init(mutex, &attributes);
    (void)pthread_mutexattr_destroy(&attributes);
}

/* The share that is missing; negative: they could not be made. */
static double missing(struct scene *scene, bool processes)
{
    scene->there = 0;
    scene->number = 0;
    if ((processes ? tool_processes : tool_threads)(ADDERS, add, scene) == 0)
        return -1;
    return 1 - (double)scene->number / (ADDERS * TIMES);
}

static int measure(struct claim_run *run)
{
    static const char *const names[WAYS] = {
        [WAY_NO_LOCK] = "missing, without a lock",
        [WAY_MUTEX] = "missing, with a mutex",
        [WAY_ATOMIC] = "missing, with an atomic addition",
    };
    struct scene *scene = tool_share(sizeof(*scene));

    if (!scene)
        return -ENOMEM;
    make_mutex(&scene->mutex);
    for (unsigned i = 0; i < WAYS; i++) {
        double threads, processes;

        scene->way = run->twin && i == WAY_NO_LOCK ? WAY_MUTEX : i;
        threads = missing(scene, false);
        processes = missing(scene, true);
        if (threads < 0 || processes < 0)
            return -EAGAIN;
        claim_note(run, names[i], UNIT_SHARE, threads);
        claim_note(run, names[i], UNIT_SHARE, processes);
    }
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double least = claim_least(run, "missing, without a lock");
    const double most = claim_most(run, "missing, without a lock");
    const bool safe = claim_most(run, "missing, with a mutex") <= 0 &&
                      claim_most(run, "missing, with an atomic addition") <= 0;

    claim_say(run,
              "Of what four threads or processes add to a number without a "
              "lock, at least %.3g %% is missing; with a mutex or an atomic "
              "addition %s.",
              100 * least, safe ? "nothing is" : "some is, too");
    if (least > 0 && safe)
        return CLAIM_CONFIRMED;
    return most <= 0 ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops p12_locks_claim = {
    .id = "P12",
    .measure = measure,
    .judge = judge,
};
