/* SPDX-License-Identifier: MIT */
/*
 * calls.h -- counts the system calls of an exchange, by tracing it: ptrace(2)
 *
 * Tracing makes each call many times slower, so nothing is timed meanwhile. All
 * run on one processor, where the sides take turns in the same way each time.
 * So that starts and ends are left out, one of a few jobs is counted as well as
 * one of many: the difference is what the others cost. sched_yield(2) does not
 * count: a spin makes as many of them as there is time.
 */
#ifndef IPC_LAB_TRACE_CALLS_H
#define IPC_LAB_TRACE_CALLS_H

#include "ipc/exchange/exchange.h"
#include "shared/process/child.h"

/*
 * calls_count returns how many system calls a job costs the workers of each
 * role, on average, all their threads included; not those of a broker. It runs
 * `plan` twice, with jobs of its own choice, in processes of its own. -EPERM
 * where tracing is not allowed, -E2BIG when a job takes too many calls for it,
 * or a run was ended since it had made `most` of them. -EIO when a run fails,
 * or is ended since `stop` returns other than 0.
 */
int calls_count(const struct exchange_plan *plan, uint64_t most,
                child_stop_fn *stop, double ret_calls[static WORKER_ROLES]);

#endif
