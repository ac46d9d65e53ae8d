/* SPDX-License-Identifier: MIT */
/*
 * decorator.h -- a channel that stands between the workers and a mechanism
 *
 * It passes every operation on, and those that it defines anew do something
 * besides: tell it (narrate), mark it (lab/mark), do it wrongly (faulty). Its
 * state begins with a struct decorator and is at most DECORATOR_STATE bytes
 * long; behind that lies the mechanism's.
 */
#ifndef IPC_DECORATOR_H
#define IPC_DECORATOR_H

#include "ipc/channel.h"

enum { DECORATOR_STATE = 128 };

struct decorator {
    const struct channel_ops *inner; /* NULL: neither created nor attached */
};

/* decorator_wrap makes operations that only pass on; the caller then puts its
 * own in. config->decorated is to be `inner`. */
void decorator_wrap(const struct channel_ops *inner,
                    struct channel_ops *ret_ops);

/* decorator_inner returns the mechanism's state. */
void *decorator_inner(void *state);

/* decorator_attach and decorator_detach are what an own attach or detach ends
 * with. */
int decorator_attach(void *state, const struct channel_config *config,
                     const struct channel_end *end);
void decorator_detach(void *state);

#endif
