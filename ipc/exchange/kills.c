/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/kills.h"

#include "shared/base/clock.h"

#include <signal.h>

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

/* They are not reaped yet, so their pids are theirs. */
static void kill_one(struct kills *k, const struct roster *roster)
{
    const struct supervised *running[PAGE_WORKERS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++)
        if (supervised_runs(&roster->worker[i]))
            running[count++] = &roster->worker[i];
    if (count > 0)
        (void)kill(running[draw(k) % count]->pid, SIGKILL);
}

void kills_look(struct kills *k, const struct roster *roster, bool moved)
{
    if (k->after_ns == 0)
        return;
    if (k->due_ns == 0 && moved)
        k->due_ns = clock_ns() + k->after_ns;
    if (k->due_ns == 0 || clock_ns() < k->due_ns)
        return;
    kill_one(k, roster);
    k->due_ns = UINT64_MAX;
}
