/* SPDX-License-Identifier: MIT */
/*
 * redis_stream.c -- a stream of Redis (or Valkey), with a consumer group
 *
 * Rendezvous   a key at the run's own server; or at that of --at redis://HOST
 * Framing      one message an entry of the stream
 * Copies       6: sender -> command -> kernel -> server -> kernel -> reply
 * Waiting      BLPOP for one of depth tokens, XREADGROUP for entries
 * End          not seen; what it held, its successor gets, or others in 10 min
 * Limits       depth entries; 512 MiB each; what the server's memory holds
 * Leftovers    none at its own server; elsewhere keys, which expire in a day
 * Trust        whoever may enter the directory, or use the server; rediss://
 * Manual       redis.io/topics/streams-intro, redis.io/commands/xautoclaim
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "queues/redis_stream_client.h"
#include "queues/redis_stream_meeting.h"
#include "queues/redis_stream_room.h"
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
    bool inherits; /* of what an earlier holder of this end had, some is left */
};

static const struct channel_option options[] = {
    [SYNC] = { "sync", "0: off, 1: each second, 2: each command", 1,
               .most = 2 },
    [PIPELINE] = { "pipeline", "commits on their way to the server", 16,
                   .most = 1024 },
    [BATCH] = { "batch", "messages a receiver takes at a time; 0: 512 KiB",
                .most = 65536 },
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

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    const size_t depth = redis_depth(config);
    const size_t *wanted = config->options;
    struct state *s = state;
    int r = 0;

    if (!config->at)
        r = redis_server_start(&s->server, config->dir, (unsigned)wanted[SYNC]);
    if (r == 0)
        r = connect_server(s, config);
    if (r == 0)
        r = redis_make_stream(s->redis, s->key, depth, s->at != NULL,
                              &s->created);
    /* A connection is one process's. */
    redisFree(s->redis);
    s->redis = NULL;
    if (r < 0)
        return r;
    memcpy(ret_effective->options, wanted, sizeof(config->options));
    ret_effective->options[BATCH] = redis_batch(config, depth, wanted[BATCH]);
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
    s->inherits = !s->sends;
    (void)snprintf(s->name, sizeof(s->name), "%u", end->index);
    (void)snprintf(s->cursor, sizeof(s->cursor), "0-0");
    (void)snprintf(s->id, sizeof(s->id), "0-0");
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

/* Behind an entry's id: what this end has taken and not acknowledged, at once.
 * Behind ">": what nobody has taken; blocks for a moment. */
static int read_group(struct state *s, const char *behind)
{
    int r;

    r = redis_add(s->redis,
                  "XREADGROUP GROUP receivers %s COUNT %u BLOCK %d STREAMS %s"
                  " %s",
                  s->name, s->batch, LOOK_MS, s->key, behind);
    if (r == 0)
        r = redis_flush(s->redis);
    if (r == 0)
        r = await_answers(s, 0);
    return r < 0 ? r : redis_read_group(s->redis, &s->entries);
}

/* What a receiver that was killed had taken goes first to the one in its place,
 * oldest first: so nothing is lost, however many it had. */
static int inherit(struct state *s)
{
    int r;

    r = read_group(s, s->id);
    if (r == 0)
        s->inherits = redis_has_entry(&s->entries);
    return r;
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

    if (s->inherits && !redis_has_entry(&s->entries))
        r = inherit(s);
    while (r == 0 && !redis_has_entry(&s->entries)) {
        r = read_group(s, ">");
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
