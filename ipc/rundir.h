/* SPDX-License-Identifier: MIT */
/*
 * rundir.h -- the private directory of a run, its lock, and its leftovers
 *
 * Every name a run makes lies in its directory or is recorded there, so that
 * a run that was killed can be cleaned up after. A run holds an OFD lock in
 * its directory for as long as any of its processes lives: a directory whose
 * lock is free is a dead run's.
 */
#ifndef IPC_RUNDIR_H
#define IPC_RUNDIR_H

#include <limits.h>
#include <stdbool.h>

struct rundir {
    char path[PATH_MAX];
    int lock_fd;
    bool made; /* the directory itself, by us */
};

/* rundir_make makes a new directory below $TMPDIR or /tmp. Errors of
 * mkdtemp(3), open(2). */
int rundir_make(struct rundir *ret_rundir);

/*
 * rundir_claim takes the directory at path, making it if it is not there, and
 * removes what a killed run left in it. -EPERM: it is someone else's or others
 * may enter it (mode 0700 is needed); -ENOTEMPTY: it holds files that no run
 * made; -EBUSY: a run is going on there; -ENOTDIR; errors of mkdir(2).
 */
int rundir_claim(struct rundir *ret_rundir, const char *path);

/* rundir_join opens the directory of another program's run: -ENOENT, -EPERM,
 * -ENOTDIR, as above. It takes the lock file `lock` there: -EBUSY. */
int rundir_join(struct rundir *ret_rundir, const char *path, const char *lock);

/* rundir_release ends a run: removes what lies in the directory, and the
 * directory if this run made it. Safe on a zeroed rundir. */
void rundir_release(struct rundir *rundir);

/* rundir_leave drops what rundir_join took. */
void rundir_leave(struct rundir *rundir);

/* rundir_check: 0 when path is a directory that only we may enter; -ENOENT,
 * -EPERM, -ENOTDIR. */
int rundir_check(const char *path);

/* rundir_has: whether there is a file of that name in it. */
bool rundir_has(const struct rundir *rundir, const char *name);

/* rundir_is_dead: whether no process holds the run's lock `lock`. */
bool rundir_is_dead(const char *path, const char *lock);

/*
 * rundir_clean finds directories of dead runs of this user below $TMPDIR or
 * /tmp, tells each name to `tell`, and removes it if `remove` is set. Returns
 * how many things there were.
 */
typedef void rundir_tell_fn(const char *what);
unsigned rundir_clean(bool remove, rundir_tell_fn *tell);

#endif
