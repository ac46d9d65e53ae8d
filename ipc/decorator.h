/* SPDX-License-Identifier: MIT */
/*
 * decorator.h -- a channel that stands between the workers and a mechanism
 *
 * It passes every operation on, and those that it defines anew do something
 * besides: tell it (screen/narrate), mark it (lab/trace/mark), ask what it cost
 * (lab/trace/run_delay) or do it wrongly (faults/faulty). Its state begins with
 * a struct decorator and is at most DECORATOR_STATE bytes long; behind that
 * lies the mechanism's. Where others give create or attach zeroed bytes,
 * decorator_prepare goes before.
 */
#ifndef IPC_DECORATOR_H
#define IPC_DECORATOR_H

#include "ipc/checked_channel.h"

enum { DECORATOR_STATE = 128 };

struct decorator {
    const struct channel_ops *inner; /* NULL: not prepared */
    const void *decoration;          /* what it needs; the caller's */
};

/* decorator_wrap makes operations that only pass on; the caller then puts its
 * own in. */
void decorator_wrap(const struct channel_ops *inner,
                    struct channel_ops *ret_ops);

/* decorator_prepare tells a channel of such operations, between open and create
 * or attach, what it wraps; `decoration` stays the caller's. */
void decorator_prepare(const struct channel *c, const struct channel_ops *inner,
                       const void *decoration);

/* decorator_inner returns the mechanism's state. */
void *decorator_inner(void *state);

/* decorator_attach and decorator_detach are what an own attach or detach ends
 * with. */
int decorator_attach(void *state, const struct channel_config *config,
                     const struct channel_end *end);
void decorator_detach(void *state);

#endif
