/* SPDX-License-Identifier: MIT */
#include "ipc/lab/trace/calls.h"

#include "ipc/channel_config.h"
#include "ipc/exchange/supervisor.h"
#include "ipc/lab/trace/follow.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    JOBS_LEAST = 12,
    JOBS_MOST = 250,
    BYTES = 2 << 20, /* of all jobs, about */
    MESSAGES_MOST = 20000,
    MESSAGES_BEFORE_MOST = 256,
    STOP_NS = 500000000, /* that a traced run may take to end */
};

struct tracer {
    struct follow follow;
    uint64_t calls[WORKER_ROLES];
    pid_t supervisor; /* of the traced run */
    uint64_t seen;    /* calls of all tasks so far */
    uint64_t most;    /* then the run is asked to end */
};

/* The tracing process tells this to the one that asked. */
struct report {
    uint64_t calls[WORKER_ROLES];
    int result;               /* negative errno until it is done */
    _Atomic pid_t supervisor; /* of the traced run; 0: not yet */
};

static void count_task(struct tracer *t, const struct followed *task)
{
    for (unsigned role = 0; role < WORKER_ROLES; role++)
        if (task->roles == 1u << role)
            t->calls[role] += task->calls;
}

/* Calls by which a spin lets others go first do not count: of those there are
 * as many as there is time. */
static int look(void *arg, struct followed *task, enum follow_stop stop,
                uint64_t nr, int64_t result)
{
    struct tracer *t = arg;

    (void)result;
    if (stop == FOLLOW_ENDS)
        count_task(t, task);
    else if (stop == FOLLOW_ENTERS && nr == SYS_sched_yield)
        task->calls--;
    else if (stop == FOLLOW_ENTERS && ++t->seen == t->most)
        (void)kill(t->supervisor, SIGTERM);
    return PTRACE_SYSCALL;
}

/* The process that is traced, and supervises the exchange. */
static _Noreturn void run_traced(const struct exchange_plan *plan, pid_t parent)
{
    struct exchange_outcome outcome;

    child_dies_with(parent, SIGKILL);
    if (follow_me() < 0)
        _exit(EXIT_FAILURE);
    _exit(exchange_run(plan, &outcome) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static int trace(const struct exchange_plan *plan, struct tracer *t,
                 _Atomic pid_t *ret_supervisor)
{
    const pid_t self = getpid();
    pid_t child;
    int r, status;

    child = fork();
    if (child < 0)
        return -errno;
    if (child == 0)
        run_traced(plan, self);
    r = follow_begin(child);
    if (r < 0)
        return r;
    atomic_store(ret_supervisor, child);
    t->supervisor = child;
    t->follow.look = look;
    t->follow.arg = t;
    (void)follow_all(&t->follow, child, &status);
    if (t->seen >= t->most)
        return -E2BIG;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

/* A tracer that is told to stop asks the traced run to end, so that it leaves
 * nothing behind; all that is traced dies with the tracer. */
static void await_tracer(pid_t tracer, child_stop_fn *stop,
                         const struct report *report)
{
    int status;

    if (child_await(tracer, UINT64_MAX, stop, &status) == 0)
        return;
    if (atomic_load(&report->supervisor) > 0)
        (void)kill(atomic_load(&report->supervisor), SIGTERM);
    if (child_await(tracer, STOP_NS, NULL, &status) < 0)
        child_end(tracer);
}

/* One traced run, by a process of its own: it waits for all that it traces. */
static int count_run(const struct exchange_plan *plan, uint64_t most,
                     child_stop_fn *stop, struct report *report)
{
    const pid_t self = getpid();
    static struct tracer t;
    pid_t tracer;

    *report = (struct report){ .result = -EIO };
    (void)fflush(NULL);
    tracer = fork();
    if (tracer < 0)
        return -errno;
    if (tracer == 0) {
        child_dies_with(self, SIGKILL);
        (void)place_self(PLACE_SAME, 0);
        t = (struct tracer){ .most = most };
        report->result = trace(plan, &t, &report->supervisor);
        memcpy(report->calls, t.calls, sizeof(t.calls));
        _exit(EXIT_SUCCESS);
    }
    await_tracer(tracer, stop, report);
    return report->result;
}

/* Messages that a job takes where a mechanism cuts it up. */
static uint64_t messages_of(const struct exchange_plan *plan)
{
    const size_t most = plan->ops->message_max;

    return most > 0 ? plan_payload_max(plan) / most + 1 : 1;
}

/* With the first frames memory is made, for as many as can be under way: depth
 * or, where answers hold a sender back, the window; and as a receiver may keep
 * some back, half of the depth on top. */
static uint64_t frames_before(const struct exchange_plan *plan)
{
    const uint64_t most = MESSAGES_BEFORE_MOST / messages_of(plan);
    const uint64_t depth = plan->depth > 0 ? plan->depth : CHANNEL_DEPTH;
    const bool held = plan->pattern == PATTERN_EXCHANGE && plan->window < depth;
    const uint64_t frames = (held ? plan->window : depth) + depth / 2;

    return 1 + (frames < most ? frames : most);
}

/* There are enough jobs to count right where one read brings several frames, or
 * a part of a large one, and no more than are traced in a moment. */
static uint64_t choose_jobs(const struct exchange_plan *plan)
{
    const uint64_t bytes = plan_payload_max(plan);
    uint64_t jobs = bytes > BYTES / JOBS_MOST ? BYTES / bytes : JOBS_MOST;

    if (jobs < JOBS_LEAST)
        jobs = JOBS_LEAST;
    if (jobs > MESSAGES_MOST / messages_of(plan))
        jobs = MESSAGES_MOST / messages_of(plan);
    return plan->batch > 1 ? jobs + 4 * (uint64_t)plan->batch : jobs;
}

/* Chance may have it that more jobs took fewer calls: then it is none. */
static double per_job(uint64_t few, uint64_t many, uint64_t jobs)
{
    return many > few ? (double)(many - few) / (double)jobs : 0;
}

int calls_count(const struct exchange_plan *plan, uint64_t most,
                child_stop_fn *stop, double ret_calls[static WORKER_ROLES])
{
    const uint64_t frame = plan->batch > 1 ? plan->batch : 1;
    const uint64_t more = choose_jobs(plan) / frame * frame * plan->producers;
    struct exchange_plan few = *plan, many;
    struct report *report;
    uint64_t calls[WORKER_ROLES];
    int r;

    if (more == 0)
        return -E2BIG;
    few.jobs = frames_before(plan) * frame * plan->producers * plan->consumers;
    few.budget_ns = few.warmup_ns = 0;
    few.placement = PLACE_FREE; /* but where this process is */
    few.progress = NULL;
    few.latency = NULL;
    many = few;
    many.jobs += more;
    report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED)
        return -errno;
    r = count_run(&few, most, stop, report);
    memcpy(calls, report->calls, sizeof(calls));
    if (r == 0)
        r = count_run(&many, most, stop, report);
    for (unsigned role = 0; r == 0 && role < WORKER_ROLES; role++)
        ret_calls[role] = per_job(calls[role], report->calls[role], more);
    (void)munmap(report, sizeof(*report));
    return r;
}
