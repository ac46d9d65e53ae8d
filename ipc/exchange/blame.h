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

#endif
