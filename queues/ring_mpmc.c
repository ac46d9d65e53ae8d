/* SPDX-License-Identifier: MIT */
/*
 * ring_mpmc.c -- a ring of slots in shared memory, for many on either side
 *
 * Rendezvous   a name in /dev/shm, opened and mapped by all processes
 * Framing      one message a slot, behind its size and whose turn it is
 * Copies       0: the receiver reads where the sender wrote
 * Waiting      a spin of at most 50 us (see --wait), then futex(2)
 * End          none: a dead peer looks slow, and what it holds stops the ring
 * Limits       depth x largest frame of /dev/shm, or fewer if that is small
 * Leftovers    the name and its memory until shm_unlink(3) or a reboot
 * Trust        the name's owner and mode; contents checked; truncation kills
 * Manual       shm_overview(7), mmap(2), futex(2)
 */
#include "ipc/channel.h"
#include "queues/ring_mpmc_slots.h"
#include "shared/base/fd.h"
#include "shared/dir/record.h"
#include "shared/dir/space.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

struct state {
    const char *dir; /* where the record lies; only the creator's state */
    const char *name;
    char shm_name[CHANNEL_NAME_MAX]; /* once the memory is ours to unlink */
    struct mpmc queue;
};

static int explain(const struct channel_config *config, int error,
                   char *ret_text, size_t room)
{
    size_t bytes;

    if (error != -ENOSPC || mpmc_bytes(config->frame_max, 1, &bytes) < 0)
        return -ENOENT;
    return space_explain("/dev/shm", bytes,
                         "give a smaller --max, or a larger /dev/shm (docker "
                         "run --shm-size 256m)",
                         ret_text, room);
}

/* As many slots as were asked for or, where memory is short, half of them, and
 * so on: one may be all that a container has room for. */
static int make_queue(int fd, const struct channel_config *config,
                      size_t *ret_depth)
{
    size_t depth = config->depth;
    int r;

    while ((r = mpmc_create(fd, config->frame_max, depth)) == -ENOSPC &&
           depth > 1)
        depth /= 2;
    *ret_depth = depth;
    return r;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    char name[CHANNEL_NAME_MAX];
    size_t depth;
    int fd, r;

    channel_global_name(config, name);
    r = record_write(config->dir, config->name, "shm", name);
    if (r < 0)
        return r;
    s->dir = config->dir;
    s->name = config->name;
    fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        return -errno;
    channel_global_name(config, s->shm_name);
    r = make_queue(fd, config, &depth);
    fd_close(&fd);
    if (r < 0)
        return r;
    ret_effective->depth = depth;
    ret_effective->frames_held = depth;
    return 0;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    char name[CHANNEL_NAME_MAX];
    int fd, r;

    (void)end;
    channel_global_name(config, name);
    fd = shm_open(name, O_RDWR, 0);
    if (fd < 0)
        return -errno;
    r = fd_check_owner(fd);
    if (r == 0)
        r = mpmc_open(&s->queue, fd, config->frame_max, config->depth);
    s->queue.spin_ns = channel_spin_ns(config);
    fd_close(&fd);
    return r;
}

/* The ticket is drawn here, and so the order of messages is that of reserve. */
static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;

    (void)size;
    return mpmc_reserve(&s->queue, ret_block);
}

static int commit(void *state, size_t size)
{
    struct state *s = state;

    mpmc_commit(&s->queue, size);
    return 0;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;

    return mpmc_acquire(&s->queue, ret_block, ret_size);
}

static int release(void *state)
{
    struct state *s = state;

    mpmc_release(&s->queue);
    return 0;
}

static void detach(void *state)
{
    struct state *s = state;

    mpmc_close(&s->queue);
}

static void destroy(void *state)
{
    struct state *s = state;
    const bool gone =
        !s->shm_name[0] || shm_unlink(s->shm_name) == 0 || errno == ENOENT;

    /* What is still there, its record tells of. */
    if (gone && s->dir)
        record_remove(s->dir, s->name, "shm");
    s->shm_name[0] = '\0';
    s->dir = NULL;
}

const struct channel_ops ring_mpmc_channel = {
    .name = "ring-mpmc",
    .summary = "ring of slots in shared memory, many senders and receivers",
    .traits = CHANNEL_MANY_SENDERS | CHANNEL_MANY_RECEIVERS |
              CHANNEL_SURVIVES_PROCESSES | CHANNEL_ZERO_COPY | CHANNEL_CAN_SPIN,
    .message_max = 0,
    .state_size = sizeof(struct state),
    .options = NULL,
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
