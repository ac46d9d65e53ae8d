/* SPDX-License-Identifier: MIT */
/*
 * explain.h -- what an error of a channel means on this system
 */
#ifndef IPC_EXPLAIN_H
#define IPC_EXPLAIN_H

#include "ipc/checked_channel.h"

#include <stddef.h>

/* channel_explain: as ops->explain, and for every mechanism of an option's
 * value, a full file system, descriptors that are used up, and a peer that is
 * in another container. */
int channel_explain(const struct channel *c, int error, char *ret_text,
                    size_t room);

#endif
