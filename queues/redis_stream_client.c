/* SPDX-License-Identifier: MIT */
#include "queues/redis_stream_client.h"

#include "queues/redis_stream_server.h"
#include "shared/base/fd.h"
#include "shared/net/tls.h"
#include "shared/net/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

enum { PORT = 6379, CONNECT_S = 5 };

/* Of a call before which errno was 0, as it stays where the connection had
 * failed before: hiredis does not try again. */
static int error_of(const redisContext *redis)
{
    switch (redis->err) {
    case REDIS_ERR_EOF:
        return -EPIPE;
    case REDIS_ERR_IO:
        if (errno == 0)
            return -EPIPE;
        if (errno == ECONNREFUSED)
            return -EAGAIN;
        return errno == EAGAIN ? -ETIMEDOUT : fd_error(errno);
    case REDIS_ERR_OOM:
        return -ENOMEM;
    default:
        return -EPROTO;
    }
}

static int error_of_reply(const redisReply *reply)
{
    static const struct {
        const char *word;
        int error;
    } errors[] = {
        { "BUSYGROUP", -EEXIST }, { "NOAUTH", -EACCES },
        { "WRONGPASS", -EACCES }, { "NOPERM", -EACCES },
        { "NOGROUP", -ENOENT },   { "OOM", -ENOSPC },
        { "WRONGTYPE", -EEXIST },
    };

    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (strncmp(reply->str, errors[i].word, strlen(errors[i].word)) == 0)
            return errors[i].error;
    return -EIO;
}

static redisContext *call(const char *path, const struct url *at)
{
    const struct timeval limit = { .tv_sec = CONNECT_S };

    if (!at || !at->host[0])
        return redisConnectUnixWithTimeout(at ? at->path : path, limit);
    return redisConnectWithTimeout(at->host, at->port ? (int)at->port : PORT,
                                   limit);
}

/* Sends what a URL says besides the place: user, password, database. */
static int log_in(redisContext *redis, const struct url *at)
{
    int r = 0;

    if (at->user[0])
        r = redis_do(redis, "AUTH %s %s", at->user, at->password);
    else if (at->password[0])
        r = redis_do(redis, "AUTH %s", at->password);
    if (r == 0 && at->host[0] && at->path[0] && at->path[1])
        r = redis_do(redis, "SELECT %s", at->path + 1);
    return r;
}

int redis_connect(const char *dir, const struct url *at,
                  redisContext **ret_redis)
{
    char path[PATH_MAX];
    redisContext *redis;
    int r;

    r = at ? 0 : redis_server_path(dir, path);
    if (r < 0)
        return r;
    errno = 0;
    redis = call(path, at);
    if (!redis)
        return -ENOMEM;
    r = redis->err ? error_of(redis) : 0;
    if (r == 0 && fcntl(redis->fd, F_SETFD, FD_CLOEXEC) < 0)
        r = -errno;
    if (r == 0)
        r = at ? tls_begin(at, false, &redis->fd) : unix_check_peer(redis->fd);
    if (r == 0)
        r = redisSetTimeout(redis, (struct timeval){ 0 }) == REDIS_OK ? 0
                                                                      : -EINVAL;
    if (r == 0 && at)
        r = log_in(redis, at);
    if (r < 0)
        redisFree(redis);
    else
        *ret_redis = redis;
    return r;
}

int redis_add(redisContext *redis, const char *format, ...)
{
    va_list arguments;
    int r;

    va_start(arguments, format);
    r = redisvAppendCommand(redis, format, arguments);
    va_end(arguments);
    return r == REDIS_OK ? 0 : -ENOMEM;
}

int redis_do(redisContext *redis, const char *format, ...)
{
    va_list arguments;
    int r;

    va_start(arguments, format);
    r = redisvAppendCommand(redis, format, arguments);
    va_end(arguments);
    return r == REDIS_OK ? redis_drop(redis) : -ENOMEM;
}

int redis_flush(redisContext *redis)
{
    int done = 0;

    errno = 0;
    while (!done)
        if (redisBufferWrite(redis, &done) != REDIS_OK)
            return error_of(redis);
    return 0;
}

int redis_next(redisContext *redis, redisReply **ret_reply)
{
    void *reply = NULL;
    int r = 0;

    errno = 0;
    if (redisGetReply(redis, &reply) != REDIS_OK)
        return error_of(redis);
    if (((redisReply *)reply)->type == REDIS_REPLY_ERROR)
        r = error_of_reply(reply);
    if (r < 0)
        freeReplyObject(reply);
    else
        *ret_reply = reply;
    return r;
}

int redis_drop(redisContext *redis)
{
    redisReply *reply = NULL;
    int r;

    r = redis_next(redis, &reply);
    if (r == 0)
        freeReplyObject(reply);
    return r;
}

/* A part of a reply that is an array; NULL when it is none, or has no such
 * part. Safe on NULL, so that calls can be nested. */
static const redisReply *part(const redisReply *reply, size_t index)
{
    if (!reply || reply->type != REDIS_REPLY_ARRAY || index >= reply->elements)
        return NULL;
    return reply->element[index];
}

static bool is_string(const redisReply *reply)
{
    return reply && reply->type == REDIS_REPLY_STRING;
}

/* One that a command can name, whole. */
static bool is_id(const redisReply *reply)
{
    return is_string(reply) && reply->len < REDIS_ID_MAX &&
           strlen(reply->str) == reply->len;
}

/* [[key, entries]], or nothing when there are none. */
int redis_read_group(redisContext *redis, struct redis_entries *entries)
{
    int r;

    redis_free_entries(entries);
    r = redis_next(redis, &entries->reply);
    if (r == 0)
        entries->list = part(part(entries->reply, 0), 1);
    return r;
}

/* [cursor, entries, deleted] */
int redis_read_claim(redisContext *redis, struct redis_entries *entries,
                     char ret_cursor[static REDIS_ID_MAX])
{
    const redisReply *cursor;
    int r;

    redis_free_entries(entries);
    r = redis_next(redis, &entries->reply);
    if (r < 0)
        return r;
    cursor = part(entries->reply, 0);
    if (!is_id(cursor))
        return -EPROTO;
    memcpy(ret_cursor, cursor->str, cursor->len + 1);
    entries->list = part(entries->reply, 1);
    return 0;
}

bool redis_has_entry(const struct redis_entries *entries)
{
    return entries->list && entries->given < entries->list->elements;
}

/* [id, [field, value]] */
int redis_next_entry(struct redis_entries *entries,
                     char ret_id[static REDIS_ID_MAX], const void **ret_bytes,
                     size_t *ret_size)
{
    const redisReply *entry = part(entries->list, entries->given);
    const redisReply *id = part(entry, 0), *value = part(part(entry, 1), 1);

    if (!is_id(id) || !is_string(value))
        return -EPROTO;
    memcpy(ret_id, id->str, id->len + 1);
    *ret_bytes = value->str;
    *ret_size = value->len;
    entries->given++;
    return 0;
}

void redis_free_entries(struct redis_entries *entries)
{
    freeReplyObject(entries->reply);
    *entries = (struct redis_entries){ 0 };
}
