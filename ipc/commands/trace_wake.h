/* SPDX-License-Identifier: MIT */
/*
 * trace_wake.h -- `trace --wake`: from when a worker is woken until it runs
 */
#ifndef IPC_COMMANDS_TRACE_WAKE_H
#define IPC_COMMANDS_TRACE_WAKE_H

#include "ipc/options/options.h"

/* trace_wake returns the exit status. `size` is that of a job's payload. */
int trace_wake(const struct options *options, const struct mechanism *m,
               unsigned size);

#endif
