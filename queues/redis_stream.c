/* SPDX-License-Identifier: MIT */
/*
 * redis_stream.c -- a stream of Redis (or Valkey), with a consumer group
 *
 * Rendezvous   a key at the run's own server; or at that of --at redis://HOST
 * Framing      one message an entry of the stream
 * Copies       6: sender -> command -> kernel -> server -> kernel -> reply
 * Waiting      BLPOP for one of depth tokens, XREADGROUP for an entry
 * End          not seen; what a receiver held, others get after 10 minutes
 * Limits       depth entries; 512 MiB each; what the server's memory holds
 * Leftovers    none at its own server; elsewhere keys, which expire in a day
 * Trust        whoever may enter the directory, or use the server; rediss://
 * Manual       redis.io/topics/streams-intro, redis.io/commands/xautoclaim
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "queues/redis_stream_client.h"
#include "queues/redis_stream_meeting.h"
#include "queues/redis_stream_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { SYNC, PIPELINE, BATCH }; /* options */

enum {
    LOOK_MS = 1000, /* for entries that a dead receiver had taken */
    LEASE_MS =
        10 * 60 * 1000, /* until it counts as dead: longer than any job */
    DETACH_S = 10,
    EXPIRE_S = 24 * 3600, /* at a server of somebody's */
};

struct state {
    struct redis_server server; /* if started by this state */
    bool created; /* this process made the keys, destroy removes them */
    const char *dir;
    const struct url *at; /* NULL: the run's own server */
    char key[CHANNEL_NAME_MAX];
    size_t frame_max;
    size_t pipeline; /* commits that may be unanswered */
    unsigned batch;
    redisContext *redis;
    bool sends;
    char name[16];                /* the receiver's, in the group */
    void *block;                  /* owned: the sender's loan */
    size_t unanswered;            /* commands of commit and release */
    struct redis_entries entries; /* the receiver's, not yet lent; and its */
    char id[REDIS_ID_MAX];        /* loan's */
    char cursor[REDIS_ID_MAX];    /* where XAUTOCLAIM goes on */
};

static const struct channel_option options[] = {
    [SYNC] = { "sync", "0: off, 1: each second, 2: each command", 1,
               .most = 2 },
    [PIPELINE] = { "pipeline", "commits on their way to the server", 16,
                   .most = 1024 },
    [BATCH] = { "batch", "messages that a receiver takes at a time", 1,
                .least = 1, .most = 65536 },
    { 0 },
};

/* At the run's own server, or at that of --at. */
static int connect_server(struct state *s, const struct channel_config *config)
{
    s->dir = config->dir;
    s->at = config->at;
    channel_global_name(config, s->key);
    return redis_connect(s->dir, s->at, &s->redis);
}

/* The group at the start of an empty stream, and a token for each entry that
 * there may be. Whatever becomes of the run, nobody's server keeps them. */
static int make_stream(struct state *s, size_t depth)
{
    int r;

    r = redis_do(s->redis, "XGROUP CREATE %s receivers 0 MKSTREAM", s->key);
    s->created = r == 0;
    for (size_t i = 0; r == 0 && i < depth; i++)
        r = redis_do(s->redis, "RPUSH %s:room 1", s->key);
    if (r == 0 && s->at)
        r = redis_do(s->redis, "EXPIRE %s %d", s->key, EXPIRE_S);
    if (r == 0 && s->at)
        r = redis_do(s->redis, "EXPIRE %s:room %d", s->key, EXPIRE_S);
    return r;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    const size_t depth = channel_depth(config);
    const size_t *wanted = config->options;
    struct state *s = state;
    int r = 0;

    if (!config->at)
        r = redis_server_start(&s->server, config->dir, (unsigned)wanted[SYNC]);
    if (r == 0)
        r = connect_server(s, config);
    if (r == 0)
        r = make_stream(s, depth);
    /* A connection is one process's. */
    redisFree(s->redis);
    s->redis = NULL;
    if (r < 0)
        return r;
    memcpy(ret_effective->options, wanted, sizeof(config->options));
    if (wanted[BATCH] > depth)
        ret_effective->options[BATCH] = depth;
    /* Or who ends would keep some that others could do. */
    if (config->receivers > 1)
        ret_effective->options[BATCH] = 1;
    ret_effective->depth = depth;
    ret_effective->frames_held = depth;
    return 0;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;

    s->sends = end->role == CHANNEL_SENDER;
    s->frame_max = config->frame_max;
    s->pipeline = config->options[PIPELINE];
    s->batch = (unsigned)config->options[BATCH];
    (void)snprintf(s->name, sizeof(s->name), "%u", end->index);
    (void)snprintf(s->cursor, sizeof(s->cursor), "0-0");
    if (s->sends && posix_memalign(&s->block, CHANNEL_ALIGN, s->frame_max) != 0)
        return -ENOMEM;
    return connect_server(s, config);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;

    (void)size;
    *ret_block = s->block;
    return 0;
}

