/* SPDX-License-Identifier: MIT */
#include "ipc/lab/trace/mark.h"

#include "ipc/decorator.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct state {
    struct decorator base;
    const char *channel;
    enum channel_role role;
    uint64_t message; /* under way, from 0 */
};

_Static_assert(sizeof(struct state) <= DECORATOR_STATE, "must fit before it");

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

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;

    s->channel = config->name;
    s->role = end->role;
    return decorator_attach(s, config, end);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;
    int r;

    mark(s, "begin", "reserve");
    r = s->base.inner->reserve(decorator_inner(s), size, ret_block);
    mark(s, "end", "reserve");
    return r;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;
    int r;

    mark(s, "begin", "commit");
    r = s->base.inner->commit(decorator_inner(s), size);
    mark(s, "end", "commit");
    s->message++;
    return r;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    int r;

    mark(s, "begin", "acquire");
    r = s->base.inner->acquire(decorator_inner(s), ret_block, ret_size);
    mark(s, "end", "acquire");
    return r;
}

static int release(void *state)
{
    struct state *s = state;
    int r;

    mark(s, "begin", "release");
    r = s->base.inner->release(decorator_inner(s));
    mark(s, "end", "release");
    s->message++;
    return r;
}

void mark_wrap(const struct channel_ops *inner, struct channel_ops *ret_ops)
{
    decorator_wrap(inner, ret_ops);
    ret_ops->attach = attach;
    ret_ops->reserve = reserve;
    ret_ops->commit = commit;
    ret_ops->acquire = acquire;
    ret_ops->release = release;
}
