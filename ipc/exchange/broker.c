/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/broker.h"

#include "ipc/job/cpu_clock.h"
#include "ipc/worker/measure.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

struct broker_children broker_children(void)
{
    struct broker_children children = { .count = 0 };
    FILE *file = fopen("/proc/thread-self/children", "re");
    int pid;

    while (file && children.count < BROKER_CHILDREN_MAX &&
           fscanf(file, "%d", &pid) == 1)
        children.pid[children.count++] = pid;
    if (file)
        (void)fclose(file);
    return children;
}

static bool is_among(pid_t pid, const struct broker_children *children)
{
    for (unsigned i = 0; i < children->count; i++)
        if (children->pid[i] == pid)
            return true;
    return false;
}

struct broker_children broker_new(const struct broker_children *before)
{
    const struct broker_children now = broker_children();
    struct broker_children new = { .count = 0 };

    for (unsigned i = 0; i < now.count; i++)
        if (!is_among(now.pid[i], before))
            new.pid[new.count++] = now.pid[i];
    return new;
}

uint64_t broker_cpu_ns(const struct broker_children *children)
{
    uint64_t sum = 0;
    clockid_t clock;

    for (unsigned i = 0; i < children->count; i++)
        if (clock_getcpuclockid(children->pid[i], &clock) == 0)
            sum += cpu_clock_ns(clock);
    return sum;
}
