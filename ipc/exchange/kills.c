/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/kills.h"

#include "ipc/exchange/broker.h"
#include "shared/base/clock.h"

#include <signal.h>

void kills_open(struct kills *k, const struct kill_plan *plan, uint64_t seed)
{
    *k = (struct kills){
        .plan = *plan,
        .lot = plan->seed ? plan->seed : seed,
    };
}

void kills_begin(struct kills *k)
{
    k->due_ns = 0;
}

/* Xorshift, as Marsaglia has it (Journal of Statistical Software 8/14): with
 * one seed the same draws. */
static uint64_t draw(struct kills *k)
{
    k->lot ^= k->lot << 13;
    k->lot ^= k->lot >> 7;
    k->lot ^= k->lot << 17;
    return k->lot;
}

/* It is not reaped yet, so its pid is its own. */
static void send_to(const struct kills *k, pid_t pid)
{
    (void)kill(pid, k->plan.signal ? k->plan.signal : SIGKILL);
}

static void kill_one(struct kills *k, const struct roster *roster)
{
    const struct supervised *running[PAGE_WORKERS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++)
        if (supervised_runs(&roster->worker[i]))
            running[count++] = &roster->worker[i];
    if (count > 0)
        send_to(k, running[draw(k) % count]->pid);
}

static void kill_role(const struct kills *k, const struct roster *roster,
                      enum worker_role role)
{
    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++)
        if (supervised_runs(&roster->worker[i]) &&
            roster->worker[i].role == role)
            send_to(k, roster->worker[i].pid);
}

/* Whatever the supervisor has started: workers and servers. */
static void kill_children(const struct kills *k)
{
    const struct broker_children children = broker_children();

    for (unsigned i = 0; i < children.count; i++)
        send_to(k, children.pid[i]);
}

static void kill_due(struct kills *k, const struct roster *roster)
{
    switch (k->plan.whom) {
    case KILL_ONE:
        kill_one(k, roster);
        break;
    case KILL_PRODUCERS:
        kill_role(k, roster, WORKER_PRODUCER);
        break;
    case KILL_CONSUMERS:
        kill_role(k, roster, WORKER_CONSUMER);
        break;
    case KILL_ALL:
        kill_children(k);
        break;
    }
    k->killed_ns = clock_ns();
    k->count++;
}

static void note_recovery(struct kills *k)
{
    if (k->killed_ns > 0 && k->plan.recovery)
        histogram_record(k->plan.recovery, clock_ns() - k->killed_ns);
    k->killed_ns = 0;
}

static uint64_t wait_of(struct kills *k)
{
    return k->plan.after_ns +
           (k->plan.spread_ns > 0 ? draw(k) % k->plan.spread_ns : 0);
}

void kills_look(struct kills *k, const struct roster *roster, bool moved)
{
    if (k->plan.after_ns == 0)
        return;
    if (k->due_ns == 0 && moved) {
        note_recovery(k);
        k->due_ns = clock_ns() + wait_of(k);
    }
    if (k->due_ns == 0 || clock_ns() < k->due_ns)
        return;
    kill_due(k, roster);
    k->due_ns = UINT64_MAX;
}
