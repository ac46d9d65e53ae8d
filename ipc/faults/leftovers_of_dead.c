/* SPDX-License-Identifier: MIT */
#include "ipc/faults/leftovers_of_dead.h"

#include "ipc/exchange/rundir.h"
#include "ipc/faults/victim.h"

#include <signal.h>
#include <string.h>

enum { JOBS = 2000 };

static void note_removal(void *arg, const char *path,
                         const struct leftover *left)
{
    struct fault_cell *cell = arg;

    if (left)
        cell_fail(cell, "%.200s cannot be removed: %s",
                  left->error ? left->name : path, strerror(-left->error));
}

/* The supervisor dies first, so nobody is left that would tidy up. */
static bool kill_whole_run(struct victim *v)
{
    if (!victim_await_progress(v))
        return false;
    (void)kill(v->pid, SIGKILL);
    victim_await(v);
    victim_reap_orphans(); /* a run is dead when all of it are */
    return true;
}

/* What is counted in the end is what cleaning has overlooked. */
static void leave_behind(struct fault_cell *cell)
{
    struct victim v;

    if (victim_open(&v, cell) < 0)
        return;
    v.plan.jobs = JOBS;
    v.plan.slow_pause_ns = 100000;
    victim_look_often(&v);
    while (cell->verdict == CELL_PASS && cell->injections < cell->wanted) {
        if (victim_start(&v) < 0)
            break;
        cell->injections += kill_whole_run(&v);
        cell->runs++;
        (void)rundir_clean(true, note_removal, cell);
    }
    victim_close(&v);
}

const struct fault_case leftovers_of_dead_faults[] = {
    { "F9", "clean", "a whole run is killed",
      "SIGKILL to the supervisor, all die; `clean` leaves nothing", false, NULL,
      leave_behind },
    { .id = NULL },
};
