/* SPDX-License-Identifier: MIT */
#include "ipc/decorator.h"

void *decorator_inner(void *state)
{
    return (unsigned char *)state + DECORATOR_STATE;
}

void decorator_prepare(const struct channel *c, const struct channel_ops *inner,
                       const void *decoration)
{
    struct decorator *d = c->state;

    *d = (struct decorator){ .inner = inner, .decoration = decoration };
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    const struct decorator *d = state;

    return d->inner->create(decorator_inner(state), config, ret_effective);
}

int decorator_attach(void *state, const struct channel_config *config,
                     const struct channel_end *end)
{
    const struct decorator *d = state;

    return d->inner->attach(decorator_inner(state), config, end);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    const struct decorator *d = state;

    return d->inner->reserve(decorator_inner(state), size, ret_block);
}

static int commit(void *state, size_t size)
{
    const struct decorator *d = state;

    return d->inner->commit(decorator_inner(state), size);
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    const struct decorator *d = state;

    return d->inner->acquire(decorator_inner(state), ret_block, ret_size);
}

static int release(void *state)
{
    const struct decorator *d = state;

    return d->inner->release(decorator_inner(state));
}

void decorator_detach(void *state)
{
    const struct decorator *d = state;

    if (d->inner)
        d->inner->detach(decorator_inner(state));
}

static void destroy(void *state)
{
    const struct decorator *d = state;

    if (d->inner)
        d->inner->destroy(decorator_inner(state));
}

void decorator_wrap(const struct channel_ops *inner,
                    struct channel_ops *ret_ops)
{
    *ret_ops = *inner;
    ret_ops->state_size = DECORATOR_STATE + inner->state_size;
    ret_ops->create = create;
    ret_ops->attach = decorator_attach;
    ret_ops->reserve = reserve;
    ret_ops->commit = commit;
    ret_ops->acquire = acquire;
    ret_ops->release = release;
    ret_ops->detach = decorator_detach;
    ret_ops->destroy = destroy;
}
