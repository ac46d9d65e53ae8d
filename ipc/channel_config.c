/* SPDX-License-Identifier: MIT */
#include "ipc/channel_config.h"

#include "shared/dir/record.h"
#include "shared/dir/space.h"
#include "shared/net/url.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

enum {
    CHANNEL_PORTS = 64,     /* of one index: more than there are channels */
    CACHE_SHARE = 14 << 20, /* bytes that a busy shared cache keeps */
    CURE_MAX = 128,
};

int channel_path(const struct channel_config *config, const char *suffix,
                 char ret_path[static PATH_MAX])
{
    int n;

    n = snprintf(ret_path, PATH_MAX, "%s/%s%s", config->dir, config->name,
                 suffix);
    return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

void channel_global_name(const struct channel_config *config,
                         char ret_name[static CHANNEL_NAME_MAX])
{
    (void)snprintf(ret_name, CHANNEL_NAME_MAX,
                   "/" CHANNEL_PREFIX "%016" PRIx64 "-%s", config->seed,
                   config->name);
}

int channel_global_key(const struct channel_config *config)
{
    const uint64_t mixed =
        (config->seed * 64 + config->number) * UINT64_C(0x9e3779b97f4a7c15);
    const int key = (int)(mixed >> 33);

    return key > 0 ? key : 1;
}

int channel_claim_name(const struct channel_config *config, const char *kind,
                       char ret_name[static CHANNEL_NAME_MAX])
{
    channel_global_name(config, ret_name);
    return record_write(config->dir, config->name, kind, ret_name);
}

int channel_claim_key(const struct channel_config *config, const char *kind)
{
    const int key = channel_global_key(config);
    char text[CHANNEL_NAME_MAX];
    int r;

    (void)snprintf(text, sizeof(text), "%d", key);
    r = record_write(config->dir, config->name, kind, text);
    return r < 0 ? r : key;
}

void channel_forget_name(const struct channel_config *config, const char *kind)
{
    record_remove(config->dir, config->name, kind);
}

int channel_explain_shm(size_t bytes, const char *smaller, char *ret_text,
                        size_t room)
{
    char cure[CURE_MAX];

    (void)snprintf(cure, sizeof(cure),
                   "give %s, or a larger /dev/shm (docker run --shm-size 256m)",
                   smaller);
    return space_explain("/dev/shm", bytes, cure, ret_text, room);
}

unsigned channel_port(const struct channel_config *config, unsigned index)
{
    if (!config->at || config->at->port == 0)
        return 0;
    return config->at->port + 1 + config->number + CHANNEL_PORTS * index;
}

/* Large messages should stay in the cache that the processors of one machine
 * share, and two are enough to build one while another is read. */
size_t channel_depth(const struct channel_config *config)
{
    const size_t fit = CACHE_SHARE / config->frame_max;

    if (config->depth > 0)
        return config->depth;
    if (config->at)
        return CHANNEL_DEPTH;
    return fit < 2 ? 2 : fit < CHANNEL_DEPTH ? fit : CHANNEL_DEPTH;
}

size_t channel_queue_depth(const struct channel_config *config, size_t bytes,
                           size_t most)
{
    const size_t plenty = channel_depth(config);
    const size_t fit = bytes / config->frame_max;
    const size_t depth = fit < most ? fit : most;

    return config->depth > 0 || depth < plenty ? plenty : depth;
}

uint64_t channel_spin_ns(const struct channel_config *config)
{
    static const uint64_t ns[] = {
        [CHANNEL_WAIT_ADAPTIVE] = CHANNEL_SPIN_NS,
        [CHANNEL_WAIT_BLOCK] = 0,
        [CHANNEL_WAIT_SPIN] = UINT64_MAX,
    };

    return ns[config->wait];
}
