/* SPDX-License-Identifier: MIT */
/*
 * roster.h -- the workers of an exchange, as their supervisor knows them
 */
#ifndef IPC_EXCHANGE_ROSTER_H
#define IPC_EXCHANGE_ROSTER_H

#include "ipc/worker/page.h"

#include <sys/types.h>

/* A worker; threads of one process have the same pid. */
struct supervised {
    pid_t pid; /* 0: none */
    enum worker_role role;
    unsigned index;
    bool ended;
    bool stopped; /* by its supervisor, which killed it: not its own death */
    int status;   /* of waitpid(2) */
};

struct roster {
    struct exchange_page *page;                 /* what they tell */
    struct supervised worker[PAGE_WORKERS_MAX]; /* by worker_slot */
    unsigned count[WORKER_ROLES];               /* of each role */
};

bool supervised_runs(const struct supervised *worker);

/* roster_last returns the role that a job reaches last, of those that are
 * here: what is done is counted there. */
enum worker_role roster_last(const struct roster *roster);

#endif
