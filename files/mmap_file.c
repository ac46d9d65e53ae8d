/* SPDX-License-Identifier: MIT */
/*
 * mmap_file.c -- a file that both processes map
 *
 * Rendezvous   a file by its path, mapped with MAP_SHARED
 * Framing      one message a slot, behind its size
 * Copies       0: built in the mapping, read there
 * Waiting      a spin of at most 50 us (see --wait), then futex(2)
 * End          none: a dead peer looks like a silent one
 * Limits       depth x largest frame, taken on the disk before the start
 * Leftovers    the file and what is in it, until unlink(2)
 * Trust        the file's owner, who could also truncate it: SIGBUS
 * Manual       mmap(2), posix_fallocate(3), futex(7)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "shared/base/fd.h"
#include "shared/memory/futex.h"
#include "shared/memory/slots.h"
#include "shared/memory/spin.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ASLEEP = 1 }; /* what a sleeper leaves for its peer */

struct state {
    char path[PATH_MAX];
    bool made;    /* the file, by this process */
    void *memory; /* its mapping */
    size_t bytes;
    uint64_t spin_ns;
    struct slots slots;
};

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    const size_t depth = channel_depth(config);
    struct state *s = state;
    int r;

    r = channel_path(config, ".map", s->path);
    if (r < 0)
        return r;
    r = slots_file_create(s->path, config->frame_max, depth);
    if (r < 0)
        return r;
    s->made = true;
    ret_effective->depth = depth;
    ret_effective->frames_held = depth;
    return 0;
}

static int map_file(struct state *s, const struct channel_config *config)
{
    void *memory;
    int fd, r = 0;

    fd = slots_file_open(s->path, config->frame_max, config->depth, &s->bytes);
    if (fd < 0)
        return fd;
    memory = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        r = -errno;
    else
        s->memory = memory;
    fd_close(&fd);
    return r;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    int r;

    r = channel_path(config, ".map", s->path);
    if (r < 0)
        return r;
    s->spin_ns = channel_spin_ns(config);
    r = map_file(s, config);
    if (r < 0)
        return r;
    if (end->role == CHANNEL_SENDER)
        return slots_open_sender(&s->slots, s->memory, config->frame_max,
                                 config->depth);
    return slots_open_receiver(&s->slots, s->memory, config->frame_max,
                               config->depth);
}

/* Waits until this end may use its next slot. */
static int wait_for_slot(struct state *s)
{
    struct spin spin = spin_begin(s->spin_ns);
    int r;

    r = slots_ready(&s->slots);
    while (r == 0 && spin_on(&spin))
        r = slots_ready(&s->slots);
    while (r == 0) {
        r = slots_doze(&s->slots, ASLEEP);
        if (r == 0)
            r = futex_wait(s->slots.asleep, ASLEEP, 0);
    }
    return r < 0 ? r : 0;
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;
    int r;

    (void)size;
    r = wait_for_slot(s);
    if (r < 0)
        return r;
    *ret_block = slots_blank(&s->slots);
    return 0;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;

    if (slots_fill(&s->slots, size))
        futex_wake(s->slots.peer_asleep, 1);
    return 0;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    int r;

    r = wait_for_slot(s);
    if (r < 0)
        return r;
    return slots_message(&s->slots, ret_block, ret_size);
}

static int release(void *state)
{
    struct state *s = state;

    if (slots_free(&s->slots))
        futex_wake(s->slots.peer_asleep, 1);
    return 0;
}

static void detach(void *state)
{
    struct state *s = state;

    if (s->memory)
        (void)munmap(s->memory, s->bytes);
    s->memory = NULL;
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->made)
        (void)unlink(s->path);
    s->made = false;
}

const struct channel_ops mmap_file_channel = {
    .name = "mmap-file",
    .summary = "slots in a file that both processes map",
    .traits = CHANNEL_SURVIVES_PROCESSES | CHANNEL_ZERO_COPY | CHANNEL_CAN_SPIN,
    .message_max = 0,
    .state_size = sizeof(struct state),
    .options = NULL,
    .create = create,
    .attach = attach,
    .reserve = reserve,
    .commit = commit,
    .acquire = acquire,
    .release = release,
    .detach = detach,
    .destroy = destroy,
};
