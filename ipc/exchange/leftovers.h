/* SPDX-License-Identifier: MIT */
/*
 * leftovers.h -- what a run makes in its directory, and its removal
 *
 * Its names are known, and all else in a directory is somebody's own. What
 * lies outside the directory (a queue, shared memory) is named in it by a
 * record (shared/dir/record). The caller holds the run's lock, but for a check.
 */
#ifndef IPC_EXCHANGE_LEFTOVERS_H
#define IPC_EXCHANGE_LEFTOVERS_H

#include <limits.h>
#include <stdbool.h>

#define RUN_LOCK      "consumer.lock" /* the owner's: it goes last */
#define PRODUCER_LOCK "producer.lock"
#define JOURNAL_FILE  "journal"

/* The thing that could not be removed, and why: "DIR/jobs.sock", -EBUSY; "", 0:
 * all could. */
struct leftover {
    char name[PATH_MAX];
    int error;
};

/* leftovers_check: -ENOTEMPTY when a directory holds what no run made; without
 * a run's lock in it (`had_lock`) nothing there is a run's. Errors of
 * opendir(3). */
int leftovers_check(const char *path, bool had_lock);

/* leftovers_sweep removes what a run makes, but its lock and, unless `all`, its
 * journal. 0, or a negative errno with the first thing that could not be
 * removed. */
int leftovers_sweep(const char *path, bool all, struct leftover *ret_left);

#endif
