/* SPDX-License-Identifier: MIT */
/*
 * none.h -- the same work in one process without IPC, to compare with
 */
#ifndef IPC_WORKER_NONE_H
#define IPC_WORKER_NONE_H

#include "ipc/worker/worker.h"

/* none_run does the work of all jobs in this process: 0 or a negative errno. */
int none_run(struct worker *w);

#endif
