/* SPDX-License-Identifier: MIT */
/*
 * posix_mq.c -- a POSIX message queue
 *
 * Rendezvous   a name in the kernel's mqueue file system, which both sides open
 * Framing      messages, of 8 KiB at most: a larger frame travels in packets
 * Copies       2: sender's buffer -> kernel's message -> receiver's buffer
 * Waiting      mq_send(3) while the queue is full, mq_receive(3) while empty
 * End          none: a dead peer looks slow; what it had received is lost
 * Limits       10 messages of 8 KiB; RLIMIT_MSGQUEUE: 800 KiB in all per user
 * Leftovers    the name and unread messages until mq_unlink(3) or a reboot
 * Trust        the queue's owner and mode, 0600: processes of the same user
 * Manual       mq_overview(7)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "queues/posix_mq_limits.h"
#include "shared/base/fd.h"
#include "shared/dir/lock.h"
#include "shared/frame/packet.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MQ_MESSAGES, MQ_SIZE }; /* options */

struct state {
    struct channel_config config; /* the creator's */
    bool created; /* this process made the name, destroy removes it */
    mqd_t queue;
    struct packet packet;
    int turn; /* a lock; 0: this end needs none */
};

static const struct channel_option options[] = {
    [MQ_MESSAGES] = { "mq-messages", "messages that the queue holds, 0: 10",
                      .fallback = 0 },
    [MQ_SIZE] = { "mq-size", "bytes in a message, 0: 8 KiB", .fallback = 0 },
    { 0 },
};

static struct mq_attr attributes(const struct channel_config *config)
{
    return posix_mq_attributes(config->options[MQ_MESSAGES],
                               config->options[MQ_SIZE], config->frame_max);
}

static int explain(const struct channel_config *config, int error,
                   char *ret_text, size_t room)
{
    const struct mq_attr attr = attributes(config);

    return posix_mq_explain(&attr, error, ret_text, room);
}

/* A name can be taken by anyone when it is free: the queue is this user's, and
 * as agreed on. */
static int check_queue(mqd_t queue, const struct channel_config *config)
{
    struct mq_attr attr;
    struct stat status;

    if (fstat(queue, &status) < 0 || mq_getattr(queue, &attr) < 0)
        return -errno;
    if (status.st_uid != geteuid())
        return -EACCES;
    if (attr.mq_maxmsg != (long)config->options[MQ_MESSAGES] ||
        attr.mq_msgsize != (long)config->options[MQ_SIZE])
        return -EPROTO;
    return 0;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct mq_attr attr = attributes(config);
    struct state *s = state;
    char name[CHANNEL_NAME_MAX];
    mqd_t queue;
    int r;

    if (attr.mq_msgsize < PACKET_PREFIX)
        return -EINVAL;
    r = channel_claim_name(config, "mq", name);
    if (r < 0)
        return r;
    /* O_EXCL: one that exists keeps its own attributes, and its messages. */
    queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
    if (queue < 0) {
        r = -errno;
        channel_forget_name(config, "mq");
        return r;
    }
    (void)mq_close(queue);
    s->config = *config;
    s->created = true;
    ret_effective->options[MQ_MESSAGES] = (size_t)attr.mq_maxmsg;
    ret_effective->options[MQ_SIZE] = (size_t)attr.mq_msgsize;
    ret_effective->frames_held =
        (size_t)attr.mq_maxmsg /
        packet_count(config->frame_max, (size_t)attr.mq_msgsize);
    return 0;
}

/*
 * The packets of two frames must not mix, and those of one must reach the same
 * receiver. So a sender has its turn for a whole frame, and a receiver has
 * another one: a turn is the lock of a file, and the kernel gives it on when
 * its holder dies. An end that is alone on its side needs none.
 */
static const char *const turn_suffix[] = {
    [CHANNEL_SENDER] = ".sender-turn",
    [CHANNEL_RECEIVER] = ".receiver-turn",
};

