/* SPDX-License-Identifier: MIT */
/*
 * fault_cell.h -- one fault done to one mechanism, and what came of it
 *
 * In this room: faults, each done to whole exchanges from outside; what counts
 * what is left behind; and the matrix of all of them.
 *
 * A fault is a file: what is done (inject), and to which mechanisms it cannot
 * be done (not_for). It is done in a process of its own, with names and a
 * TMPDIR that nobody else has, and ends by the clock.
 *
 * A cell passes when, whatever was injected, each exchange ended as its fault
 * demands: nothing lost, no effect doubled, nothing wrong, no name or process
 * left behind. It repeats from its seed.
 */
#ifndef IPC_FAULTS_FAULT_CELL_H
#define IPC_FAULTS_FAULT_CELL_H

#include "ipc/exchange/exchange.h"
#include "ipc/mechanisms.h"

enum cell_verdict {
    CELL_PASS,
    CELL_FAIL,
    CELL_SKIP,    /* it cannot be tried here; `why` says why */
    CELL_NOT_FOR, /* this fault cannot befall this mechanism */
    CELL_VERDICTS,
};

/* What may be left behind. */
enum leak {
    LEAK_FILES,  /* in TMPDIR */
    LEAK_MEMORY, /* in /dev/shm, or of System V */
    LEAK_QUEUES, /* POSIX and System V; semaphores, too */
    LEAK_PROCESSES,
    LEAK_DESCRIPTORS, /* the supervisor's; and what it maps */
    LEAKS,
};

enum { CELL_TEXT_MAX = 480 };

struct fault_case;

/* In memory that the process which does it shares with the one that asks. */
struct fault_cell {
    const struct fault_case *fault;
    const struct mechanism *mechanism;
    uint64_t seed;
    unsigned wanted;     /* injections, at least; fewer where no more exist */
    uint64_t soak_ns;    /* of a soak: how long */
    unsigned limit_s;    /* the cell's end */
    const char *as_root; /* NULL; or why what only root may cannot be done */

    enum cell_verdict verdict;
    char why[CELL_TEXT_MAX]; /* but when it passes */
    uint64_t runs;           /* exchanges; each is judged */
    uint64_t injections;
    uint64_t refused; /* exchanges that ended with an error that was told */
    uint64_t jobs;
    uint64_t executions; /* of jobs, those done again, too */
    uint64_t lost, doubled, wrong, rejected;
    uint64_t leaked[LEAKS];
    uint64_t memory_bytes; /* resident, at most, of the supervisor */
    uint64_t growth_bytes; /* of it, from the first exchange to the last */
    uint64_t took_ns;
    struct histogram recovery; /* from the death to the next settled job */
};

struct fault_case {
    const char *id;    /* "F2", by the kind */
    const char *level; /* how it is done: "random", "calls", ... */
    const char *title; /* "the consumer is killed" */
    const char *done;  /* what is done, in a sentence */

    bool alone; /* without the protocol: what is lost is shown, and no verdict
                   hangs on it */

    /* NULL, or why it cannot befall this mechanism; NULL: it can befall all. */
    const char *(*not_for)(const struct mechanism *mechanism);

    /* inject does it until the cell has as many as are wanted, and judges by
     * cell_judge. It may do to its process what it likes. */
    void (*inject)(struct fault_cell *cell);
};

/* fault_not_for_threads is a not_for: both ends have to be processes. */
const char *fault_not_for_threads(const struct mechanism *mechanism);

/* cell_fail, cell_skip and cell_not_for decide, once: the first word counts. */
__attribute__((format(printf, 2, 3))) void cell_fail(struct fault_cell *cell,
                                                     const char *format, ...);
__attribute__((format(printf, 2, 3))) void cell_skip(struct fault_cell *cell,
                                                     const char *format, ...);

void cell_not_for(struct fault_cell *cell, const char *why);

/* cell_add says more about why. */
__attribute__((format(printf, 2, 3))) void cell_add(struct fault_cell *cell,
                                                    const char *format, ...);

/* cell_missing returns how many injections it still wants. */
uint64_t cell_missing(const struct fault_cell *cell);

const char *cell_verdict_name(enum cell_verdict verdict);
const char *leak_name(enum leak leak);

#endif
