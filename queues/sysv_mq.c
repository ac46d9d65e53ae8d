/* SPDX-License-Identifier: MIT */
/*
 * sysv_mq.c -- a System V message queue
 *
 * Rendezvous   a key, a number made of the run's seed, recorded in dir
 * Framing      messages, of 8 KiB at most: a larger frame travels in packets
 * Copies       2: sender's buffer -> kernel's message -> receiver's buffer
 * Waiting      msgsnd(2) while the queue is full, msgrcv(2) while it is empty
 * End          a dead peer looks slow until IPC_RMID; what it held is lost
 * Limits       16 KiB in flight (msgmnb), messages of 8 KiB, or msgmax
 * Leftovers    the queue and unread messages until IPC_RMID or a reboot
 * Trust        the queue's owner and mode, 0600: processes of the same user
 * Manual       sysvipc(7), msgop(2), msgctl(2)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "queues/sysv_mq_limits.h"
#include "shared/base/fd.h"
#include "shared/dir/lock.h"
#include "shared/frame/packet.h"

#include <errno.h>
#include <string.h>
#include <sys/msg.h>
#include <unistd.h>

enum { QUEUE_SIZE, QUEUE_MESSAGE }; /* options */

enum { MESSAGE_TYPE = 1 };

struct state {
    struct channel_config config; /* the creator's */
    bool created; /* this process made the queue, destroy removes it */
    int queue;
    struct packet packet;
    int turn; /* a lock; 0: this end needs none */
};

static const struct channel_option options[] = {
    [QUEUE_SIZE] = { "queue-size", "bytes in it, 0: msgmnb", .fallback = 0 },
    [QUEUE_MESSAGE] = { "message-size", "bytes, 0: 8 KiB", .fallback = 0 },
    { 0 },
};

static int explain(const struct channel_config *config, int error,
                   char *ret_text, size_t room)
{
    return sysv_mq_explain(config->options[QUEUE_SIZE],
                           config->options[QUEUE_MESSAGE], error, ret_text,
                           room);
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    const size_t wanted = config->options[QUEUE_SIZE];
    const size_t message = config->options[QUEUE_MESSAGE];
    struct state *s = state;
    size_t size = 0;
    int key, r;

    if ((wanted > 0 && wanted < PACKET_PREFIX) ||
        sysv_mq_message_size(message, SIZE_MAX) < PACKET_PREFIX)
        return -EINVAL;
    key = channel_claim_key(config, "sysv-mq");
    if (key < 0)
        return key;
    s->queue = msgget(key, IPC_CREAT | IPC_EXCL | 0600);
    if (s->queue < 0) {
        r = -errno;
        channel_forget_name(config, "sysv-mq");
        return r;
    }
    s->config = *config;
    s->created = true;
    r = sysv_mq_set_size(s->queue, wanted, &size);
    if (r < 0)
        return r;
    ret_effective->options[QUEUE_SIZE] = size;
    ret_effective->options[QUEUE_MESSAGE] = sysv_mq_message_size(message, size);
    ret_effective->frames_held = size / (PACKET_PREFIX + config->frame_max);
    return 0;
}

/* A key can be anyone's: the queue is one of this user, and as agreed on. */
static int check_queue(int queue, const struct channel_config *config)
{
    struct msqid_ds about;

    if (msgctl(queue, IPC_STAT, &about) < 0)
        return -errno;
    if (about.msg_perm.cuid != geteuid())
        return -EACCES;
    return about.msg_qbytes == config->options[QUEUE_SIZE] ? 0 : -EPROTO;
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
    const size_t size = config->options[QUEUE_MESSAGE];
    struct state *s = state;
    int r;

    s->queue = msgget(channel_global_key(config), 0);
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

/* A queue in use was removed, or what lies in it is no packet. */
static int queue_error(int error)
{
    if (error == EINVAL || error == EIDRM)
        return -EPIPE;
    return error == E2BIG ? -EPROTO : -error;
}

/*
 * A message lies in memory behind its type, a long. In the packet's memory
 * that is where the end of the packet before lies: it is put aside meanwhile,
 * so that no packet is copied once more.
 */
static int send_packet(struct state *s, const void *part, size_t size)
{
    long *type = (long *)part - 1;
    const long aside = *type;
    int r;

    *type = MESSAGE_TYPE;
    do
        r = msgsnd(s->queue, type, size, 0) < 0 ? queue_error(errno) : 0;
    while (r == -EINTR);
    *type = aside;
    return r;
}

static ssize_t receive_packet(struct state *s)
{
    long *type = (long *)packet_room(&s->packet) - 1;
    const long aside = *type;
    ssize_t n;

    do {
        n = msgrcv(s->queue, type, s->packet.packet_size, 0, 0);
        n = n < 0 ? queue_error(errno) : n;
    } while (n == -EINTR);
    *type = aside;
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
}

static void destroy(void *state)
{
    struct state *s = state;

    if (!s->created)
        return;
    remove_turns(&s->config);
    /* As long as the queue is there its record tells of it. */
    if (msgctl(s->queue, IPC_RMID, NULL) == 0 || errno == EINVAL ||
        errno == EIDRM)
        channel_forget_name(&s->config, "sysv-mq");
    s->created = false;
}

const struct channel_ops sysv_mq_channel = {
    .name = "sysv-mq",
    .traits = CHANNEL_MANY_SENDERS | CHANNEL_MANY_RECEIVERS |
              CHANNEL_SURVIVES_PROCESSES | CHANNEL_OTHER_LANGUAGES |
              CHANNEL_GUARDED,
    .message_max = SYSV_MQ_MESSAGE_MAX,
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
