/* SPDX-License-Identifier: MIT */
#include "ipc/lab/trace/calls.h"

#include "ipc/channel_config.h"
#include "ipc/exchange/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TASKS_MAX = 512,
    JOBS_LEAST = 12,
    JOBS_MOST = 250,
    BYTES = 2 << 20, /* of all jobs, about */
    MESSAGES_MOST = 20000,
    MESSAGES_BEFORE_MOST = 256,
    SYSTEM_CALL = SIGTRAP | 0x80, /* PTRACE_O_TRACESYSGOOD */
    STOP_NS = 500000000,          /* that a traced run may take to end */
};

/* One task (a process or a thread) that is traced. */
struct task {
    pid_t id;
    uint64_t calls;
};

struct tracer {
    struct task task[TASKS_MAX];
    size_t count;
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

/* NULL: there are too many. */
static struct task *task_of(struct tracer *t, pid_t id)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->task[i].id == id)
            return &t->task[i];
    if (t->count == TASKS_MAX)
        return NULL;
    t->task[t->count] = (struct task){ .id = id };
    return &t->task[t->count++];
}

static void read_name(pid_t id, char ret_name[static 32])
{
    char path[64];
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/comm", id);
    ret_name[0] = '\0';
    file = fopen(path, "re");
    if (!file)
        return;
    if (!fgets(ret_name, 32, file))
        ret_name[0] = '\0';
    ret_name[strcspn(ret_name, "\n")] = '\0';
    (void)fclose(file);
}

static pid_t process_of(pid_t id)
{
    char path[64], line[256];
    pid_t process = id;
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", id);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "Tgid: %d", &process) == 1)
            break;
    if (file)
        (void)fclose(file);
    return process;
}

/* Workers bear the name of their role; threads that a library started may have
 * one of their own, and then their process tells. */
static int role_of(pid_t id)
{
    const pid_t ids[] = { id, process_of(id) };
    char name[32];

    for (size_t i = 0; i < 2; i++) {
        read_name(ids[i], name);
        for (unsigned role = 0; role < WORKER_ROLES; role++)
            if (strcmp(name, worker_role_name(role)) == 0)
                return (int)role;
    }
    return -1;
}

/* A task is about to end: it still has a name. */
static void count_task(struct tracer *t, const struct task *task)
{
    int role = role_of(task->id);

    if (role >= 0)
        t->calls[role] += task->calls;
}

/* Whether a task is on its way into a call, and not one by which a spin lets
 * others go first: of those there are as many as there is time. */
static bool enters_call(pid_t id)
{
    struct __ptrace_syscall_info info = { .op = PTRACE_SYSCALL_INFO_NONE };

    return ptrace(PTRACE_GET_SYSCALL_INFO, id, sizeof(info), &info) > 0 &&
           info.op == PTRACE_SYSCALL_INFO_ENTRY &&
           info.entry.nr != SYS_sched_yield;
}

/* Lets a task that stopped go on, with the signal it was to get. */
static void resume(struct tracer *t, struct task *task, int status)
{
    const int event = status >> 16;
    int number = WSTOPSIG(status);

    if (event == PTRACE_EVENT_EXEC) { /* a broker */
        (void)ptrace(PTRACE_DETACH, task->id, NULL, NULL);
        return;
    }
    if (event == PTRACE_EVENT_EXIT)
        count_task(t, task);
    if (number == SYSTEM_CALL && enters_call(task->id)) {
        task->calls++;
        if (++t->seen == t->most)
            (void)kill(t->supervisor, SIGTERM);
    }
    /* The stop of a task that is new, and those of the tracing itself. */
    if (event != 0 || number == SYSTEM_CALL || number == SIGSTOP ||
        number == SIGTRAP)
        number = 0;
    (void)ptrace(PTRACE_SYSCALL, task->id, NULL, (void *)(intptr_t)number);
}

/* Follows all tasks until the first one has ended; its wait status. */
static int follow(struct tracer *t, pid_t first)
{
    int status, last = -1;
    struct task *task;
    pid_t id;

    while ((id = waitpid(-1, &status, __WALL)) > 0) {
        if (!WIFSTOPPED(status)) {
            if (id == first)
                last = status;
            continue;
        }
        task = task_of(t, id);
        if (task)
            resume(t, task, status);
        else
            (void)kill(id, SIGKILL);
    }
    return last;
}

/* The process that is traced, and supervises the exchange. */
static _Noreturn void run_traced(const struct exchange_plan *plan, pid_t parent)
{
    struct exchange_outcome outcome;

    child_dies_with(parent, SIGKILL);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
        _exit(EXIT_FAILURE);
    (void)kill(getpid(), SIGSTOP);
    _exit(exchange_run(plan, &outcome) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static int trace(const struct exchange_plan *plan, struct tracer *t,
                 _Atomic pid_t *ret_supervisor)
{
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL |
                         PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                         PTRACE_O_TRACEEXIT;
    const pid_t self = getpid();
    pid_t child;
    int status;

    child = fork();
    if (child < 0)
        return -errno;
    if (child == 0)
        run_traced(plan, self);
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
        return -EPERM;
    if (ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)options) < 0 ||
        ptrace(PTRACE_SYSCALL, child, NULL, NULL) < 0) {
        (void)kill(child, SIGKILL);
        return -EPERM;
    }
    atomic_store(ret_supervisor, child);
    t->supervisor = child;
    status = follow(t, child);
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
