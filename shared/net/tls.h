/* SPDX-License-Identifier: MIT */
/*
 * tls.h -- encrypt a connection, for code that only knows descriptors
 *
 *      the mechanism                   a thread                     the network
 *        write, read  <-- socketpair -->  TLS 1.3, by OpenSSL  <--  TCP  -->
 *
 * tls_begin puts one end of a socket pair in the place of a connected socket. A
 * thread at the other end encrypts what comes there, and decrypts what comes
 * from the network: whoever holds the descriptor writes and reads as before,
 * and pays for it with two more copies and a thread to be woken.
 *
 * Both sides prove who they are, by the secret or by certificates. Who hangs up
 * in the middle, as a process that is killed does, looks like one who closed:
 * that all has come, a message says (END), and no end of file.
 */
#ifndef SHARED_NET_TLS_H
#define SHARED_NET_TLS_H

#include "shared/net/tls_pump.h"
#include "shared/net/tls_reason.h"
#include "shared/net/trust.h"
#include "shared/net/url.h"

/* Paths, the caller's; without a certificate of its own, certificate and
 * private_key are NULL. */
struct tls_files {
    const char *certificate;
    const char *private_key;
    const char *authority; /* who has signed the other's */
};

/*
 * tls_open sets trust->tls: by files or, with NULL, by the secret. With
 * `both`, a guest has to show a certificate as well. On failure ret_text says
 * what is wrong. Pair with tls_close, which is safe on a zeroed trust, and
 * waits for what still encrypts, in bounded time.
 */
int tls_open(struct trust *trust, const struct tls_files *files, bool both,
             char ret_text[static TLS_TEXT_MAX]);
void tls_close(struct trust *trust);

/* tls_is_on: whether connections to that place are encrypted. */
bool tls_is_on(const struct url *at);

/*
 * tls_begin replaces the connected *fd, where tls_is_on; elsewhere it does
 * nothing. A guest's blocks until both are sure, TLS_HANDSHAKE_MS at most:
 * -EKEYREJECTED, and tls_reason says why; -ETIMEDOUT, -EPIPE. A host's returns
 * at once: a guest that is not trusted hangs up before it has said a byte.
 * -ENOMEM, -EAGAIN, -EMFILE. On failure *fd stays as it is.
 */
int tls_begin(const struct url *at, bool host, int *fd);

/* tls_drain waits, for a bounded time, until all that was written has been
 * handed to the network, and says goodbye; the descriptor is then of no more
 * use but to be closed. Nothing where it is not encrypted. */
void tls_drain(const struct url *at, int fd);

#endif
