/* SPDX-License-Identifier: MIT */
/*
 * tls_pump.h -- the thread that encrypts one connection (shared/net/tls.h)
 */
#ifndef SHARED_NET_TLS_PUMP_H
#define SHARED_NET_TLS_PUMP_H

struct ssl_st; /* OpenSSL's */

enum { TLS_HANDSHAKE_MS = 1500 }; /* less than a guest may take in all */

/* tls_shake_hands completes the handshake of a connection that does not block,
 * in bounded time, unless who holds the other end of `plain` (-1: nobody yet)
 * gives it up: -EKEYREJECTED and a reason, -EPIPE when the other goes without
 * one, -ETIMEDOUT, -ECANCELED. */
int tls_shake_hands(struct ssl_st *ssl, int plain);

/* tls_pump_start starts the thread: it takes over the connection, with its
 * socket, and the plain descriptor, shakes hands if nobody has, and ends when
 * either side does. -ENOMEM, -EAGAIN, and then nothing is taken over. */
int tls_pump_start(struct ssl_st *ssl, int plain);

/* tls_pump_await waits until each thread of this process has ended, since the
 * plain ends that it had are closed: two seconds at most. */
void tls_pump_await(void);

#endif
