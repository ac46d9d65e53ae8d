/* SPDX-License-Identifier: MIT */
/*
 * claimed.h -- the directories that a user's runs have claimed, written down
 *
 * `consume --at DIR` works anywhere. So that `clean` finds what a killed one
 * left, a link to each such directory stands in $XDG_STATE_HOME/ipc-showcase
 * (~/.local/state/ipc-showcase) while it is claimed, under the directory's
 * device and inode number. Where there is no home, or it is not this user's,
 * nothing is written down.
 */
#ifndef IPC_EXCHANGE_CLAIMED_H
#define IPC_EXCHANGE_CLAIMED_H

/* claims_add and claims_remove: what cannot be written down is not, and a run
 * goes on without. */
void claims_add(const char *dir);
void claims_remove(const char *dir);

/* claims_each calls visit with the absolute path of each that still is a
 * directory, and forgets the others. */
typedef void claims_visit_fn(void *arg, const char *dir);
void claims_each(claims_visit_fn *visit, void *arg);

#endif
