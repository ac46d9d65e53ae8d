/* SPDX-License-Identifier: MIT */
/*
 * token.h -- two ends of a channel know each other where anybody may connect
 *
 * A token is random text that the owner leaves, with its port, where only the
 * other can read it; or tells it at a meeting, and then a secret that both have
 * is mixed in. It makes the key that each proves to know (shared/net/proof.h).
 */
#ifndef SHARED_NET_TOKEN_H
#define SHARED_NET_TOKEN_H

#include "shared/net/address.h"
#include "shared/net/proof.h"

enum { TOKEN_SIZE = SECRET_DIGITS };

/* token_publish makes TOKEN_SIZE random characters and a NUL, and the record
 * <dir>/<name>.port of them and of a bound socket's port: whoever can read it
 * is no stranger. token_find reads it: -EPROTO when it makes no sense; errors
 * of record_read. */
int token_publish(int fd, const char *dir, const char *name,
                  char ret_token[static TOKEN_SIZE + 1]);
int token_find(const char *dir, const char *name, const struct url *at,
               struct address *ret_address,
               char ret_token[static TOKEN_SIZE + 1]);

/* token_key makes the key of a token, and of the secret where there is one. */
int token_key(const char *token, const struct url *at,
              unsigned char ret_key[static SECRET_SIZE]);

/* token_show is for the end that connects: it blocks until both have proven
 * themselves. -EPERM when the other cannot, -EPIPE when it is gone. */
int token_show(int fd, const char *token, const struct url *at);

/* token_answer is for the end that accepts. It has told the other a number, and
 * its part is there (shared/net/guests): -EKEYREJECTED when that one does not
 * know the token. */
int token_answer(int fd, const char *token, const struct url *at,
                 const unsigned char talk[static PROOF_TALK]);

#endif
