/* SPDX-License-Identifier: MIT */
#include "queues/posix_mq_limits.h"

#include "shared/base/kernel.h"
#include "shared/frame/packet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MESSAGES = 10 };

static const char *const messages_limit = "/proc/sys/fs/mqueue/msg_max";
static const char *const size_limit = "/proc/sys/fs/mqueue/msgsize_max";
static const char *const queues_limit = "/proc/sys/fs/mqueue/queues_max";

/* Returns what is wanted or, if less, what the system allows everybody. */
static size_t within_limit(size_t wanted, const char *limit_path)
{
    const size_t limit = kernel_limit(limit_path, wanted);

    return limit < wanted ? limit : wanted;
}

/* An empty queue costs its user as much of RLIMIT_MSGQUEUE as a full one. */
struct mq_attr posix_mq_attributes(size_t messages, size_t size,
                                   size_t frame_max)
{
    if (messages == 0)
        messages = within_limit(MESSAGES, messages_limit);
    if (size == 0)
        size = within_limit(POSIX_MQ_MESSAGE_MAX, size_limit);
    if (size > PACKET_PREFIX + frame_max)
        size = PACKET_PREFIX + frame_max;
    return (struct mq_attr){ .mq_maxmsg = (long)messages,
                             .mq_msgsize = (long)size };
}

static bool descriptors_used_up(void)
{
    const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    return fd < 0 || close(fd) < 0;
}

/* mq_open(3) has its own meanings of EMFILE and ENOSPC. */
int posix_mq_explain(const struct mq_attr *wanted, int error, char *ret_text,
                     size_t room)
{
    struct rlimit limit;

    if (error == -EMFILE && !descriptors_used_up() &&
        getrlimit(RLIMIT_MSGQUEUE, &limit) == 0)
        (void)snprintf(ret_text, room,
                       "all queues of a user may take %llu bytes "
                       "(RLIMIT_MSGQUEUE), and one more of %ld messages of "
                       "%ld bytes is wanted: ulimit -q, or fewer mq-messages",
                       (unsigned long long)limit.rlim_cur, wanted->mq_maxmsg,
                       wanted->mq_msgsize);
    else if (error == -ENOSPC)
        (void)snprintf(ret_text, room,
                       "the system's %zu queues are all in use (%s): remove "
                       "some, or raise it",
                       kernel_limit(queues_limit, 0), queues_limit);
    else if (error == -EINVAL)
        (void)snprintf(ret_text, room,
                       "mq-messages is %ld and may be %zu (%s), mq-size %ld "
                       "and may be %zu (%s), at least %d",
                       wanted->mq_maxmsg, kernel_limit(messages_limit, 0),
                       messages_limit, wanted->mq_msgsize,
                       kernel_limit(size_limit, 0), size_limit, PACKET_PREFIX);
    else
        return -ENOENT;
    return 0;
}
