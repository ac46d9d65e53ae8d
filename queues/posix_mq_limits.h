/* SPDX-License-Identifier: MIT */
/*
 * posix_mq_limits.h -- how large a queue may be, and what its errors mean
 *
 * An unprivileged process gets 10 messages of 8 KiB unless the administrator
 * raised the limits in /proc/sys/fs/mqueue, mq_overview(7). And all queues of a
 * user together may take RLIMIT_MSGQUEUE bytes.
 */
#ifndef QUEUES_POSIX_MQ_LIMITS_H
#define QUEUES_POSIX_MQ_LIMITS_H

#include <mqueue.h>
#include <stddef.h>

enum { POSIX_MQ_MESSAGE_MAX = 8192 }; /* bytes, unless asked for more */

/* posix_mq_attributes returns what to ask mq_open(3) for: so many messages of
 * so many bytes, where 0 stands for the default, as far as the limits let. No
 * message is longer than the largest frame takes. */
struct mq_attr posix_mq_attributes(size_t messages, size_t size,
                                   size_t frame_max);

/* posix_mq_explain: as the contract's explain, for a queue of these. */
int posix_mq_explain(const struct mq_attr *wanted, int error, char *ret_text,
                     size_t room);

#endif
