/* SPDX-License-Identifier: MIT */
#include "ipc/lab/trace/follow.h"

#include "shared/base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SYSTEM_CALL = SIGTRAP | 0x80, /* PTRACE_O_TRACESYSGOOD */
    LOOK_S = 1,                   /* between two looks at the clock */
    BOTH = 1 << WORKER_PRODUCER | 1 << WORKER_CONSUMER,
};

int follow_me(void)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
        return -errno;
    return kill(getpid(), SIGSTOP) < 0 ? -errno : 0;
}

int follow_begin(pid_t child)
{
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL |
                         PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                         PTRACE_O_TRACEEXIT;
    int status;

    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
        return -EPERM;
    if (ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)options) == 0 &&
        ptrace(PTRACE_SYSCALL, child, NULL, NULL) == 0)
        return 0;
    (void)kill(child, SIGKILL);
    return -EPERM;
}

/* ---------------------------------------------------------------- who it is */

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

static unsigned roles_of_name(pid_t id)
{
    char name[32];

    read_name(id, name);
    if (strcmp(name, "threads") == 0)
        return BOTH;
    for (unsigned role = 0; role < WORKER_ROLES; role++)
        if (strcmp(name, worker_role_name(role)) == 0)
            return 1u << role;
    return 0;
}

/* Workers bear the name of their role; threads that a library started may have
 * one of their own, and then their process tells. */
static void identify(struct followed *task)
{
    task->roles = roles_of_name(task->id);
    if (task->roles == 0 && task->process != task->id)
        task->roles = roles_of_name(task->process);
}

/* NULL: there are too many. */
static struct followed *task_of(struct follow *f, pid_t id)
{
    struct followed *task;

    for (size_t i = 0; i < f->count; i++)
        if (f->task[i].id == id)
            return &f->task[i];
    if (f->count == FOLLOW_TASKS_MAX)
        return NULL;
    task = &f->task[f->count++];
    *task = (struct followed){ .id = id, .process = process_of(id) };
    identify(task);
    return task;
}

static void forget(struct follow *f, pid_t id)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->task[i].id == id) {
            f->task[i] = f->task[--f->count];
            return;
        }
}

/* --------------------------------------------------------------- the stops */

static int look(struct follow *f, struct followed *task, enum follow_stop stop,
                uint64_t nr, int64_t result)
{
    return f->look(f->arg, task, stop, nr, result);
}

static int look_at_call(struct follow *f, struct followed *task)
{
    struct __ptrace_syscall_info info = { .op = PTRACE_SYSCALL_INFO_NONE };

    if (ptrace(PTRACE_GET_SYSCALL_INFO, task->id, sizeof(info), &info) <= 0)
        return PTRACE_SYSCALL;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        task->calls++;
        return look(f, task, FOLLOW_ENTERS, info.entry.nr, 0);
    }
    identify(task); /* it may have taken a name by that call */
    return look(f, task, FOLLOW_LEAVES, 0, info.exit.rval);
}

/* Lets a task that stopped go on, with the signal it was to get. */
static void resume(struct follow *f, struct followed *task, int status)
{
    const int event = status >> 16;
    int number = WSTOPSIG(status), how = PTRACE_SYSCALL;

    if (event == PTRACE_EVENT_EXEC) { /* a broker */
        (void)ptrace(PTRACE_DETACH, task->id, NULL, NULL);
        return;
    }
    if (event == PTRACE_EVENT_EXIT)
        how = look(f, task, FOLLOW_ENDS, 0, 0);
    else if (number == SYSTEM_CALL)
        how = look_at_call(f, task);
    else if (event == 0 && number == SIGTRAP)
        how = look(f, task, FOLLOW_TRAPPED, 0, 0);
    /* The stop of a task that is new, and those of the tracing itself. */
    if (event != 0 || number == SYSTEM_CALL || number == SIGSTOP ||
        number == SIGTRAP)
        number = 0;
    (void)ptrace((enum __ptrace_request)how, task->id, NULL,
                 (void *)(intptr_t)number);
}

static void no_more(int number)
{
    (void)number;
}

/* So that a wait ends now and then. */
static void tick(bool on)
{
    const struct sigaction action = { .sa_handler = no_more };
    const struct itimerval time = { .it_interval.tv_sec = on ? LOOK_S : 0,
                                    .it_value.tv_sec = on ? LOOK_S : 0 };

    (void)sigaction(SIGALRM, &action, NULL);
    (void)setitimer(ITIMER_REAL, &time, NULL);
}

static pid_t await_stop(const struct follow *f, pid_t child, bool *late,
                        int *ret_status)
{
    pid_t id;

    while ((id = waitpid(-1, ret_status, __WALL)) < 0 && errno == EINTR)
        if (!*late && clock_ns() > f->limit_ns) {
            *late = true;
            (void)kill(child, SIGKILL); /* and all of them with it */
        }
    return id;
}

int follow_all(struct follow *f, pid_t child, int *ret_status)
{
    struct followed *task;
    bool late = false;
    int status;
    pid_t id;

    *ret_status = -1;
    if (f->limit_ns > 0)
        tick(true);
    while ((id = await_stop(f, child, &late, &status)) > 0) {
        if (!WIFSTOPPED(status)) {
            forget(f, id);
            if (id == child)
                *ret_status = status;
            continue;
        }
        task = task_of(f, id);
        if (task)
            resume(f, task, status);
        else
            (void)kill(id, SIGKILL);
    }
    if (f->limit_ns > 0)
        tick(false);
    return late ? -ETIMEDOUT : 0;
}
