/* SPDX-License-Identifier: MIT */
/*
 * fresh_start.h -- a round in a program that is started for it
 *
 * Where code, stack and buffers happen to lie in memory makes a program some
 * percent faster or slower, and is the same for all that one process forks
 * (Mytkowicz et al., "Producing Wrong Data Without Doing Anything Obviously
 * Wrong!", ASPLOS 2009). Rounds of one start agree with each other, then, and
 * not with those of the next. So each round is run by this program, started
 * again with the same command line: it makes the same grid, runs one round and
 * leaves what it found in memory that both share.
 *
 *      bench                                the program started again
 *        fresh_start_round
 *          writes the sheet
 *          fork, exec         ---------->     fresh_start_serve
 *          awaits its end                       runs the round
 *          takes the figures  <-- sheet ---     fills in the sheet
 */
#ifndef IPC_LAB_MEASURE_FRESH_START_H
#define IPC_LAB_MEASURE_FRESH_START_H

#include "ipc/lab/measure/round.h"

struct sheet;

/* Zeroed: none. */
struct fresh_start {
    const char *program; /* the caller's */
    char *const *words;  /* its command line, the caller's */
    struct sheet *sheet;
    size_t size; /* of it, in bytes */
    int fd;
};

/* fresh_start_is_possible: whether the system tells which program this is,
 * which it does in /proc. */
bool fresh_start_is_possible(void);

/* fresh_start_open: `program` is the one to start; NULL: this one. -errno of
 * memfd_create(2), mmap(2). Pair with fresh_start_close, which is safe on a
 * zeroed one. */
int fresh_start_open(struct fresh_start *f, const char *program,
                     char *const *words, size_t cells);
void fresh_start_close(struct fresh_start *f);

/* fresh_start_round is round_run, by a program of its own start. It blocks
 * until that has ended, and hands on a signal that asks to stop. -ECHILD: the
 * program ended without an answer: it has told why, or is no program, or none
 * of these sources. */
int fresh_start_round(struct fresh_start *f, struct course *c, size_t *list);

/* fresh_start_asked: whether this process is such a program.
 * fresh_start_serve then runs the round: -EINVAL, the sheet is of another
 * grid. Signals that ask to stop are to be blocked (round_hold). */
bool fresh_start_asked(void);
int fresh_start_serve(struct grid *grid, const struct screen *screen);

#endif
