/* SPDX-License-Identifier: MIT */
/*
 * tls_reason.h -- why TLS gave a connection up, in words
 *
 * A process keeps the last reason, whichever of its threads had it.
 */
#ifndef SHARED_NET_TLS_REASON_H
#define SHARED_NET_TLS_REASON_H

#include <stdbool.h>

struct ssl_st; /* OpenSSL's */

enum { TLS_TEXT_MAX = 200 };

/* tls_note keeps why the last call on a connection failed, with the address of
 * the other; false: it has only gone, and that is no reason. */
bool tls_note(const struct ssl_st *ssl, int fd);

/* tls_note_late: the other took too long. */
void tls_note_late(int fd);

/* tls_reason takes the reason that is kept; false: there is none. */
bool tls_reason(char ret_text[static TLS_TEXT_MAX]);
bool tls_has_reason(void);

#endif
