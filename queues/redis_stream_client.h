/* SPDX-License-Identifier: MIT */
/*
 * redis_stream_client.h -- hiredis, with this project's errors
 *
 * Commands are given as to redisvCommand(): %s a text, %b bytes and their
 * size_t. Errors: -EPIPE when the server is gone, -ETIMEDOUT, -ENOMEM; -EACCES
 * for a password or a right, -EPROTO for a reply that makes no sense, -EIO for
 * one that says that the server could not. Built only where hiredis is
 * installed.
 */
#ifndef QUEUES_REDIS_STREAM_CLIENT_H
#define QUEUES_REDIS_STREAM_CLIENT_H

#include "shared/net/url.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>

/* redis_connect connects to the server of a run (queues/redis_stream_server),
 * or to that of a URL: redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE], or
 * redis:/// and a socket's path; rediss:// encrypts (shared/net/tls.h). Blocks
 * for a bounded time; -EAGAIN: nobody listens; errors of tls_begin. Pair with
 * redisFree. */
int redis_connect(const char *dir, const struct url *at,
                  redisContext **ret_redis);

/* redis_do sends a command and drops the reply. */
int redis_do(redisContext *redis, const char *format, ...);

/* redis_add queues a command; redis_flush sends all that are queued, and
 * blocks until the kernel has them. */
int redis_add(redisContext *redis, const char *format, ...);
int redis_flush(redisContext *redis);

/* redis_next blocks for the next reply, which is the caller's to free
 * (freeReplyObject). redis_drop only looks whether it is an error. */
int redis_next(redisContext *redis, redisReply **ret_reply);
int redis_drop(redisContext *redis);

/* Entries of a stream, as a reply brought them. Zeroed: none. */
struct redis_entries {
    redisReply *reply;      /* owned */
    const redisReply *list; /* in there */
    size_t given;           /* of them */
};

enum { REDIS_ID_MAX = 48 }; /* of an entry: two numbers of 64 bits */

/* Both block for the reply to a command, and replace the entries: that of
 * XREADGROUP, and that of XAUTOCLAIM with the cursor for the next one. */
int redis_read_group(redisContext *redis, struct redis_entries *entries);
int redis_read_claim(redisContext *redis, struct redis_entries *entries,
                     char ret_cursor[static REDIS_ID_MAX]);

bool redis_has_entry(const struct redis_entries *entries);

/* redis_next_entry gives the next one: its id, and what its one field holds,
 * valid as long as the entries are. -EPROTO. */
int redis_next_entry(struct redis_entries *entries,
                     char ret_id[static REDIS_ID_MAX], const void **ret_bytes,
                     size_t *ret_size);

void redis_free_entries(struct redis_entries *entries);

#endif
