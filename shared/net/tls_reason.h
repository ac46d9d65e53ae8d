/* SPDX-License-Identifier: MIT */
/*
 * tls_reason.h -- why TLS gave a connection up, in words
 */
#ifndef SHARED_NET_TLS_REASON_H
#define SHARED_NET_TLS_REASON_H

#include <openssl/ssl.h>

/* tls_note keeps, for tls_reason, why the last call on a connection failed; the
 * peer is named when it is known. A peer that has only gone is no reason. */
void tls_note(const SSL *ssl, int fd);

/* tls_note_late: the other took too long. */
void tls_note_late(int fd);

#endif
