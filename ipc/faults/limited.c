/* SPDX-License-Identifier: MIT */
#include "ipc/faults/limited.h"

#include "ipc/faults/lots.h"
#include "ipc/faults/victim.h"

#include <signal.h>
#include <sys/resource.h>

enum { JOBS = 20, DESCRIPTORS_MAX = 48, BYTES_MAX = 1 << 16, SIGNALS_MAX = 16 };

/* What the supervisor's process begins with. */
static struct {
    int resource;
    rlim_t most;
} limit;

static void set_limit(void)
{
    struct rlimit limits;

    (void)getrlimit((__rlimit_resource_t)limit.resource, &limits);
    limits.rlim_cur = limit.most;
    (void)setrlimit((__rlimit_resource_t)limit.resource, &limits);
}

static void limit_to(struct fault_cell *cell, int resource, uint64_t all)
{
    struct victim v;
    struct lots lots = lots_of(all, cell->wanted, cell->seed);
    uint64_t most;

    if (victim_open(&v, cell) < 0)
        return;
    v.plan.jobs = JOBS;
    v.plan.restarts = 1;
    v.plan.stall_ns = 2000000000;
    v.prepare = set_limit;
    limit.resource = resource;
    while (cell->verdict == CELL_PASS && lots_draw(&lots, &most)) {
        limit.most = most;
        victim_run(&v, DEMAND_TOLD);
        cell->injections++;
        if (cell->verdict == CELL_FAIL)
            cell_add(cell, " (a limit of %llu)", (unsigned long long)most);
    }
    victim_close(&v);
}

static void limit_descriptors(struct fault_cell *cell)
{
    limit_to(cell, RLIMIT_NOFILE, DESCRIPTORS_MAX);
}

static void limit_queues(struct fault_cell *cell)
{
    limit_to(cell, RLIMIT_MSGQUEUE, BYTES_MAX);
}

static void limit_signals(struct fault_cell *cell)
{
    limit_to(cell, RLIMIT_SIGPENDING, SIGNALS_MAX);
}

const struct fault_case limited_faults[] = {
    { "F14", "files", "few descriptors", "RLIMIT_NOFILE, from 0 to 47", false,
      NULL, limit_descriptors },
    { "F14", "queues", "few bytes in message queues",
      "RLIMIT_MSGQUEUE, from 0 to 64 KiB", false, NULL, limit_queues },
    { "F14", "signals", "few signals may wait",
      "RLIMIT_SIGPENDING, from 0 to 15", false, NULL, limit_signals },
    { .id = NULL },
};
