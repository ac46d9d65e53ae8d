/* SPDX-License-Identifier: MIT */
/*
 * blame.h -- who died, and with which job in hand
 */
#ifndef IPC_EXCHANGE_BLAME_H
#define IPC_EXCHANGE_BLAME_H

#include "ipc/exchange/roster.h"
#include "ipc/worker/ledger.h"

/* blame_is_death: whether a worker was killed, and not by its supervisor. */
bool blame_is_death(const struct roster *roster);

/*
 * blame_deaths notes in the ledger what dead consumers had in hand; `stalled`:
 * those that their supervisor had to kill as well, since nothing moved. A job
 * that is set aside now is added to the rejected ones of `results`. After
 * ledger_close_account.
 */
void blame_deaths(const struct roster *roster, const struct exchange_plan *plan,
                  bool stalled, struct ledger *ledger, struct results *results);

/*
 * blame_oldest is the same for one consumer in another program, of which nobody
 * here knows what it had in hand: any of the jobs that this generation has sent
 * and that are not settled, so the first of them goes alone from now on.
 * Returns whether it is set aside now; *ret_id is the job.
 */
bool blame_oldest(const struct roster *roster, struct ledger *ledger,
                  struct results *results, uint64_t *ret_id);

/* blame_text is why such a job is rejected. */
const char *blame_text(char text[static JOB_REMARK_MAX]);

#endif
