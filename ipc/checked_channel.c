/* SPDX-License-Identifier: MIT */
#include "ipc/checked_channel.h"

#include "ipc/channel_config.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int channel_open(struct channel *c, const struct channel_ops *ops,
                 const struct channel_config *config)
{
    void *state;

    assert(config->frame_max > 0);
    state = calloc(1, ops->state_size);
    if (!state)
        return -ENOMEM;
    *c = (struct channel){ .ops = ops, .config = *config, .state = state };
    return 0;
}

int channel_check_options(const struct channel_ops *ops,
                          const size_t values[static CHANNEL_OPTIONS_MAX],
                          char *ret_text, size_t room)
{
    const struct channel_option *option = ops->options;

    for (size_t i = 0; option && option[i].name; i++) {
        const size_t most = option[i].most ? option[i].most : SIZE_MAX;

        if (values[i] >= option[i].least && values[i] <= most)
            continue;
        (void)snprintf(ret_text, room,
                       option[i].most ? "%s=%zu: it takes %zu to %zu"
                                      : "%s=%zu: it takes %zu or more",
                       option[i].name, values[i], option[i].least, most);
        return -EINVAL;
    }
    return 0;
}

static int check_options(const struct channel *c)
{
    char text[EXPLAIN_TEXT_MAX];

    return channel_check_options(c->ops, c->config.options, text, sizeof(text));
}

int channel_create(struct channel *c)
{
    struct channel_effective effective = { 0 };
    int r;

    r = check_options(c);
    if (r < 0)
        return r;
    r = c->ops->create(c->state, &c->config, &effective);
    if (r < 0)
        return r;
    c->config.depth =
        effective.depth > 0 ? effective.depth : channel_depth(&c->config);
    memcpy(c->config.options, effective.options, sizeof(c->config.options));
    c->frames_held = effective.frames_held;
    return 0;
}

int channel_attach(struct channel *c, const struct channel_end *end)
{
    int r;

    assert(!c->attached);
    r = check_options(c);
    if (r == 0)
        r = c->ops->attach(c->state, &c->config, end);
    if (r < 0)
        return r;
    c->attached = true;
    c->role = end->role;
    return 0;
}

int channel_reserve(struct channel *c, size_t size, void **ret_block)
{
    int r;

    assert(c->attached && c->role == CHANNEL_SENDER && !c->on_loan);
    if (size > c->config.frame_max)
        return -EMSGSIZE;
    r = c->ops->reserve(c->state, size, ret_block);
    if (r < 0)
        return r;
    assert((uintptr_t)*ret_block % CHANNEL_ALIGN == 0);
    c->on_loan = true;
    c->loan = size;
    return 0;
}

int channel_commit(struct channel *c, size_t size)
{
    assert(c->on_loan && size > 0 && size <= c->loan);
    c->on_loan = false;
    return c->ops->commit(c->state, size);
}

int channel_acquire(struct channel *c, const void **ret_block, size_t *ret_size)
{
    int r;

    assert(c->attached && c->role == CHANNEL_RECEIVER && !c->on_loan);
    r = c->ops->acquire(c->state, ret_block, ret_size);
    if (r < 0)
        return r;
    assert(*ret_size <= c->config.frame_max);
    c->on_loan = true;
    return 0;
}

int channel_release(struct channel *c)
{
    assert(c->on_loan);
    c->on_loan = false;
    return c->ops->release(c->state);
}

void channel_detach(struct channel *c)
{
    if (c->state)
        c->ops->detach(c->state);
    c->attached = false;
    c->on_loan = false;
}

void channel_destroy(struct channel *c)
{
    if (c->state)
        c->ops->destroy(c->state);
}

void channel_close(struct channel *c)
{
    free(c->state);
    c->state = NULL;
}
