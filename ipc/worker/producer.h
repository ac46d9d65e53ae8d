/* SPDX-License-Identifier: MIT */
/*
 * producer.h -- the producer: sends jobs, takes the answers, ends with END
 */
#ifndef IPC_WORKER_PRODUCER_H
#define IPC_WORKER_PRODUCER_H

#include "ipc/worker/worker.h"

/* producer_run does all of it: 0 or a negative errno. */
int producer_run(struct worker *w);

#endif
