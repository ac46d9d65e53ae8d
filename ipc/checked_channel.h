/* SPDX-License-Identifier: MIT */
/*
 * checked_channel.h -- the checked way to use a mechanism
 *
 * Everything outside a mechanism's file goes through these: they own the state
 * and assert what a caller must keep to (one loan at a time, the role, sizes).
 * The contract, ipc/channel.h, tells what each does.
 */
#ifndef IPC_CHECKED_CHANNEL_H
#define IPC_CHECKED_CHANNEL_H

#include "ipc/channel.h"

#include <stdbool.h>
#include <stddef.h>

struct channel {
    const struct channel_ops *ops;
    struct channel_config config;
    void *state;
    size_t frames_held; /* as create reported */
    size_t loan;        /* bytes on loan to this end */
    bool on_loan;
    bool attached;
    enum channel_role role;
};

/* channel_open allocates the zeroed state: -ENOMEM. channel_close frees it, and
 * neither detaches nor destroys. */
int channel_open(struct channel *c, const struct channel_ops *ops,
                 const struct channel_config *config);
void channel_close(struct channel *c);

/* As the mechanism's own; create puts what it really got into c->config, where
 * depth is never 0 then. */
int channel_create(struct channel *c);
int channel_attach(struct channel *c, const struct channel_end *end);
int channel_reserve(struct channel *c, size_t size, void **ret_block);
int channel_commit(struct channel *c, size_t size);
int channel_acquire(struct channel *c, const void **ret_block,
                    size_t *ret_size);
int channel_release(struct channel *c);
void channel_detach(struct channel *c);
void channel_destroy(struct channel *c);

/* channel_check_options says in one line which value its option does not take:
 * -EINVAL, and so say create and attach; or 0. */
int channel_check_options(const struct channel_ops *ops,
                          const size_t values[static CHANNEL_OPTIONS_MAX],
                          char *ret_text, size_t room);

enum { EXPLAIN_TEXT_MAX = 360 }; /* room for that, and any explanation */

#endif
