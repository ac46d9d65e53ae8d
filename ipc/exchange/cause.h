/* SPDX-License-Identifier: MIT */
/*
 * cause.h -- why an exchange ended: who died or failed, and what comes of it
 *
 * A death is followed by failures: whoever had a channel with the dead worker
 * finds it broken. The cause is what a person wants to read.
 */
#ifndef IPC_EXCHANGE_CAUSE_H
#define IPC_EXCHANGE_CAUSE_H

#include "ipc/exchange/supervisor.h"

/* cause_exists: whether any worker has failed. */
bool cause_exists(const struct supervisor *s);

/* cause_is_known: whether one of those that failed is to blame for it: it was
 * killed, or it failed by itself. With a peer, another program, only one that
 * says more than the error's name. */
bool cause_is_known(const struct supervisor *s, bool has_peer);

/* cause_describe says it in one line: "the consumer (pid 12) was killed by
 * SIGKILL, in phase: work". */
void cause_describe(const struct supervisor *s,
                    char ret_text[static EXCHANGE_FAILURE_MAX]);

/* cause_describe_stall says what everyone does who still runs. */
void cause_describe_stall(const struct supervisor *s, uint64_t stall_ns,
                          char ret_text[static EXCHANGE_FAILURE_MAX]);

#endif