static int await_answers(struct state *s, size_t most)
{
    int r = 0;

    for (; r == 0 && s->unanswered > most; s->unanswered--)
        r = redis_drop(s->redis);
    return r;
}

/* While there is no token the server holds up what comes behind. */
static int commit(void *state, size_t size)
{
    struct state *s = state;
    int r;

    r = redis_add(s->redis, "BLPOP %s:room 0", s->key);
    if (r == 0)
        r = redis_add(s->redis, "XADD %s * m %b", s->key, s->block, size);
    if (r == 0)
        r = redis_flush(s->redis);
    if (r < 0)
        return r;
    s->unanswered += 2;
    return await_answers(s, 2 * s->pipeline);
}

static int read_group(struct state *s)
{
    int r;

    r = redis_add(s->redis,
                  "XREADGROUP GROUP receivers %s COUNT %u BLOCK %d STREAMS %s"
                  " >",
                  s->name, s->batch, LOOK_MS, s->key);
    if (r == 0)
        r = redis_flush(s->redis);
    if (r == 0)
        r = await_answers(s, 0);
    return r < 0 ? r : redis_read_group(s->redis, &s->entries);
}

/* An entry that was taken so long ago goes to another receiver. Each look is at
 * a few: the cursor says where the next look goes on. */
static int claim(struct state *s)
{
    int r;

    r = redis_add(s->redis, "XAUTOCLAIM %s receivers %s %d %s COUNT %u", s->key,
                  s->name, LEASE_MS, s->cursor, s->batch);
    if (r == 0)
        r = redis_flush(s->redis);
    return r < 0 ? r : redis_read_claim(s->redis, &s->entries, s->cursor);
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    const void *payload;
    size_t size;
    int r = 0;

    while (r == 0 && !redis_has_entry(&s->entries)) {
        r = read_group(s);
        if (r == 0 && !redis_has_entry(&s->entries))
            r = claim(s);
    }
    if (r == 0)
        r = redis_next_entry(&s->entries, s->id, &payload, &size);
    if (r == 0 && (size == 0 || size > s->frame_max))
        r = -EPROTO;
    if (r < 0)
        return r;
    *ret_block = payload;
    *ret_size = size;
    return 0;
}

/* The answers are read before the next entry's. */
static int release(void *state)
{
    struct state *s = state;
    int r;

    r = redis_add(s->redis, "XACK %s receivers %s", s->key, s->id);
    if (r == 0)
        r = redis_add(s->redis, "XDEL %s %s", s->key, s->id);
    if (r == 0)
        r = redis_add(s->redis, "RPUSH %s:room 1", s->key);
    if (r == 0)
        r = redis_flush(s->redis);
    if (r == 0)
        s->unanswered += 3;
    return r;
}

static void detach(void *state)
{
    const struct timeval limit = { .tv_sec = DETACH_S };
    struct state *s = state;

    if (s->redis && redisSetTimeout(s->redis, limit) == REDIS_OK)
        (void)await_answers(s, 0);
    redis_free_entries(&s->entries);
    redisFree(s->redis);
    free(s->block);
    s->redis = NULL;
    s->block = NULL;
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->created && s->at && redis_connect(s->dir, s->at, &s->redis) == 0) {
        (void)redis_do(s->redis, "DEL %s %s:room", s->key, s->key);
        redisFree(s->redis);
        s->redis = NULL;
    }
    s->created = false;
    redis_server_stop(&s->server);
}

static const char *unavailable(void)
{
    return redis_server_is_installed()
               ? NULL
               : "redis-server is not installed (sh setup.sh)";
}

const struct channel_ops redis_stream_channel = {
    .name = "redis-stream",
    .traits = CHANNEL_MANY_SENDERS | CHANNEL_MANY_RECEIVERS |
              CHANNEL_SURVIVES_PROCESSES | CHANNEL_POLLABLE |
              CHANNEL_BY_DIRECTORY | CHANNEL_OTHER_LANGUAGES | CHANNEL_GUARDED,
    .message_max = 0,
    .state_size = sizeof(struct state),
    .options = options,
    .meeting = &redis_meeting,
    .libraries = "hiredis, and a Redis server",
    .unavailable = unavailable,
    .create = create,
    .attach = attach,
    .reserve = reserve,
    .commit = commit,
    .acquire = acquire,
    .release = release,
    .detach = detach,
    .destroy = destroy,
};
