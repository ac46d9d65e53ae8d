/* SPDX-License-Identifier: MIT */
/*
 * run.h -- what a worker does from its start to its end
 */
#ifndef IPC_WORKER_RUN_H
#define IPC_WORKER_RUN_H

#include "ipc/worker/worker.h"

/*
 * worker_run attaches the worker's channels, meets the other workers, does the
 * role's part and detaches. Returns the exit status of the process: 0, or 1
 * with error and detail on the page. From then on the process keeps what memory
 * malloc has: mallopt(3).
 */
int worker_run(struct worker *w);

#endif
