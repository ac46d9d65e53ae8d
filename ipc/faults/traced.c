/* SPDX-License-Identifier: MIT */
#include "ipc/faults/traced.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JOBS = 6, WINDOW = 2, PAYLOAD = 300, STALL_S = 3 };

static void begin(void)
{
    if (follow_me() < 0)
        _exit(EXIT_FAILURE);
}

int traced_open(struct traced *t, struct fault_cell *cell,
                enum worker_role role)
{
    *t = (struct traced){ .role = role };
    if (victim_open(&t->victim, cell) < 0)
        return -ENOMEM;
    t->victim.plan.jobs = JOBS;
    t->victim.plan.size = t->victim.plan.max = PAYLOAD;
    t->victim.plan.window = WINDOW;
    t->victim.plan.depth = WINDOW;
    t->victim.plan.stall_ns = STALL_S * UINT64_C(1000000000);
    t->victim.prepare = begin;
    return 0;
}

void traced_close(struct traced *t)
{
    victim_close(&t->victim);
}

/* Whether a call is where the fault belongs. */
static bool is_its_turn(const struct traced *t, uint64_t nr)
{
    if (!t->inject || t->calls < t->at)
        return false;
    return t->calls == t->at ||
           (t->lasting && t->at < TRACED_CALLS_MAX && nr == t->nr[t->at]);
}

static void enter(struct traced *t, const struct followed *task, uint64_t nr)
{
    if (t->calls < TRACED_CALLS_MAX)
        t->nr[t->calls] = (uint16_t)nr;
    if (is_its_turn(t, nr) && t->inject(t, task, nr)) {
        t->injected++;
        t->hit = (uint16_t)nr;
        t->interrupted = task->id;
    }
    t->calls++;
}

/* Later generations have other processes, and are left alone. */
static bool is_meant(const struct traced *t, const struct followed *task)
{
    const struct victim *v = &t->victim;

    if (t->of_supervisor)
        return task->process == v->pid && !atomic_load(&v->page->returned);
    return atomic_load(&v->page->restarts) == 0 && task->roles & 1u << t->role;
}

static int look(void *arg, struct followed *task, enum follow_stop stop,
                uint64_t nr, int64_t result)
{
    struct traced *t = arg;

    (void)result;
    if (stop == FOLLOW_LEAVES && task->id == t->interrupted) {
        if (t->after)
            t->after(t, task);
        t->interrupted = 0;
    } else if (stop == FOLLOW_ENTERS && is_meant(t, task))
        enter(t, task, nr);
    return PTRACE_SYSCALL;
}

bool traced_run(struct traced *t)
{
    return traced_run_with(t, look, t);
}

bool traced_run_with(struct traced *t,
                     int (*look_at)(void *arg, struct followed *task,
                                    enum follow_stop stop, uint64_t nr,
                                    int64_t result),
                     void *arg)
{
    struct fault_cell *cell = t->victim.cell;
    int r;

    t->calls = t->injected = 0;
    t->interrupted = 0;
    if (victim_start(&t->victim) < 0)
        return false;
    r = follow_begin(t->victim.pid);
    if (r < 0) {
        cell_skip(cell, "tracing is not allowed here (ptrace(2))");
        return false;
    }
    t->follow = (struct follow){
        .look = look_at,
        .arg = arg,
        .limit_ns = t->victim.limit_ns,
    };
    r = follow_all(&t->follow, t->victim.pid, &t->victim.status);
    t->victim.pid = 0;
    if (r < 0)
        cell_fail(cell, "it hangs: no end within %d s", VICTIM_LIMIT_S);
    return r == 0;
}
