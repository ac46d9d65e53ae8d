/* SPDX-License-Identifier: MIT */
/*
 * leftovers.h -- what a run makes in its directory, and its removal
 *
 * Its names are known, and all else in a directory is somebody's own. What
 * lies outside the directory (a queue, shared memory) is named in it by a
 * record (shared/record). The caller holds the run's lock, but for a check.
 */
#ifndef IPC_LEFTOVERS_H
#define IPC_LEFTOVERS_H

#include <stdbool.h>

#define RUN_LOCK "consumer.lock"

/* leftovers_check: -ENOTEMPTY when a directory holds what no run made; without
 * a run's lock in it (`had_lock`) nothing there is a run's. Errors of
 * opendir(3). */
int leftovers_check(const char *path, bool had_lock);

/* leftovers_sweep removes what a run makes, but its lock. -ENOTEMPTY: something
 * is left. */
int leftovers_sweep(const char *path);

/* leftovers_remove_lock is the last step: as long as the lock is there, the
 * rest can be found. */
void leftovers_remove_lock(const char *path);

#endif
