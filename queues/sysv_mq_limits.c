/* SPDX-License-Identifier: MIT */
#include "queues/sysv_mq_limits.h"

#include "shared/base/kernel.h"
#include "shared/frame/packet.h"

#include <errno.h>
#include <stdio.h>
#include <sys/msg.h>

static const char *const size_limit = "/proc/sys/kernel/msgmax";
static const char *const queue_limit = "/proc/sys/kernel/msgmnb";
static const char *const queues_limit = "/proc/sys/kernel/msgmni";

/* The size is one of whole words: so the type of each message is aligned. */
size_t sysv_mq_message_size(size_t wanted, size_t queue_size)
{
    size_t size = wanted > 0 ? wanted : SYSV_MQ_MESSAGE_MAX;
    const size_t most = kernel_limit(size_limit, size);

    if (wanted > most)
        return 0;
    if (size > most)
        size = most;
    if (size > queue_size)
        size = queue_size;
    return size / sizeof(long) * sizeof(long);
}

int sysv_mq_set_size(int queue, size_t wanted, size_t *ret_size)
{
    struct msqid_ds about;

    if (msgctl(queue, IPC_STAT, &about) < 0)
        return -errno;
    if (wanted > 0) {
        about.msg_qbytes = wanted;
        if (msgctl(queue, IPC_SET, &about) < 0)
            return -errno;
    }
    *ret_size = about.msg_qbytes;
    return 0;
}

int sysv_mq_explain(size_t queue_size, size_t message_size, int error,
                    char *ret_text, size_t room)
{
    if (error == -ENOSPC)
        (void)snprintf(ret_text, room,
                       "all %zu queues of the system are in use (%s): "
                       "raise it, or remove some (ipcs -q, ipcrm)",
                       kernel_limit(queues_limit, 0), queues_limit);
    else if (error != -EPERM && error != -EINVAL)
        return -ENOENT;
    else
        (void)snprintf(ret_text, room,
                       "queue-size is %zu (0: the default) and may be %zu "
                       "(%s), message-size %zu and %zu (%s), at least %d",
                       queue_size, kernel_limit(queue_limit, 0), queue_limit,
                       message_size, kernel_limit(size_limit, 0), size_limit,
                       PACKET_PREFIX);
    return 0;
}
