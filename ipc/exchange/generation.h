/* SPDX-License-Identifier: MIT */
/*
 * generation.h -- one set of workers, on one set of channels
 *
 * When one of them dies, none of them goes on: a stream may be torn, a queue
 * may hold half of something, and who waits for the dead one waits for ever. A
 * new generation has nothing of the last one but the ledger.
 */
#ifndef IPC_EXCHANGE_GENERATION_H
#define IPC_EXCHANGE_GENERATION_H

#include "ipc/exchange/broker.h"
#include "ipc/exchange/outcome.h"
#include "ipc/exchange/supervisor.h"
#include "ipc/models/workshop.h"

/* The jobs of each producer that each consumer has seen. */
struct sights {
    struct seen *of[CHANNELS_MAX][CHANNELS_MAX]; /* consumer, producer */
};

struct generation {
    struct worker worker; /* what all its workers have in common */
    struct channels channels;
    struct workshop workshop;
    struct sights sights;
    struct broker_children brokers;
    uint64_t broker_ns; /* their CPU time */
};

/*
 * generation_run makes the channels below dir, forks the workers, and watches
 * them until they have ended. 0, whatever came of it; or why it could not
 * begin. The outcome gets failure, window and configs; ledger is NULL when
 * there is no other generation. Pair with generation_close.
 */
int generation_run(struct generation *g, const char *dir,
                   const struct exchange_plan *plan, struct ledger *ledger,
                   struct supervisor *s, struct exchange_outcome *outcome);

/* generation_again counts the jobs that more than one consumer saw. */
uint64_t generation_again(const struct generation *g);

/* generation_join adds what consumers saw to `done`, by producer, and returns
 * how many of those jobs were there already. */
uint64_t generation_join(const struct generation *g, struct seen *const done[]);

void generation_close(struct generation *g);

/* The parts of it, for a run whose two sides are two programs (ipc/apart/side),
 * each with one worker. */

/* generation_session returns a random number other than 0. */
uint64_t generation_session(void);

/* generation_open_channels opens the channels of an exchange: -ENOMEM. Names
 * outside dir carry the seed. */
int generation_open_channels(struct worker *w, const char *dir, uint64_t seed,
                             size_t payload_max);

/* generation_create_channels creates them and sets the worker's window. A
 * failure's phase and reason go to `failure`. */
int generation_create_channels(struct worker *w,
                               char failure[static CAUSE_TEXT_MAX]);

#endif
