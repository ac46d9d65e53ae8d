/* SPDX-License-Identifier: MIT */
/*
 * remote.h -- a side of an exchange between two machines
 *
 * What the directory is between two terminals (ipc/apart/side.h), the meeting
 * is between two machines (shared/net/meeting.h): each side has a directory of
 * its own for the records, and the meeting tells the producer what they say.
 *
 *      consume                            produce
 *        opens the meeting                  waits for the meeting
 *        creates both channels
 *        tells of them                      lays down the records
 *        ... the exchange ...               ... the exchange ...
 *        waits until the producer left      leaves
 */
#ifndef IPC_APART_REMOTE_H
#define IPC_APART_REMOTE_H

#include "ipc/apart/side.h"
#include "ipc/options/options.h"

/* Each runs one side at options->at_url, and returns the exit status; what went
 * wrong has been said on stderr. A producer may have a past, or NULL. */
int remote_consume(const struct options *options,
                   const struct mechanism *mechanism,
                   struct exchange_plan *plan);
int remote_produce(const struct options *options,
                   const struct exchange_plan *plan, struct past *past);

#endif
