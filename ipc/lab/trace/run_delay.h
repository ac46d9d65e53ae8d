/* SPDX-License-Identifier: MIT */
/*
 * run_delay.h -- a decorator channel: asks the kernel how long workers stood on
 * the run queue
 *
 * What the kernel counts of each thread (/proc/PID/schedstat) is a sum: the
 * time that it could run and did not, and how often it then ran. A worker's is
 * read when it attaches to the jobs' channel, and again before it detaches.
 */
#ifndef IPC_LAB_TRACE_RUN_DELAY_H
#define IPC_LAB_TRACE_RUN_DELAY_H

#include "ipc/channel.h"

#include <stdatomic.h>
#include <stdio.h>

/* In memory that workers share: the decoration. They add, whoever forked them
 * reads. */
struct run_delay {
    _Atomic uint64_t waited_ns;
    _Atomic uint64_t times;
};

void run_delay_wrap(const struct channel_ops *inner,
                    struct channel_ops *ret_ops);

/* run_delay_read reads the kernel's line, "RAN WAITED TIMES": false where it is
 * none, or nothing is counted. */
bool run_delay_read(FILE *file, uint64_t *ret_waited_ns, uint64_t *ret_times);

#endif
