/* SPDX-License-Identifier: MIT */
/*
 * exchange.h -- one exchange: jobs one way, results back, judged and measured
 *
 * In this room: what starts workers, watches them, judges and cleans up.
 *
 *      producer                      consumer
 *        reserve a job
 *        (fill it)
 *        commit    ---- jobs ---->   acquire
 *                                    (check it, do the work)
 *                                    release
 *                                    reserve a result
 *        acquire   <-- results ---   commit
 *        release
 *
 * The producer keeps at most `window` jobs unanswered and ends with an END
 * frame, which the consumer answers with its tally. The window never exceeds
 * the results that the results channel holds while nobody receives: so the
 * consumer never waits for the producer while the producer waits for it.
 *
 * A supervisor makes the channels, forks the workers, watches, and always
 * cleans up. A worker's death ends all of them, and with plan->restarts others
 * go on where they were (ipc/worker/ledger.h says by which rules). There may be
 * several of both roles: ipc/worker/channels.h says who is connected to whom.
 */
#ifndef IPC_EXCHANGE_EXCHANGE_H
#define IPC_EXCHANGE_EXCHANGE_H

#include "ipc/exchange/outcome.h"
#include "ipc/worker/plan.h"

/* exchange_run does it all and fills in *ret_outcome, also on failure. Returns
 * 0 if outcome_good, -1 otherwise. */
int exchange_run(const struct exchange_plan *plan,
                 struct exchange_outcome *ret_outcome);

#endif
