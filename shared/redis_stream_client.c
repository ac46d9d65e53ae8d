/* SPDX-License-Identifier: MIT */
#include "shared/redis_stream_client.h"

#include "shared/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

static int error_of(const redisContext *redis)
{
    switch (redis->err) {
    case REDIS_ERR_EOF:
        return -EPIPE;
    case REDIS_ERR_IO:
        return errno == EAGAIN ? -ETIMEDOUT : stream_error(errno);
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

int redis_connect(const char *path, redisContext **ret_redis)
{
    redisContext *redis = redisConnectUnix(path);
    int r;

    if (!redis)
        return -ENOMEM;
    r = redis->err ? error_of(redis) : 0;
    if (r == 0 && fcntl(redis->fd, F_SETFD, FD_CLOEXEC) < 0)
        r = -errno;
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

int redis_flush(redisContext *redis)
{
    int done = 0;

    while (!done)
        if (redisBufferWrite(redis, &done) != REDIS_OK)
            return error_of(redis);
    return 0;
}

int redis_next(redisContext *redis, redisReply **ret_reply)
{
    void *reply = NULL;
    int r = 0;

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
    redisReply *reply;
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

static bool is_text(const redisReply *reply, size_t most)
{
    return reply && reply->type == REDIS_REPLY_STRING && reply->len < most;
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
    if (!is_text(cursor, REDIS_ID_MAX))
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

    if (!is_text(id, REDIS_ID_MAX) || !is_text(value, SIZE_MAX))
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
