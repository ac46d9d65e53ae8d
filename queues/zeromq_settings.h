/* SPDX-License-Identifier: MIT */
/*
 * zeromq_settings.h -- how long ZeroMQ's queues are, and how it deals with
 * peers
 *
 * Built only where libzmq is installed.
 */
#ifndef QUEUES_ZEROMQ_SETTINGS_H
#define QUEUES_ZEROMQ_SETTINGS_H

#include "ipc/channel.h"

#include <stdbool.h>

/* zeromq_queue_depth returns how many messages may wait on either side, where
 * their bytes may be queue_size. */
size_t zeromq_queue_depth(const struct channel_config *config,
                          size_t queue_size);

/* zeromq_set sets the options of a PUSH socket, which sends, or a PULL socket,
 * before it binds or connects; config->depth is the length of its queue. Errors
 * of zmq_setsockopt(3). */
int zeromq_set(void *socket, const struct channel_config *config, bool sender);

#endif
