/* SPDX-License-Identifier: MIT */
/*
 * trial.h -- one exchange within a cell, with its supervisor in a process that
 * may be killed, and what it was judged by
 */
#ifndef IPC_FAULTS_TRIAL_H
#define IPC_FAULTS_TRIAL_H

#include "ipc/faults/fault_cell.h"

/* What an exchange to which something was done owes. */
enum demand {
    DEMAND_GOOD, /* all jobs, each once */
    DEMAND_TOLD, /* that, or an error that says what and where; what was
                    answered until then stays true */
};

/* What the supervisor's process tells; shared. */
struct trial_page {
    struct exchange_outcome outcome;
    struct histogram recovery;
    uint64_t memory_bytes;     /* resident, at most */
    uint64_t first_bytes;      /* resident, after two restarts; 0: fewer */
    uint64_t last_bytes;       /* resident, after the last restart */
    _Atomic uint64_t settled;  /* jobs, as it goes on */
    _Atomic uint64_t restarts; /* likewise */
    _Atomic bool over;         /* exchange_run has returned */
    char left[CELL_TEXT_MAX];  /* behind, in that process; or "" */
    char place[PATH_MAX];      /* the run's directory */
};

struct trial {
    struct fault_cell *cell;
    struct exchange_plan plan; /* change it before the start */
    struct trial_page *page;   /* owned */
    void (*prepare)(void);     /* called in the supervisor's process before it
                                  begins; or NULL */
    pid_t pid;                 /* the supervisor's; 0: it was waited for */
    int status;                /* how it ended: waitpid(2) */
};

/* trial_open plans a small exchange: verified jobs of 64 bytes, restarts
 * without end. -ENOMEM. Pair with trial_close. */
int trial_open(struct trial *t, struct fault_cell *cell);
void trial_close(struct trial *t);

/* trial_start forks the supervisor; trial_ended looks whether it has ended, and
 * reaps whoever was left to this process; trial_await waits for that. */
int trial_start(struct trial *t);
bool trial_ended(struct trial *t);
void trial_await(struct trial *t);

/* trial_judge takes what came of it into the cell, whose verdict falls when it
 * is not what is demanded. */
void trial_judge(struct trial *t, enum demand demand);

/* trial_run: start, await, judge. */
void trial_run(struct trial *t, enum demand demand);

/* trial_worker returns the pid of a worker of that role, as it is now, or 0.
 * The caller holds nothing of it: it may end at any time. */
pid_t trial_worker(const struct trial *t, enum worker_role role);

#endif
