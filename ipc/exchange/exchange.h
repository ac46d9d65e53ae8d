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
 * cleans up. A worker's death ends the exchange. There may be several of both
 * roles: ipc/worker/channels.h says who is connected to whom.
 */
#ifndef IPC_EXCHANGE_EXCHANGE_H
#define IPC_EXCHANGE_EXCHANGE_H

#include "ipc/exchange/outcome.h"
#include "ipc/worker/plan.h"

/* exchange_run does it all and fills in *ret_outcome, also on failure. Returns
 * 0 if outcome_good, -1 otherwise. */
int exchange_run(const struct exchange_plan *plan,
                 struct exchange_outcome *ret_outcome);

/*
 * The parts of exchange_run, for a run whose two sides are two programs
 * (ipc/apart/side): each has a supervisor and one worker of its own.
 */
struct worker;

/* exchange_session returns a random number other than 0. */
uint64_t exchange_session(void);

/* exchange_open_channels opens the channels of an exchange: -ENOMEM. Names
 * outside dir carry the seed. */
int exchange_open_channels(struct worker *w, const char *dir, uint64_t seed,
                           size_t payload_max);

/* exchange_create_channels creates them and sets the worker's window. A
 * failure's phase and reason go to `failure`. */
int exchange_create_channels(struct worker *w,
                             char failure[static CAUSE_TEXT_MAX]);

#endif
