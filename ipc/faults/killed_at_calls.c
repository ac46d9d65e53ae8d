/* SPDX-License-Identifier: MIT */
#include "ipc/faults/killed_at_calls.h"

#include "ipc/faults/lots.h"
#include "ipc/faults/traced.h"

#include <signal.h>

static bool kill_it(struct traced *t, const struct followed *task, uint64_t nr)
{
    (void)t;
    (void)nr;
    (void)kill(task->process, SIGKILL);
    return true;
}

static void kill_at_call(struct traced *t, uint64_t call)
{
    t->at = call;
    if (!traced_run(t))
        return;
    victim_judge(&t->victim, DEMAND_GOOD);
    t->victim.cell->injections += t->injected;
}

/* First a run without a death, which tells how many calls there are. One that
 * had settled something when its worker died goes on; one that had not begun
 * to, too, for a death is no error. */
static void kill_at_calls(struct fault_cell *cell, enum worker_role role)
{
    static struct traced t;
    struct lots lots;
    uint64_t call;

    if (traced_open(&t, cell, role) < 0)
        return;
    if (traced_run(&t)) {
        victim_judge(&t.victim, DEMAND_GOOD);
        lots = lots_of(t.calls, cell->wanted, cell->seed);
        t.inject = kill_it;
        do
            while (cell->verdict == CELL_PASS && lots_draw(&lots, &call))
                kill_at_call(&t, call);
        while (lots_again(&lots, cell_missing(cell)));
    }
    traced_close(&t);
}

static void kill_producer(struct fault_cell *cell)
{
    kill_at_calls(cell, WORKER_PRODUCER);
}

static void kill_consumer(struct fault_cell *cell)
{
    kill_at_calls(cell, WORKER_CONSUMER);
}

static const char done[] = "SIGKILL at the beginning of a system call, each in "
                           "its turn";

const struct fault_case killed_at_calls_faults[] = {
    {
        .id = "F1",
        .level = "calls",
        .title = "the producer is killed at a system call",
        .done = done,
        .inject = kill_producer,
    },
    {
        .id = "F2",
        .level = "calls",
        .title = "the consumer is killed at a system call",
        .done = done,
        .inject = kill_consumer,
    },
    { .id = NULL },
};
