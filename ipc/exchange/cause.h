/* SPDX-License-Identifier: MIT */
/*
 * cause.h -- why an exchange ended: who died or failed, and what comes of it
 *
 * A death is followed by failures: whoever had a channel with the dead worker
 * finds it broken. The cause is what a person wants to read.
 */
#ifndef IPC_EXCHANGE_CAUSE_H
#define IPC_EXCHANGE_CAUSE_H

#include "ipc/exchange/roster.h"

enum { CAUSE_TEXT_MAX = 480 }; /* one line: why it failed */

/* cause_exists: whether any worker has failed. */
bool cause_exists(const struct roster *roster);

/* cause_is_known: whether one of those that failed is to blame for it: it was
 * killed, or it failed by itself. With a peer, another program, only one that
 * says more than the error's name. */
bool cause_is_known(const struct roster *roster, bool has_peer);

/* cause_describe says it in one line: "the consumer (pid 12) was killed by
 * SIGKILL, in phase: work". */
void cause_describe(const struct roster *roster,
                    char ret_text[static CAUSE_TEXT_MAX]);

/* cause_describe_stall says what everyone does who still runs. */
void cause_describe_stall(const struct roster *roster, uint64_t stall_ns,
                          char ret_text[static CAUSE_TEXT_MAX]);

#endif
