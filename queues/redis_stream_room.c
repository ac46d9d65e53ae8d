/* SPDX-License-Identifier: MIT */
#include "queues/redis_stream_room.h"

#include "ipc/channel_config.h"
#include "queues/redis_stream_client.h"

enum {
    QUEUE_BYTES = 1 << 19,
    QUEUE_MAX = 128,      /* messages */
    EXPIRE_S = 24 * 3600, /* at a server of somebody's */
};

/* Both sides and the server are busy at once only if many small messages may
 * wait; of large ones depth is plenty. */
size_t redis_depth(const struct channel_config *config)
{
    return channel_queue_depth(config, QUEUE_BYTES, QUEUE_MAX);
}

/* Several large ones in one reply would leave the cache before their turn. */
size_t redis_batch(const struct channel_config *config, size_t depth,
                   size_t wanted)
{
    const size_t fit = QUEUE_BYTES / config->frame_max;
    const size_t batch = wanted > 0 ? wanted : fit > 0 ? fit : 1;

    /* Or who ends would keep some that others could do. */
    if (config->receivers > 1)
        return 1;
    return batch < depth ? batch : depth;
}

/* All of them are under way at once, and then all the answers. */
static int make_room(redisContext *redis, const char *key, size_t depth)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < depth; i++)
        r = redis_add(redis, "RPUSH %s:room 1", key);
    if (r == 0)
        r = redis_flush(redis);
    for (size_t i = 0; r == 0 && i < depth; i++)
        r = redis_drop(redis);
    return r;
}

int redis_make_stream(redisContext *redis, const char *key, size_t depth,
                      bool expires, bool *ret_made)
{
    int r;

    /* The group is at the start of a stream that is empty. */
    r = redis_do(redis, "XGROUP CREATE %s receivers 0 MKSTREAM", key);
    *ret_made = r == 0;
    if (r == 0)
        r = make_room(redis, key, depth);
    if (r == 0 && expires)
        r = redis_do(redis, "EXPIRE %s %d", key, EXPIRE_S);
    if (r == 0 && expires)
        r = redis_do(redis, "EXPIRE %s:room %d", key, EXPIRE_S);
    return r;
}
