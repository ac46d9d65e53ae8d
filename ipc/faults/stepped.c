/* SPDX-License-Identifier: MIT */
#include "ipc/faults/stepped.h"

#include "ipc/faults/lots.h"
#include "ipc/faults/registers.h"
#include "ipc/faults/traced.h"

#include <signal.h>
#include <string.h>

enum { OPERATIONS = 4, MESSAGES = 3, STEPS_MAX = 4000 };

enum progress { WAITING, STEPPING_OVER, STEPPING, DONE };

struct stepped {
    struct traced traced; /* the first: it is what is told */
    uint64_t operation;   /* its address, the same in all processes: they are
                             forks of this one */
    unsigned message;     /* at which call of it */
    uint64_t kill_at;     /* step; UINT64_MAX: never */
    enum progress progress;
    pid_t task;    /* that has the breakpoint; 0: none yet */
    long original; /* the word in its place */
    unsigned calls;
    uint64_t stack; /* where the operation began */
    uint64_t steps; /* of it, so far */
};

static uint64_t address_of(const struct channel_ops *ops, unsigned operation)
{
    uint64_t address = 0;

    switch (operation) {
    case 0:
        memcpy(&address, &ops->reserve, sizeof(ops->reserve));
        break;
    case 1:
        memcpy(&address, &ops->commit, sizeof(ops->commit));
        break;
    case 2:
        memcpy(&address, &ops->acquire, sizeof(ops->acquire));
        break;
    default:
        memcpy(&address, &ops->release, sizeof(ops->release));
        break;
    }
    return address;
}

/* ------------------------------------------------------------- a breakpoint */

static void put_word(const struct stepped *s, long word)
{
    (void)ptrace(PTRACE_POKETEXT, s->task, (void *)s->operation, (void *)word);
}

static void arm(struct stepped *s)
{
    put_word(s, (s->original & ~0xffl) | BREAKPOINT);
    s->progress = WAITING;
}

static void disarm(const struct stepped *s)
{
    put_word(s, s->original);
    (void)registers_set_program(s->task, s->operation);
}

/* The first process of the role gets it, once it has its name. */
static void look_at_name(struct stepped *s, const struct followed *task)
{
    if (s->task != 0 || !(task->roles & 1u << s->traced.role) ||
        atomic_load(&s->traced.victim.page->restarts) > 0)
        return;
    s->task = task->id;
    s->original = ptrace(PTRACE_PEEKTEXT, task->id, (void *)s->operation, NULL);
    arm(s);
}

static int meet_breakpoint(struct stepped *s, uint64_t stack)
{
    disarm(s);
    s->progress = s->calls++ == s->message ? STEPPING : STEPPING_OVER;
    s->stack = stack;
    s->steps = 0;
    return PTRACE_SINGLESTEP;
}

/* It has returned when its stack is shorter than in the beginning. */
static int step(struct stepped *s, uint64_t stack)
{
    if (s->steps == s->kill_at) {
        (void)kill(s->task, SIGKILL);
        s->traced.injected++;
        s->progress = DONE;
        return PTRACE_SYSCALL;
    }
    s->steps++;
    if (stack > s->stack || s->steps == STEPS_MAX) {
        s->progress = DONE;
        return PTRACE_SYSCALL;
    }
    return PTRACE_SINGLESTEP;
}

static int look_at_trap(struct stepped *s)
{
    uint64_t program, stack;

    if (registers_place(s->task, &program, &stack) < 0)
        return PTRACE_SYSCALL;
    switch (s->progress) {
    case WAITING:
        return program == s->operation + 1 ? meet_breakpoint(s, stack)
                                           : PTRACE_SYSCALL;
    case STEPPING_OVER:
        arm(s);
        return PTRACE_SYSCALL;
    case STEPPING:
        return step(s, stack);
    default:
        return PTRACE_SYSCALL;
    }
}

static int look(void *arg, struct followed *task, enum follow_stop stop,
                uint64_t nr, int64_t result)
{
    struct stepped *s = arg;

    (void)nr;
    (void)result;
    if (stop == FOLLOW_LEAVES)
        look_at_name(s, task);
    else if (stop == FOLLOW_TRAPPED && task->id == s->task)
        return look_at_trap(s);
    return PTRACE_SYSCALL;
}

/* ----------------------------------------------------------------- the runs */

static bool run(struct stepped *s, unsigned operation, unsigned message,
                uint64_t kill_at)
{
    s->operation = address_of(s->traced.victim.plan.ops, operation);
    s->message = message;
    s->kill_at = kill_at;
    s->task = 0;
    s->calls = 0;
    s->steps = 0;
    return traced_run_with(&s->traced, look, s);
}

/* How many steps each operation takes, without a death. */
static bool count_steps(struct stepped *s, uint64_t ret_steps[OPERATIONS])
{
    for (unsigned i = 0; i < OPERATIONS; i++) {
        if (!run(s, i, MESSAGES - 1, UINT64_MAX))
            return false;
        victim_judge(&s->traced.victim, DEMAND_GOOD);
        ret_steps[i] = s->steps;
    }
    return true;
}

/* The step of that number, over all operations and the first messages. */
static void kill_at(struct stepped *s, const uint64_t steps[OPERATIONS],
                    uint64_t number)
{
    struct fault_cell *cell = s->traced.victim.cell;
    unsigned operation = 0;
    uint64_t place;

    while (operation + 1 < OPERATIONS && number >= steps[operation] * MESSAGES)
        number -= steps[operation++] * MESSAGES;
    if (steps[operation] == 0)
        return;
    place = number / MESSAGES;
    if (!run(s, operation, (unsigned)(number % MESSAGES), place))
        return;
    victim_judge(&s->traced.victim, DEMAND_GOOD);
    cell->injections += s->traced.injected;
    if (cell->verdict == CELL_FAIL)
        cell_add(cell, " (operation %u, step %llu)", operation,
                 (unsigned long long)place);
}

static void kill_in_operations(struct fault_cell *cell, enum worker_role role)
{
    uint64_t steps[OPERATIONS] = { 0 }, all = 0, number;
    static struct stepped s;
    struct lots lots;

    if (!registers_can_break()) {
        cell_skip(cell, "breakpoints are those of x86-64");
        return;
    }
    if (traced_open(&s.traced, cell, role) < 0)
        return;
    if (count_steps(&s, steps)) {
        for (unsigned i = 0; i < OPERATIONS; i++)
            all += steps[i] * MESSAGES;
        lots = lots_of(all, cell->wanted, cell->seed);
        do
            while (cell->verdict == CELL_PASS && lots_draw(&lots, &number))
                kill_at(&s, steps, number);
        while (lots_again(&lots, cell_missing(cell)));
    }
    traced_close(&s.traced);
}

static void kill_producer(struct fault_cell *cell)
{
    kill_in_operations(cell, WORKER_PRODUCER);
}

static void kill_consumer(struct fault_cell *cell)
{
    kill_in_operations(cell, WORKER_CONSUMER);
}

static const char done[] = "SIGKILL between two instructions of reserve, "
                           "commit, acquire or release";

const struct fault_case stepped_faults[] = {
    { "F1", "steps", "the producer is killed within an operation", done, false,
      fault_not_for_threads, kill_producer },
    { "F2", "steps", "the consumer is killed within an operation", done, false,
      fault_not_for_threads, kill_consumer },
    { .id = NULL },
};