static int open_turn(struct state *s, const struct channel_config *config,
                     enum channel_role role)
{
    const unsigned ends =
        role == CHANNEL_SENDER ? config->senders : config->receivers;
    char path[PATH_MAX];
    int r;

    if (ends == 1)
        return 0;
    r = channel_path(config, turn_suffix[role], path);
    return r < 0 ? r : lock_open(path, &s->turn);
}

static void remove_turns(const struct channel_config *config)
{
    char path[PATH_MAX];

    for (enum channel_role role = CHANNEL_SENDER; role <= CHANNEL_RECEIVER;
         role++)
        if (channel_path(config, turn_suffix[role], path) == 0)
            (void)unlink(path);
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    const size_t size = config->options[MQ_SIZE];
    const bool sender = end->role == CHANNEL_SENDER;
    struct state *s = state;
    char name[CHANNEL_NAME_MAX];
    int r;

    channel_global_name(config, name);
    s->queue = mq_open(name, sender ? O_WRONLY : O_RDONLY);
    if (s->queue < 0)
        return -errno;
    r = check_queue(s->queue, config);
    if (r < 0)
        return r;
    if (packet_count(config->frame_max, size) > 1)
        r = open_turn(s, config, end->role);
    if (r < 0)
        return r;
    return packet_open(&s->packet, config->frame_max, size);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;

    (void)size;
    *ret_block = packet_loan(&s->packet);
    return 0;
}

static int send_packet(struct state *s, const void *part, size_t size)
{
    /* One priority for all: a higher one would overtake. */
    while (mq_send(s->queue, part, size, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

static ssize_t receive_packet(struct state *s)
{
    ssize_t n;

    do {
        n = mq_receive(s->queue, packet_room(&s->packet), s->packet.packet_size,
                       NULL);
        n = n < 0 ? -errno : n;
    } while (n == -EINTR);
    return n;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;
    const void *part;
    size_t part_size;
    int r;

    packet_seal(&s->packet, size);
    r = lock_take(s->turn);
    while (r == 0 && packet_next(&s->packet, &part, &part_size))
        r = send_packet(s, part, part_size);
    (void)lock_give(s->turn);
    return r;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    ssize_t n;
    int r;

    packet_restart(&s->packet);
    r = lock_take(s->turn);
    while (r == 0) {
        n = receive_packet(s);
        r = n < 0 ? (int)n : packet_add(&s->packet, (size_t)n);
    }
    (void)lock_give(s->turn);
    if (r < 0)
        return r;
    *ret_block = packet_frame(&s->packet, ret_size);
    return 0;
}

static int release(void *state)
{
    (void)state;
    return 0;
}

static void detach(void *state)
{
    struct state *s = state;

    packet_close(&s->packet);
    fd_close(&s->turn);
    if (s->queue > 0)
        (void)mq_close(s->queue);
    s->queue = 0;
}

static void destroy(void *state)
{
    struct state *s = state;
    char name[CHANNEL_NAME_MAX];

    if (!s->created)
        return;
    remove_turns(&s->config);
    channel_global_name(&s->config, name);
    /* As long as the queue is there its record tells of it. */
    if (mq_unlink(name) == 0 || errno == ENOENT)
        channel_forget_name(&s->config, "mq");
    s->created = false;
}

const struct channel_ops posix_mq_channel = {
    .name = "posix-mq",
    .traits = CHANNEL_MANY_SENDERS | CHANNEL_MANY_RECEIVERS |
              CHANNEL_SURVIVES_PROCESSES | CHANNEL_POLLABLE |
              CHANNEL_OTHER_LANGUAGES | CHANNEL_GUARDED,
    .message_max = POSIX_MQ_MESSAGE_MAX,
    .state_size = sizeof(struct state),
    .options = options,
    .explain = explain,
    .create = create,
    .attach = attach,
    .reserve = reserve,
    .commit = commit,
    .acquire = acquire,
    .release = release,
    .detach = detach,
    .destroy = destroy,
};
