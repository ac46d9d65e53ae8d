/* SPDX-License-Identifier: MIT */
/*
 * victim.h -- one exchange within a cell, with its supervisor in a process that
 * may be killed, and what it was judged by
 */
#ifndef IPC_FAULTS_VICTIM_H
#define IPC_FAULTS_VICTIM_H

#include "ipc/faults/fault_cell.h"

enum { VICTIM_LIMIT_S = 30 }; /* no exchange lasts longer */

/* What an exchange to which something was done owes. */
enum demand {
    DEMAND_GOOD, /* all jobs, each once */
    DEMAND_TOLD, /* that, or an error that says what and where; what was
                    answered until then stays true */
};

/* What the supervisor's process tells; shared. */
struct victim_page {
    struct exchange_outcome outcome;
    struct histogram recovery;
    uint64_t memory_bytes;     /* resident, at most */
    uint64_t first_bytes;      /* resident, after two restarts; 0: fewer */
    uint64_t last_bytes;       /* resident, after the last restart */
    _Atomic uint64_t settled;  /* jobs, as it goes on */
    _Atomic uint64_t restarts; /* likewise */
    _Atomic bool returned;     /* exchange_run has, */
    _Atomic bool over;         /* and all is counted */
    char left[CELL_TEXT_MAX];  /* behind, in that process; or "" */
    char place[PATH_MAX];      /* the run's directory */
};

struct victim {
    struct fault_cell *cell;
    struct exchange_plan plan; /* change it before the start */
    struct victim_page *page;  /* owned */
    void (*prepare)(void);     /* called in the supervisor's process before it
                                  begins; or NULL */
    pid_t pid;                 /* the supervisor's; 0: it was waited for */
    uint64_t limit_ns;         /* by the clock: then it hangs */
    int status;                /* how it ended: waitpid(2) */
};

/* victim_open plans a small exchange: verified jobs of 64 bytes, restarts
 * without end. -ENOMEM. Pair with victim_close. */
int victim_open(struct victim *v, struct fault_cell *cell);
void victim_close(struct victim *v);

/* victim_start forks the supervisor; victim_ended looks whether it has ended,
 * and reaps whoever was left to this process; victim_await waits for that. */
int victim_start(struct victim *v);
bool victim_ended(struct victim *v);
void victim_await(struct victim *v);

/* victim_look_often has progress told every millisecond; then
 * victim_await_progress returns when the first job is settled: false, it has
 * ended before. */
void victim_look_often(struct victim *v);
bool victim_await_progress(struct victim *v);

/* victim_reap_orphans waits until those are dead whom a killed supervisor has
 * left to this process: for a second at most. */
void victim_reap_orphans(void);

/* victim_judge takes what came of it into the cell, whose verdict falls when it
 * is not what is demanded. */
void victim_judge(struct victim *v, enum demand demand);

/* victim_run: start, await, judge. */
void victim_run(struct victim *v, enum demand demand);

#endif
