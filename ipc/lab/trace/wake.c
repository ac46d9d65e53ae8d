/* SPDX-License-Identifier: MIT */
#include "ipc/lab/trace/wake.h"

#include "ipc/lab/trace/run_delay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { TASKS_MAX = 64 };

/* ------------------------------------------------- from wake to run */

/* A thread of the workers'. */
struct sleeper {
    int64_t task;
    bool asleep;       /* was seen to go, and not to run since */
    uint64_t woken_ns; /* and was not seen to run since; 0: no */
};

struct sleepers {
    struct sleeper one[TASKS_MAX];
    size_t count;
};

static struct sleeper *find(struct sleepers *all, int64_t task)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->one[i].task == task)
            return &all->one[i];
    return NULL;
}

/* Whoever is woken slept before, and was seen to go. */
static void note_threads(const struct sched_event *event, size_t count,
                         const struct wake_workers *workers,
                         struct sleepers *all)
{
    for (size_t i = 0; i < count && all->count < TASKS_MAX; i++) {
        bool is_theirs = false;

        for (unsigned role = 0; role < WORKER_ROLES; role++)
            is_theirs = is_theirs || event[i].process == workers->process[role];
        if (is_theirs && !find(all, event[i].task))
            all->one[all->count++] = (struct sleeper){ .task = event[i].task };
    }
}

static bool is_within(const struct wake_workers *workers, uint64_t at_ns)
{
    return at_ns >= workers->from_ns && at_ns <= workers->until_ns;
}

static void note_run(const struct sched_event *e, const struct sleeper *left,
                     uint64_t took_ns, struct wake_run *run)
{
    histogram_record(&run->woken, took_ns);
    run->woken_ns += took_ns;
    run->from_idle += e->task == 0;
    run->took_over += left && !e->sleeps;
}

/* By a switch one leaves its processor to another. */
static void note_switch(const struct sched_event *e, struct sleeper *left,
                        struct sleeper *next,
                        const struct wake_workers *workers,
                        struct wake_run *run)
{
    if (left && e->sleeps)
        left->asleep = true;
    else if (left) /* woken before it slept, and goes on later */
        left->woken_ns = 0;
    if (!next)
        return;
    if (next->woken_ns > 0 && is_within(workers, next->woken_ns) &&
        is_within(workers, e->at_ns))
        note_run(e, left, e->at_ns - next->woken_ns, run);
    next->woken_ns = 0;
    next->asleep = false;
}

void wake_collect(const struct sched_event *event, size_t count,
                  const struct wake_workers *workers, struct wake_run *run)
{
    struct sleepers all = { .count = 0 };

    note_threads(event, count, workers, &all);
    for (size_t i = 0; i < count; i++) {
        const struct sched_event *e = &event[i];
        struct sleeper *task = find(&all, e->task);
        struct sleeper *other = find(&all, e->other);

        if (task && task->asleep && task->woken_ns > 0) { /* it runs */
            run->unseen += is_within(workers, task->woken_ns);
            task->woken_ns = 0;
            task->asleep = false;
        }
        if (e->point == SCHED_SWITCH)
            note_switch(e, task, other, workers, run);
        else if (other)
            other->woken_ns = e->at_ns;
    }
}

/* ------------------------------------------------------------ the exchange */

static int run(const struct exchange_plan *plan,
               struct exchange_outcome *outcome, struct wake_run *ret_run,
               char ret_why[static WAKE_WHY_MAX])
{
    *ret_run = (struct wake_run){ .jobs = 0 };
    if (exchange_run(plan, outcome) == 0) {
        ret_run->jobs = outcome->results[WORKER_PRODUCER].completed;
        if (ret_run->jobs > 0)
            ret_run->trip_ns =
                (double)outcome->elapsed_ns / (double)ret_run->jobs;
        return 0;
    }
    (void)snprintf(ret_why, WAKE_WHY_MAX, "%s", outcome->failure);
    return outcome->signal > 0 ? 128 + outcome->signal : -1;
}

/* What the record holds of an exchange. */
static int take(struct sched_trace *trace,
                const struct exchange_outcome *outcome, struct wake_run *run)
{
    struct wake_workers workers = {
        .from_ns = outcome->finished_ns - outcome->elapsed_ns,
        .until_ns = outcome->finished_ns,
    };
    struct sched_event *event;
    size_t count;
    int r;

    memcpy(workers.process, outcome->pid, sizeof(workers.process));
    r = sched_trace_take(trace, &event, &count, &run->full);
    if (r < 0)
        return r;
    wake_collect(event, count, &workers, run);
    free(event);
    return 0;
}

static int record(const struct exchange_plan *plan, struct wake_run *ret_run,
                  char ret_why[static WAKE_WHY_MAX])
{
    struct sched_trace trace = { .buffers = 0 };
    struct exchange_outcome outcome;
    int r, taken = 0;

    r = sched_trace_open(&trace, ret_why) < 0 ? -1 : 0;
    if (r == 0)
        r = run(plan, &outcome, ret_run, ret_why);
    if (r == 0)
        taken = take(&trace, &outcome, ret_run);
    sched_trace_close(&trace);
    if (taken == 0)
        return r;
    (void)snprintf(ret_why, WAKE_WHY_MAX, "%s", strerror(-taken));
    return -1;
}

int wake_record(const struct exchange_plan *plan, struct wake_run *ret_run,
                char ret_why[static WAKE_WHY_MAX])
{
    struct exchange_outcome outcome;
    double bare_ns;
    int r;

    if (plan->placement != PLACE_SAME)
        return record(plan, ret_run, ret_why);
    r = run(plan, &outcome, ret_run, ret_why);
    bare_ns = ret_run->trip_ns;
    if (r == 0)
        r = record(plan, ret_run, ret_why);
    ret_run->bare_ns = bare_ns;
    return r;
}

int wake_count(const struct exchange_plan *plan, struct wake_run *ret_run,
               char ret_why[static WAKE_WHY_MAX])
{
    struct exchange_plan counted = *plan;
    struct exchange_outcome outcome;
    struct channel_ops decorator;
    struct run_delay *delay;
    int r;

    delay = mmap(NULL, sizeof(*delay), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (delay == MAP_FAILED) {
        (void)snprintf(ret_why, WAKE_WHY_MAX, "%s", strerror(errno));
        return -1;
    }
    run_delay_wrap(plan->ops, &decorator);
    counted.decorator = &decorator;
    counted.decoration = delay;
    r = run(&counted, &outcome, ret_run, ret_why);
    ret_run->waited_ns = atomic_load(&delay->waited_ns);
    ret_run->times = atomic_load(&delay->times);
    (void)munmap(delay, sizeof(*delay));
    return r;
}

bool wake_missing(char ret_why[static SCHED_WHY_MAX])
{
    struct sched_trace trace = { .buffers = 0 };
    const int r = sched_trace_open(&trace, ret_why);

    sched_trace_close(&trace);
    return r < 0;
}
