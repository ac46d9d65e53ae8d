/* SPDX-License-Identifier: MIT */
/*
 * traced.h -- the system calls of one side of an exchange, one by one
 *
 * An exchange is traced (ipc/lab/trace/follow). The calls of one role in its
 * first generation are numbered from 0, and the one of a certain number is
 * where a fault is injected; the later generations go on undisturbed. Or they
 * are the supervisor's, as long as the exchange lasts.
 */
#ifndef IPC_FAULTS_TRACED_H
#define IPC_FAULTS_TRACED_H

#include "ipc/faults/victim.h"
#include "ipc/lab/trace/follow.h"

enum { TRACED_CALLS_MAX = 4096 };

struct traced {
    struct victim victim;
    struct follow follow;
    enum worker_role role;
    bool of_supervisor; /* and of no role */
    uint64_t calls;     /* of the role, in the first generation, so far */
    uint16_t nr[TRACED_CALLS_MAX]; /* which they are */

    /* Called when the role's call of that number is about to begin. NULL: none
     * is. Returns whether something was injected. */
    bool (*inject)(struct traced *t, const struct followed *task, uint64_t nr);
    /* Called when a call ends that inject was true of; or NULL. */
    void (*after)(struct traced *t, const struct followed *task);
    uint64_t at;       /* the number */
    bool lasting;      /* later calls of its kind, too */
    pid_t interrupted; /* the task whose call was; 0: none is under way */
    uint16_t hit;      /* its number, the last time */
    uint64_t injected;
};

/* traced_open plans a small exchange. -ENOMEM, -EPERM: the cell has its
 * verdict. Pair with traced_close. */
int traced_open(struct traced *t, struct fault_cell *cell,
                enum worker_role role);
void traced_close(struct traced *t);

/* traced_run_with has the caller's own look at each stop: look(arg, ...). */
bool traced_run_with(struct traced *t,
                     int (*look)(void *arg, struct followed *task,
                                 enum follow_stop stop, uint64_t nr,
                                 int64_t result),
                     void *arg);

/* traced_run runs it; it is not judged. False: it could not be traced, or had
 * no end, and the cell has its verdict. */
bool traced_run(struct traced *t);

#endif
