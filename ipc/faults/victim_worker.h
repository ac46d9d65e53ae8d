/* SPDX-License-Identifier: MIT */
/*
 * victim_worker.h -- the workers of a victim: found, signalled, stopped
 *
 * A worker may end at any time, and its number may be another's then. So it is
 * held by a pidfd, and is the supervisor's child, before it gets a signal.
 */
#ifndef IPC_FAULTS_VICTIM_WORKER_H
#define IPC_FAULTS_VICTIM_WORKER_H

#include "ipc/faults/victim.h"

/* victim_worker returns the pid of a worker of that role, as it is now, or 0.
 * The caller holds nothing of it. */
pid_t victim_worker(const struct victim *v, enum worker_role role);

/* victim_signal sends one a signal: false where there is none now.
 * victim_signal_all does so to all that the supervisor has started. */
bool victim_signal(const struct victim *v, enum worker_role role, int number);
bool victim_signal_all(const struct victim *v, int number);

/* victim_stop stops one, for so long: false where there is none now. Blocks for
 * that time. */
bool victim_stop(const struct victim *v, enum worker_role role, long us);

/* victim_pause_us sleeps, or less when a signal comes. */
void victim_pause_us(long us);

#endif
