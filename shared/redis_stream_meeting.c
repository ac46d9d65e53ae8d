/* SPDX-License-Identifier: MIT */
/*
 * Meeting at a server of Redis'. The consumer's text stands under one key until
 * a producer takes it; each side has a key of its own that expires unless it
 * is renewed. Built only where hiredis is installed.
 */
#include "shared/meeting.h"

#include "shared/clock.h"
#include "shared/redis_stream_client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#define PREFIX "ipc-showcase-"
static const char text_key[] = PREFIX "text";
static const char *const side_key[] = { PREFIX "producer", PREFIX "consumer" };

enum { PORT = 6379, LOOK_MS = 50, ANSWER_S = MEETING_SILENCE_MS / 1000 };

/* 1: set; 0: it is there already. */
static int set_new(struct meeting *m, const char *key, const char *value)
{
    redisReply *reply;
    int r;

    r = redis_add(m->server, "SET %s %s NX PX %d", key, value,
                  MEETING_SILENCE_MS);
    if (r == 0)
        r = redis_next(m->server, &reply);
    if (r < 0)
        return r;
    r = reply->type == REDIS_REPLY_STATUS;
    freeReplyObject(reply);
    return r;
}

/* 1: it is there; 0: not. */
static int exists(struct meeting *m, const char *key)
{
    redisReply *reply;
    int r;

    r = redis_add(m->server, "EXISTS %s", key);
    if (r == 0)
        r = redis_next(m->server, &reply);
    if (r < 0)
        return r;
    r = reply->type == REDIS_REPLY_INTEGER && reply->integer > 0;
    freeReplyObject(reply);
    return r;
}

/* Whatever is asked is answered in bounded time, or the server is gone. */
static int open_meeting(struct meeting *m)
{
    const struct timeval limit = { .tv_sec = ANSWER_S };
    redisContext *redis;
    int r;

    r = redis_connect("", m->at, &redis);
    if (r < 0)
        return r;
    m->server = redis;
    if (redisSetTimeout(redis, limit) != REDIS_OK)
        return -EINVAL;
    if (!m->owner)
        return 0;
    r = set_new(m, side_key[m->owner], "1");
    m->spoke_ns = clock_ns();
    m->present = r > 0;
    return r == 0 ? -EADDRINUSE : r < 0 ? r : 0;
}

static int renew(struct meeting *m)
{
    int r;

    if (clock_ns() - m->spoke_ns < MEETING_TICK_MS * 1000000ull)
        return 0;
    m->spoke_ns = clock_ns();
    r = redis_do(m->server, "PEXPIRE %s %d", side_key[m->owner],
                 MEETING_SILENCE_MS);
    if (r == 0 && m->owner && m->text[0])
        r = redis_do(m->server, "PEXPIRE %s %d", text_key, MEETING_SILENCE_MS);
    return r;
}

static int await(struct meeting *m, int limit_ms)
{
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
    int r = 0;

    if (m->heard_ns == 0) {
        m->heard_ns = clock_ns();
        r = redis_do(m->server, "SET %s %s PX %d", text_key, m->text,
                     MEETING_SILENCE_MS);
    }
    for (int ms = 0; r == 0 && ms < limit_ms; ms += LOOK_MS) {
        r = renew(m);
        if (r == 0)
            r = exists(m, side_key[false]);
        if (r == 0)
            (void)nanosleep(&pause, NULL);
    }
    if (r > 0)
        m->text[0] = '\0';
    return r;
}

static int find(struct meeting *m)
{
    redisReply *reply;
    int r;

    r = redis_add(m->server, "GET %s", text_key);
    if (r == 0)
        r = redis_next(m->server, &reply);
    if (r < 0)
        return r;
    if (reply->type != REDIS_REPLY_STRING)
        r = -EAGAIN;
    else if (reply->len >= sizeof(m->text) || strlen(reply->str) != reply->len)
        r = -EPROTO;
    else
        memcpy(m->text, reply->str, reply->len + 1);
    freeReplyObject(reply);
    return r;
}

static int join(struct meeting *m)
{
    int r;

    r = set_new(m, side_key[m->owner], "1");
    if (r <= 0)
        return r < 0 ? r : -EBUSY;
    m->present = true;
    m->spoke_ns = clock_ns();
    return redis_do(m->server, "DEL %s", text_key);
}

/* The other's key goes at once when it leaves, and later when it is silent. */
static int beat(struct meeting *m)
{
    int r;

    if (clock_ns() - m->spoke_ns < MEETING_TICK_MS * 1000000ull)
        return 0;
    r = renew(m);
    if (r == 0)
        r = exists(m, side_key[!m->owner]);
    return r > 0 ? 0 : r < 0 ? r : -EPIPE;
}

static void close_meeting(struct meeting *m)
{
    if (m->present && m->owner)
        (void)redis_do(m->server, "DEL %s", text_key);
    if (m->present)
        (void)redis_do(m->server, "DEL %s", side_key[m->owner]);
    m->present = false;
    redisFree(m->server);
    m->server = NULL;
}

const struct meeting_ops redis_meeting = {
    .scheme = "redis",
    .port = PORT,
    .open = open_meeting,
    .await = await,
    .find = find,
    .join = join,
    .beat = beat,
    .close = close_meeting,
};
