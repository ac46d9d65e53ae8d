/* SPDX-License-Identifier: MIT */
/*
 * consumer.h -- the consumer: takes jobs, checks and does them, then answers
 *
 * An answer is the acknowledgement: it never comes before the effect.
 */
#ifndef IPC_WORKER_CONSUMER_H
#define IPC_WORKER_CONSUMER_H

#include "ipc/worker/worker.h"

/* consumer_run does all of it: 0 or a negative errno. */
int consumer_run(struct worker *w);

#endif
