/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/roster.h"

bool supervised_runs(const struct supervised *worker)
{
    return worker->pid && !worker->ended;
}

enum worker_role roster_last(const struct roster *roster)
{
    return roster->count[WORKER_CONSUMER] > 0 ? WORKER_CONSUMER
                                              : WORKER_PRODUCER;
}
