/* SPDX-License-Identifier: MIT */
/*
 * redis_stream_room.h -- a stream's keys: its group, and room for its entries
 *
 * KEY is the stream, with the group "receivers". KEY:room is a list of tokens,
 * one for each entry that there may still be. Built only where hiredis is
 * installed.
 */
#ifndef QUEUES_REDIS_STREAM_ROOM_H
#define QUEUES_REDIS_STREAM_ROOM_H

#include "ipc/channel.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>

/* redis_depth returns config->depth or, where nobody asked for one, as many
 * messages as 512 KiB hold, but 128, and no fewer than channel_depth. */
size_t redis_depth(const struct channel_config *config);

/* redis_batch returns how many entries a receiver may take at a time: `wanted`,
 * or for 0 as many as 512 KiB hold, and at least one; no more than `depth`. */
size_t redis_batch(const struct channel_config *config, size_t depth,
                   size_t wanted);

/* redis_make_stream makes both keys; with `expires` nobody's server keeps them
 * for more than a day, whatever becomes of the run. *ret_made is whether the
 * stream is new, and so the caller's to remove, also after a failure. Errors of
 * redis_do (queues/redis_stream_client.h); -EEXIST. */
int redis_make_stream(redisContext *redis, const char *key, size_t depth,
                      bool expires, bool *ret_made);

#endif
