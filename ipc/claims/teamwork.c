/* SPDX-License-Identifier: MIT */
#include "ipc/claims/teamwork.h"

#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <pthread.h>

static const uint64_t pause_ns = 1000000;

/* A lock and what it protects, in a cache line of its own. */
struct guarded {
    _Alignas(128) pthread_mutex_t lock;
    uint64_t count;
};

struct team {
    const struct teamwork *work;
    unsigned threads;
    struct guarded guarded[TEAMWORK_THREADS_MAX];
    volatile uint64_t sink;
};

static void compute(void *arg, unsigned index)
{
    struct team *team = arg;

    (void)index;
    team->sink = tool_compute(team->work->steps / team->threads);
}

static void wait_often(void *arg, unsigned index)
{
    const struct team *team = arg;

    for (unsigned i = index; i < team->work->pauses; i += team->threads)
        tool_sleep(pause_ns);
}

static void increment(const struct team *team, struct guarded *guarded)
{
    for (unsigned i = 0; i < team->work->increments / team->threads; i++) {
        (void)pthread_mutex_lock(&guarded->lock);
        guarded->count++;
        (void)pthread_mutex_unlock(&guarded->lock);
    }
}

static void increment_one(void *arg, unsigned index)
{
    struct team *team = arg;

    (void)index;
    increment(team, &team->guarded[0]);
}

static void increment_own(void *arg, unsigned index)
{
    struct team *team = arg;

    increment(team, &team->guarded[index]);
}

uint64_t teamwork_time(const struct teamwork *work, enum teamwork_kind kind,
                       unsigned threads)
{
    static void (*const parts[])(void *arg, unsigned index) = {
        [TEAMWORK_COMPUTING] = compute,
        [TEAMWORK_WAITING] = wait_often,
        [TEAMWORK_ONE_LOCK] = increment_one,
        [TEAMWORK_LOCKS] = increment_own,
    };
    static struct team team;

    if (threads > TEAMWORK_THREADS_MAX)
        return 0;
    team.work = work;
    team.threads = threads;
    for (unsigned i = 0; i < threads; i++)
        (void)pthread_mutex_init(&team.guarded[i].lock, NULL);
    return tool_threads(threads, parts[kind], &team);
}

int teamwork_note(struct claim_run *run, const char *name,
                  const struct teamwork *work, enum teamwork_kind kind,
                  unsigned threads)
{
    const uint64_t took = teamwork_time(work, kind, threads);

    claim_note(run, name, UNIT_NS, (double)took);
    return took == 0 ? -EAGAIN : 0;
}
