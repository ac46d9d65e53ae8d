/* SPDX-License-Identifier: MIT */
/*
 * sysv_mq_limits.h -- how large a queue may be, and what its errors mean
 *
 * A queue holds msgmnb bytes, a message msgmax, and there are msgmni queues in
 * all: /proc/sys/kernel, sysvipc(7). Only root makes a queue larger.
 */
#ifndef QUEUES_SYSV_MQ_LIMITS_H
#define QUEUES_SYSV_MQ_LIMITS_H

#include <stddef.h>

enum { SYSV_MQ_MESSAGE_MAX = 8192 }; /* bytes, unless asked for more */

/* sysv_mq_message_size returns how long a message can be where so much is
 * wanted, 0 for the default, and the queue holds queue_size bytes; 0 when the
 * kernel takes none of that length. */
size_t sysv_mq_message_size(size_t wanted, size_t queue_size);

/* sysv_mq_set_size gives a queue the size that is wanted, 0 for the one it has,
 * and tells the size that it has then. Errors of msgctl(2). */
int sysv_mq_set_size(int queue, size_t wanted, size_t *ret_size);

/* sysv_mq_explain: as the contract's explain, for what was asked for. */
int sysv_mq_explain(size_t queue_size, size_t message_size, int error,
                    char *ret_text, size_t room);

#endif
