/* SPDX-License-Identifier: MIT */
/*
 * token.h -- two ends know each other where anybody may connect
 *
 * A token is secret text that the owner leaves, with its port, where only the
 * other can read it. The end that connects shows the first half, the one that
 * accepts answers with the second: so each has proven that it knows the whole.
 */
#ifndef SHARED_NET_TOKEN_H
#define SHARED_NET_TOKEN_H

#include "shared/net/address.h"

enum { TOKEN_SIZE = 64, TOKEN_HALF = TOKEN_SIZE / 2 };

/* token_publish makes TOKEN_SIZE random characters and a NUL, and the record
 * <dir>/<name>.port of them and of a bound socket's port: whoever can read it
 * is no stranger. token_find reads it: -EPROTO when it makes no sense; errors
 * of record_read. */
int token_publish(int fd, const char *dir, const char *name,
                  char ret_token[static TOKEN_SIZE + 1]);
int token_find(const char *dir, const char *name, const struct url *at,
               struct address *ret_address,
               char ret_token[static TOKEN_SIZE + 1]);

/* token_show is for the end that connects: it blocks until it is answered.
 * -EPERM for a wrong half, -EPIPE when the peer is gone. token_answer is for
 * the one that accepts, who has heard the first half (shared/net/guests). */
int token_show(int fd, const char *token);
int token_answer(int fd, const char *token);

#endif
