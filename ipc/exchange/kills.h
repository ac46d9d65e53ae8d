/* SPDX-License-Identifier: MIT */
/*
 * kills.h -- deaths on purpose: --kill-every shows what they do to a run
 *
 * One worker, drawn by lot, is killed some time after the first progress of
 * each generation: so a run gets on, however often somebody dies.
 */
#ifndef IPC_EXCHANGE_KILLS_H
#define IPC_EXCHANGE_KILLS_H

#include "ipc/exchange/roster.h"

struct kills {
    uint64_t after_ns; /* the first progress; 0: nobody is killed */
    uint64_t lot;      /* not 0; the next draw follows from it */
    uint64_t due_ns;   /* 0: no progress yet */
};

/* kills_begin begins a generation. */
void kills_begin(struct kills *k);

/* kills_look kills a worker by SIGKILL when it is time: `moved` tells of
 * progress. To be called every KILLS_LOOK_MS. */
enum { KILLS_LOOK_MS = 1 };
void kills_look(struct kills *k, const struct roster *roster, bool moved);

#endif
