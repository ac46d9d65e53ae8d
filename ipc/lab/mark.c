/* SPDX-License-Identifier: MIT */
#include "ipc/lab/mark.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct state {
    const struct channel_ops *inner;
    const char *channel;
    enum channel_role role;
    uint64_t message; /* under way, from 0 */
    _Alignas(16) unsigned char inner_state[];
};

/* Producers send jobs and receive results. */
static const char *role_name(const struct state *s)
{
    const bool jobs = strncmp(s->channel, "jobs", 4) == 0;

    return (s->role == CHANNEL_SENDER) == jobs ? "producer" : "consumer";
}

static void mark(const struct state *s, const char *edge, const char *operation)
{
    char text[128];
    int n = snprintf(text, sizeof(text), "ipc %s %s %s %s %" PRIu64,
                     role_name(s), edge, operation, s->channel, s->message);

    (void)!write(-1, text, (size_t)n);
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;

    s->inner = config->decorated;
    return s->inner->create(s->inner_state, config, ret_effective);
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;

    s->inner = config->decorated;
    s->channel = config->name;
    s->role = end->role;
    return s->inner->attach(s->inner_state, config, end);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;
    int r;

    mark(s, "begin", "reserve");
    r = s->inner->reserve(s->inner_state, size, ret_block);
    mark(s, "end", "reserve");
    return r;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;
    int r;

    mark(s, "begin", "commit");
    r = s->inner->commit(s->inner_state, size);
    mark(s, "end", "commit");
    s->message++;
    return r;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    int r;

    mark(s, "begin", "acquire");
    r = s->inner->acquire(s->inner_state, ret_block, ret_size);
    mark(s, "end", "acquire");
    return r;
}

static int release(void *state)
{
    struct state *s = state;
    int r;

    mark(s, "begin", "release");
    r = s->inner->release(s->inner_state);
    mark(s, "end", "release");
    s->message++;
    return r;
}

static void detach(void *state)
{
    struct state *s = state;

    if (s->inner)
        s->inner->detach(s->inner_state);
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->inner)
        s->inner->destroy(s->inner_state);
}

void mark_wrap(const struct channel_ops *inner, struct channel_ops *ret_ops)
{
    *ret_ops = *inner;
    ret_ops->state_size = sizeof(struct state) + inner->state_size;
    ret_ops->create = create;
    ret_ops->attach = attach;
    ret_ops->reserve = reserve;
    ret_ops->commit = commit;
    ret_ops->acquire = acquire;
    ret_ops->release = release;
    ret_ops->detach = detach;
    ret_ops->destroy = destroy;
}
