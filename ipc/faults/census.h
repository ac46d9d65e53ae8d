/* SPDX-License-Identifier: MIT */
/*
 * census.h -- what a process holds and what has a name, to find leftovers
 *
 *      census_take(&before, mark, dir);
 *      ... the test ...
 *      difference = census_compare(&before, CENSUS_ALL);
 *
 * Counted for the process: descriptors, threads, mapped shared memory; which
 * signals it blocks, ignores and catches. For its children: whether there is
 * one. For the system: shared memory, semaphores
 * and message queues of both kinds, temporary files, and everything in dir.
 */
#ifndef IPC_FAULTS_CENSUS_H
#define IPC_FAULTS_CENSUS_H

#include <stddef.h>

enum census_part {
    CENSUS_PROCESS = 1 << 0,
    CENSUS_CHILDREN = 1 << 1,
    CENSUS_SYSTEM = 1 << 2,
    CENSUS_SIGNALS = 1 << 3,
    /* But signals, which many a test changes. */
    CENSUS_ALL = CENSUS_PROCESS | CENSUS_CHILDREN | CENSUS_SYSTEM,
};

enum { CENSUS_LINES = 400, CENSUS_TEXT_MAX = 200 };

struct census_line {
    enum census_part part;
    char text[CENSUS_TEXT_MAX];
};

struct census {
    const char *mark;
    const char *dir;
    size_t count;
    struct census_line line[CENSUS_LINES]; /* in the order of strcmp(3) */
};

/*
 * census_take: of the names in /dev/shm and of message queues, which every
 * program on the machine shares, only those that begin with mark are counted;
 * "ipc-showcase-" is each of this project's. $TMPDIR is the test program's
 * own, so all of it is counted. dir may be NULL. Both strings stay the
 * caller's until the last compare.
 */
void census_take(struct census *c, const char *mark, const char *dir);

/*
 * census_compare counts again and returns NULL when nothing changed, or the
 * first difference in words, valid until the next call. The kernel frees some
 * things a moment after their process has ended: it looks for up to a second.
 */
const char *census_compare(const struct census *before, unsigned parts);

/* census_each_new does the same, and tells each line that is new. */
typedef void census_line_fn(void *arg, const char *text);
void census_each_new(const struct census *before, unsigned parts,
                     census_line_fn *tell, void *arg);

#endif
