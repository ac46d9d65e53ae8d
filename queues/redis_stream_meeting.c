/* SPDX-License-Identifier: MIT */
#include "queues/redis_stream_meeting.h"

#include "queues/redis_stream_client.h"
#include "shared/base/clock.h"

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

/* This is what another side's key holds, as far as it matters to this run. */
enum value { VALUE_NONE, VALUE_OURS, VALUE_OTHER };

static int compare(struct meeting *m, const char *key, enum value *ret_value)
{
    redisReply *reply;
    int r;

    r = redis_add(m->server, "GET %s", key);
    if (r == 0)
        r = redis_next(m->server, &reply);
    if (r < 0)
        return r;
    *ret_value = reply->type != REDIS_REPLY_STRING ? VALUE_NONE
                 : reply->len == strlen(m->text) &&
                         memcmp(reply->str, m->text, reply->len) == 0
                     ? VALUE_OURS
                     : VALUE_OTHER;
    freeReplyObject(reply);
    return 0;
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
    r = set_new(m, side_key[m->owner], "");
    m->spoke_ns = clock_ns();
    m->present = r > 0;
    return r == 0 ? -EADDRINUSE : r < 0 ? r : 0;
}

/* Lets a key expire in so many ms, 0: now, as long as it holds this value: who
 * was stopped for a while may find another run's there. */
static int expire(struct meeting *m, const char *key, const char *value, int ms)
{
    static const char script[] =
        "if redis.call('GET', KEYS[1]) == ARGV[1] then "
        "redis.call('PEXPIRE', KEYS[1], ARGV[2]) end";

    return redis_do(m->server, "EVAL %s 1 %s %s %d", script, key, value, ms);
}

/* Sets the life of this side's own key. The consumer has it before a text. */
static int expire_side(struct meeting *m, int ms)
{
    const bool is_empty = m->owner && m->heard_ns == 0;

    return expire(m, side_key[m->owner], is_empty ? "" : m->text, ms);
}

static int renew(struct meeting *m)
{
    int r;

    if (clock_ns() - m->spoke_ns < MEETING_TICK_MS * 1000000ull)
        return 0;
    m->spoke_ns = clock_ns();
    r = expire_side(m, MEETING_SILENCE_MS);
    if (r == 0 && m->owner && !m->joined)
        r = expire(m, text_key, m->text, MEETING_SILENCE_MS);
    return r;
}

static int publish(struct meeting *m)
{
    int r;

    m->heard_ns = clock_ns();
    r = redis_do(m->server, "SET %s %s PX %d", side_key[true], m->text,
                 MEETING_SILENCE_MS);
    if (r == 0)
        r = redis_do(m->server, "SET %s %s PX %d", text_key, m->text,
                     MEETING_SILENCE_MS);
    return r;
}

static int await(struct meeting *m, int limit_ms)
{
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
    enum value producer = VALUE_NONE;
    int r = 0;

    if (m->heard_ns == 0)
        r = publish(m);
    for (int ms = 0; r == 0 && ms < limit_ms; ms += LOOK_MS) {
        r = renew(m);
        if (r == 0)
            r = compare(m, side_key[false], &producer);
        m->joined = r == 0 && producer == VALUE_OURS;
        if (m->joined)
            return 1;
        if (r == 0)
            (void)nanosleep(&pause, NULL);
    }
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

/* The producer of a run before may not have left yet: it learns so soon. */
static int join(struct meeting *m)
{
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
    enum value other = VALUE_OTHER;
    int r;

    for (int ms = 0;; ms += LOOK_MS) {
        r = set_new(m, side_key[false], m->text);
        if (r != 0)
            break;
        r = compare(m, side_key[false], &other);
        if (r < 0)
            return r;
        if (other == VALUE_OURS || ms >= MEETING_SILENCE_MS)
            return -EBUSY;
        (void)nanosleep(&pause, NULL);
    }
    if (r < 0)
        return r;
    m->present = true;
    m->spoke_ns = clock_ns();
    return expire(m, text_key, m->text, 0);
}

/* The other's key goes at once when it leaves, and later when it is silent. */
static int beat(struct meeting *m)
{
    enum value other = VALUE_NONE;
    int r;

    if (clock_ns() - m->spoke_ns < MEETING_TICK_MS * 1000000ull)
        return 0;
    r = renew(m);
    if (r == 0)
        r = compare(m, side_key[!m->owner], &other);
    return r < 0 ? r : other == VALUE_OURS ? 0 : -EPIPE;
}

static void close_meeting(struct meeting *m)
{
    if (m->present && m->owner && !m->joined)
        (void)expire(m, text_key, m->text, 0);
    if (m->present)
        (void)expire_side(m, 0);
    m->present = false;
    redisFree(m->server);
    m->server = NULL;
}

const struct meeting_ops redis_meeting = {
    .scheme = "redis",
    .encrypted_scheme = "rediss",
    .lingers_ms = MEETING_SILENCE_MS + 1000,
    .port = PORT,
    .open = open_meeting,
    .await = await,
    .find = find,
    .join = join,
    .beat = beat,
    .close = close_meeting,
};
