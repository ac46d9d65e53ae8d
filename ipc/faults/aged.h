/* SPDX-License-Identifier: MIT */
/*
 * aged.h -- a decorator channel: its counters begin near 2^32
 *
 * What a mechanism counts, messages or bytes, it counts in 64 bits, which no
 * exchange uses up. That 32 of them are nowhere taken for all, only an exchange
 * shows that passes 2^32: so the counters that both ends read from memory are
 * set, when it is made, to what they would be shortly before.
 */
#ifndef IPC_FAULTS_AGED_H
#define IPC_FAULTS_AGED_H

#include "ipc/channel.h"

/* So many messages go by until a counter passes 2^32. */
enum { AGED_MESSAGES = 500 };

/* aged_can: whether a mechanism has such counters. */
bool aged_can(const struct channel_ops *ops);

/* aged_wrap makes the decorator, for those that have, and for all others one
 * that only passes on. */
void aged_wrap(const struct channel_ops *inner, struct channel_ops *ret_ops);

#endif
