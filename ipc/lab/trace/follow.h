/* SPDX-License-Identifier: MIT */
/*
 * follow.h -- traces a process and all that it starts, call by call: ptrace(2)
 *
 * In the child        follow_me, and then what is to be traced
 * In the parent       follow_begin, follow_all
 *
 * A program that one of them executes (a broker) is let go.
 */
#ifndef IPC_LAB_TRACE_FOLLOW_H
#define IPC_LAB_TRACE_FOLLOW_H

#include "ipc/worker/page.h"

#include <sys/ptrace.h>
#include <sys/types.h>

enum { FOLLOW_TASKS_MAX = 512 };

/* Why a task stopped. */
enum follow_stop {
    FOLLOW_ENTERS,  /* a system call, which it has not made yet */
    FOLLOW_LEAVES,  /* one that it has made */
    FOLLOW_TRAPPED, /* a breakpoint, or a single step */
    FOLLOW_ENDS,    /* it is about to end, and still has its name */
};

/* A task (a process or a thread) that is traced. */
struct followed {
    pid_t id;
    pid_t process;
    unsigned
        roles; /* bits of enum worker_role; both where a process has both */
    uint64_t calls; /* that it has begun */
};

struct follow {
    /*
     * look may do to a stopped task what ptrace(2) can, and returns how it is
     * to go on: PTRACE_SYSCALL to the next call, PTRACE_SINGLESTEP,
     * PTRACE_CONT. `nr` is a call's number where it enters one, `result` what
     * it returned where it leaves one.
     */
    int (*look)(void *arg, struct followed *task, enum follow_stop stop,
                uint64_t nr, int64_t result);
    void *arg;
    uint64_t limit_ns; /* by the clock, then all are killed; 0: none */
    struct followed task[FOLLOW_TASKS_MAX];
    size_t count;
};

/* follow_me is called in the child, which it stops: 0 or a negative errno. */
int follow_me(void);

/* follow_begin waits until a child has stopped by follow_me, and lets it go on
 * traced: -EPERM where tracing is not allowed. */
int follow_begin(pid_t child);

/* follow_all returns when the child, and all whom it started, have ended, with
 * the child's wait status; -ETIMEDOUT at the limit, when they are dead, too. */
int follow_all(struct follow *f, pid_t child, int *ret_status);

#endif
