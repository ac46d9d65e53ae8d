/* SPDX-License-Identifier: MIT */
/*
 * zeromq_curve.h -- ZeroMQ's own encryption, with the keys of a shared secret
 *
 * CURVE (RFC 26/CurveZMQ) knows each side by a public key. Here both sides
 * derive both pairs from the secret, the session and the channel, so that none
 * has to be sent, and none is of use in another run. Built only where libzmq is
 * installed.
 */
#ifndef QUEUES_ZEROMQ_CURVE_H
#define QUEUES_ZEROMQ_CURVE_H

#include "shared/net/url.h"

#include <stdbool.h>
#include <stdint.h>

enum { ZEROMQ_KEY = 32 };

/* zeromq_curve_is_on: whether both sides have a secret. */
bool zeromq_curve_is_on(const struct url *at);

/* zeromq_curve_host sets up the socket that listens, before it binds, and tells
 * by which public key it knows its guests; zeromq_curve_guest the socket that
 * connects, before it does. -ENOTSUP: libzmq was built without CURVE; errors of
 * zmq_setsockopt(3). */
int zeromq_curve_host(void *socket, const struct url *at, uint64_t session,
                      const char *channel,
                      unsigned char ret_guest[static ZEROMQ_KEY]);
int zeromq_curve_guest(void *socket, const struct url *at, uint64_t session,
                       const char *channel);

#endif
