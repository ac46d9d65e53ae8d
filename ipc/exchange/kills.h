/* SPDX-License-Identifier: MIT */
/*
 * kills.h -- deaths on purpose: what they do to a run, and for how long
 *
 * Some time after the first progress of each generation somebody is killed: so
 * a run gets on, however often that happens.
 */
#ifndef IPC_EXCHANGE_KILLS_H
#define IPC_EXCHANGE_KILLS_H

#include "ipc/exchange/roster.h"
#include "ipc/worker/plan.h"

struct kills {
    struct kill_plan plan;
    uint64_t count;     /* how often it has killed; several at once are one */
    uint64_t lot;       /* not 0; the next draw follows from it */
    uint64_t due_ns;    /* 0: no progress yet */
    uint64_t killed_ns; /* the last time; 0: there was progress since */
};

/* kills_open takes a plan; `seed` where it has none. */
void kills_open(struct kills *k, const struct kill_plan *plan, uint64_t seed);

/* kills_begin begins a generation. */
void kills_begin(struct kills *k);

/* kills_look kills when it is time: `moved` tells of progress. To be called
 * every KILLS_LOOK_MS. */
enum { KILLS_LOOK_MS = 1 };
void kills_look(struct kills *k, const struct roster *roster, bool moved);

#endif
