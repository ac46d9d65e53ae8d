/* SPDX-License-Identifier: MIT */
/*
 * redis_stream_meeting.h -- meet at a server of Redis'
 *
 * The consumer's text stands under one key until a producer takes it; each side
 * has a key of its own that expires unless it is renewed. Its value is the
 * text, which no other run has: so a side that was killed is not taken for the
 * one that came after it.
 */
#ifndef QUEUES_REDIS_STREAM_MEETING_H
#define QUEUES_REDIS_STREAM_MEETING_H

#include "shared/net/meeting.h"

extern const struct meeting_ops redis_meeting;

#endif
