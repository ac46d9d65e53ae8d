/* SPDX-License-Identifier: MIT */
/*
 * tcp_meeting.h -- meet at a TCP port
 *
 * The consumer tells the text to whoever connects; the producer answers "join".
 * The connection of the first that does stays, and carries a point for each
 * sign of life, the first of them at once. With a secret the consumer asks for
 * a proof first (shared/net/proof.h), and its own goes before the text.
 */
#ifndef SHARED_NET_TCP_MEETING_H
#define SHARED_NET_TCP_MEETING_H

#include "shared/net/meeting.h"

extern const struct meeting_ops tcp_meeting;

/* The same for a mechanism whose channels encrypt by a secret themselves, as
 * ZeroMQ's do by CURVE. */
extern const struct meeting_ops curve_meeting;

#endif
