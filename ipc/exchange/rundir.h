/* SPDX-License-Identifier: MIT */
/*
 * rundir.h -- the private directory of a run, its locks, and its leftovers
 *
 * Every name a run makes lies in its directory or is recorded there, so that
 * a run that was killed can be cleaned up after. A run holds an OFD lock on a
 * file in its directory for as long as any of its processes lives: a directory
 * whose lock is free is a dead run's.
 *
 * Where two programs share a run each holds a lock, and has the file of the
 * other's open. Those files are made anew for each run, so an open one is the
 * run's identity: whatever takes its name later, this one is free when the
 * other side is gone, and for good.
 *
 *      owner                             producer
 *        claim: takes the lock of a        join: opens consumer.lock
 *          dead run, puts a new one in           locks producer.lock
 *          its place, lets the old go            is consumer.lock still held?
 *        is producer.lock held?                  (else: -EAGAIN)
 *          (then it waits)
 *        begin: removes what is left,
 *          makes a new producer.lock
 *
 * Of an owner and a producer that meet there each acts first and then looks at
 * the other's lock: so the two never both go on with different runs.
 */
#ifndef IPC_EXCHANGE_RUNDIR_H
#define IPC_EXCHANGE_RUNDIR_H

#include "ipc/exchange/leftovers.h"

#include <sys/types.h>

/* As many as the removal needs at once: a directory, a record that is read, and
 * what nftw(3) opens. */
enum { RUNDIR_SPARE = 3 };

struct rundir {
    char path[PATH_MAX];
    ino_t inode; /* of the directory */
    int lock_fd; /* ours */
    int peer_fd; /* the other program's; 0: there is none */
    bool made;   /* the directory itself, by us */
    /* Of the owner: given up when the run ends, so that it can be removed where
     * no other descriptor is to be had. */
    int spare_fd[RUNDIR_SPARE];
};

/* rundir_parent returns where that is: $TMPDIR or /tmp. */
const char *rundir_parent(void);

/* rundir_make makes a new directory below $TMPDIR or /tmp. Errors of
 * mkdtemp(3), open(2). */
int rundir_make(struct rundir *ret_rundir);

/*
 * rundir_claim takes the directory at path, making it if it is not there.
 * -EPERM: it is someone else's or others may enter it (mode 0700 is needed);
 * -ENOTEMPTY: it holds files that no run made; -EBUSY: a run is going on
 * there, or has not quite ended; -ENOTDIR; errors of mkdir(2).
 */
int rundir_claim(struct rundir *ret_rundir, const char *path);

/* rundir_resume takes the directory of a run that was killed, with its journal:
 * -ENOENT: there is none. Errors of rundir_claim. */
int rundir_resume(struct rundir *ret_rundir, const char *path);

/* rundir_keep takes a directory for a journal, which it makes if it is not
 * there: rundir_leave keeps what is in it. Errors of rundir_claim. */
int rundir_keep(struct rundir *ret_rundir, const char *path);

/* rundir_begin removes what a killed run left in a claimed directory, and lets
 * a producer join. Not before rundir_is_dead says so of PRODUCER_LOCK: it would
 * be the killed run's. Errors: what could not be removed. */
int rundir_begin(struct rundir *rundir, struct leftover *ret_left);

/* rundir_join opens the directory of another program's run, and takes the
 * producer's lock there. -ENOENT, -EPERM, -ENOTDIR, as above; -EBUSY: another
 * producer has joined; -EAGAIN: nobody to join. */
int rundir_join(struct rundir *ret_rundir, const char *path);

/*
 * rundir_release ends a run: removes what lies in the directory, and the
 * directory if this run made it. 0, or why something is left. Of a directory
 * that somebody took away nothing is removed: what is at its path now is not
 * this run's. Safe on a zeroed rundir.
 */
int rundir_release(struct rundir *rundir, struct leftover *ret_left);

/* rundir_leave drops what rundir_join took. */
void rundir_leave(struct rundir *rundir);

/* rundir_holds: whether our lock is still what its name leads to. */
bool rundir_holds(const struct rundir *rundir);

/* rundir_peer_is_there: whether the other program, once it has joined, lives.
 * rundir_peer_signed: whether it has written into its lock: a producer that it
 * has come, an owner (rundir_sign) that it ends, and was not killed. */
bool rundir_peer_is_there(const struct rundir *rundir);
bool rundir_peer_signed(const struct rundir *rundir);
void rundir_sign(const struct rundir *rundir);

/* rundir_check: 0 when path is a directory that only we may enter; -ENOENT,
 * -EPERM, -ENOTDIR. */
int rundir_check(const char *path);

/* rundir_has: whether there is a file of that name in it. */
bool rundir_has(const struct rundir *rundir, const char *name);

/* rundir_is_dead: whether no process holds the run's lock `lock`. */
bool rundir_is_dead(const char *path, const char *lock);

/*
 * rundir_clean finds directories of dead runs of this user, below $TMPDIR or
 * /tmp and among those that were claimed (ipc/exchange/claimed), tells of each,
 * and removes it if `remove` is set: left is NULL, or what could not be
 * removed. Returns how many it found.
 */
typedef void rundir_tell_fn(void *arg, const char *path,
                            const struct leftover *left);
unsigned rundir_clean(bool remove, rundir_tell_fn *tell, void *arg);

/* rundir_clean_at removes the dead run at a path that somebody chose. 0 also
 * where there is none; -EBUSY: it is not dead; -ENOTEMPTY: other files lie
 * there; -EPERM, -ENOENT, -ENOTDIR; or what could not be removed, with a
 * name. */
int rundir_clean_at(const char *path, struct leftover *ret_left);

#endif
