/* SPDX-License-Identifier: MIT */
/*
 * mark.h -- a decorator channel: writes into a trace what a call belongs to
 *
 * It stands between the workers and a mechanism and passes everything on. An
 * operation begins and ends with a system call that does nothing, but whose
 * text strace(1) shows: a write(2) to no file,
 *
 *      write(-1, "ipc producer begin commit jobs 3", 32) = -1 EBADF
 */
#ifndef IPC_LAB_TRACE_MARK_H
#define IPC_LAB_TRACE_MARK_H

#include "ipc/channel.h"

/* mark_wrap makes the decorator; it has no decoration. */
void mark_wrap(const struct channel_ops *inner, struct channel_ops *ret_ops);

#endif
