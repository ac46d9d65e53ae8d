/* SPDX-License-Identifier: MIT */
/*
 * ring.c -- a ring in POSIX shared memory
 *
 * Rendezvous   a name in /dev/shm, opened and mapped by both processes
 * Framing      a mark for each line of 64 bytes: where its frame ends
 * Copies       0: the receiver reads where the sender wrote
 * Waiting      a spin of at most 50 us (--wait), futex(2): shared/memory/cursor
 * End          none: a dead peer looks slow; a successor gets some frames twice
 * Limits       ring-size bytes: 1.5 to 4 MiB, or 2 largest frames if more
 * Leftovers    the name and its memory until shm_unlink(3) or a reboot
 * Trust        the name's owner and mode; contents checked; truncation kills
 * Manual       shm_overview(7), mmap(2), futex(2)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "queues/ring_memory.h"
#include "shared/base/round_up.h"
#include "shared/memory/barrier.h"
#include "shared/memory/prefetch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * A position counts the bytes from the first frame on, so none comes twice;
 * position p lies at p mod capacity. Each frame begins at a line, 64 bytes.
 *
 * Each line has a mark, which is a position, too: where the frame ends that
 * begins in that line. The sender sets it with release order, and the receiver,
 * which reads it with acquire order, sees all of the frame. Nobody clears it:
 * only a mark that lies beyond its line's position now is that of a new frame.
 *
 * A cursor is a number that one end moves on and the other waits for. The
 * receiver's, `freed`, tells up to which position all may be written again.
 */
enum { RING_SIZE }; /* options */

struct state {
    struct channel_config config; /* as create or attach was given it */
    bool created; /* this process made the name, destroy removes it */
    struct ring_memory memory;
    enum channel_role role;
    uint64_t spin_ns;
    uint64_t position;    /* of this end, never read back from the memory */
    size_t offset;        /* the same within the frames */
    uint64_t freed_seen;  /* sender: the receiver's cursor, at the last look */
    uint64_t freed_shown; /* receiver: where its cursor stands for the sender */
    size_t loan;          /* receiver: size of the frame, in whole lines */
};

static const struct channel_option options[] = {
    [RING_SIZE] = { "ring-size", "bytes of shared memory for frames, 0: plenty",
                    .fallback = 0 },
    { 0 },
};

static int explain(const struct channel_config *config, int error,
                   char *ret_text, size_t room)
{
    if (error != -ENOSPC)
        return -ENOENT;
    return channel_explain_shm(
        ring_bytes(config->options[RING_SIZE], config->frame_max),
        "a smaller --max or ring-size", ret_text, room);
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    const size_t frame = round_up(config->frame_max, RING_LINE);
    struct state *s = state;
    char name[CHANNEL_NAME_MAX];
    size_t capacity;
    int fd, r;

    if (config->frame_max > RING_SIZE_LIMIT)
        return -EINVAL;
    s->config = *config;
    r = channel_claim_name(config, "shm", name);
    if (r < 0)
        return r;
    fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0) {
        r = -errno;
        channel_forget_name(config, "shm");
        return r;
    }
    s->created = true;
    r = ring_make(fd, config->options[RING_SIZE], frame, &capacity);
    (void)close(fd);
    if (r < 0)
        return r;
    ret_effective->options[RING_SIZE] = capacity;
    ret_effective->depth = capacity / frame;
    /* The sender may not know yet of a quarter that is free: see release. */
    ret_effective->frames_held = (capacity - capacity / 4) / frame;
    return 0;
}

/* The sender looks how far the receiver has come. */
static int look_at_freed(struct state *s)
{
    const uint64_t freed = cursor_read(&s->memory.header->freed.at);

    if (s->position - freed > s->memory.capacity || freed % RING_LINE != 0)
        return -EPROTO;
    s->freed_seen = freed;
    return 0;
}

/* This does without a division, which would take as long as the rest. */
static void go_on(struct state *s, size_t size)
{
    s->position += size;
    s->offset += size;
    if (s->offset >= s->memory.capacity)
        s->offset -= s->memory.capacity;
}

static _Atomic uint64_t *mark_of_position(const struct state *s)
{
    return &s->memory.marks[s->offset / RING_LINE];
}

/* A sender begins behind what an earlier one sent and nobody has received. */
static int pass_over_frames(struct state *s)
{
    uint64_t end;

    while ((end = cursor_read(mark_of_position(s))) > s->position) {
        if (end - s->position > s->config.frame_max ||
            end - s->freed_seen > s->memory.capacity)
            return -EPROTO;
        go_on(s, round_up(end - s->position, RING_LINE));
    }
    return 0;
}

static int find_position(struct state *s)
{
    s->position = cursor_read(&s->memory.header->freed.at);
    s->offset = s->position % s->memory.capacity;
    s->freed_seen = s->freed_shown = s->position;
    /* Near the last of all positions a mark would look old. */
    if (s->position % RING_LINE != 0 || s->position > UINT64_MAX / 2)
        return -EPROTO;
    return s->role == CHANNEL_SENDER ? pass_over_frames(s) : 0;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    char name[CHANNEL_NAME_MAX];
    int fd, r;

    s->config = *config;
    s->spin_ns = channel_spin_ns(config);
    s->role = end->role;
    barrier_prepare();
    channel_global_name(config, name);
    fd = shm_open(name, O_RDWR, 0);
    if (fd < 0)
        return -errno;
    r = ring_map(&s->memory, fd, config->options[RING_SIZE]);
    (void)close(fd);
    return r < 0 ? r : find_position(s);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;
    const struct ring_memory *m = &s->memory;
    const size_t needed = round_up(size, RING_LINE);
    int r;

    while (m->capacity - (s->position - s->freed_seen) < needed) {
        r = cursor_wait(&m->header->freed, s->freed_seen, s->spin_ns);
        if (r == 0)
            r = look_at_freed(s);
        if (r < 0)
            return r;
    }
    *ret_block = m->frames + s->offset;
    prefetch_to_write(*ret_block, 2 * needed); /* and for the next message */
    return 0;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;

    cursor_move_one(mark_of_position(s), &s->memory.header->receiver_asleep,
                    s->position + size);
    go_on(s, round_up(size, RING_LINE));
    return 0;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    _Atomic uint64_t *mark = mark_of_position(s);
    uint64_t end = cursor_read(mark);
    int r;

    if (end <= s->position) {
        r = cursor_wait_one(mark, &s->memory.header->receiver_asleep, end,
                            s->spin_ns);
        if (r < 0)
            return r;
        end = cursor_read(mark);
    }
    if (end <= s->position || end - s->position > s->config.frame_max)
        return -EPROTO;
    *ret_size = end - s->position;
    *ret_block = s->memory.frames + s->offset;
    s->loan = round_up(*ret_size, RING_LINE);
    prefetch_to_read(*ret_block, *ret_size);
    return 0;
}

static void show_freed(struct state *s)
{
    s->freed_shown = s->position;
    cursor_move(&s->memory.header->freed, s->position);
}

/* Gives back several frames at once, when they are a quarter of the ring. */
static int release(void *state)
{
    struct state *s = state;

    go_on(s, s->loan);
    if (s->position - s->freed_shown >= s->memory.capacity / 4)
        show_freed(s);
    return 0;
}

static void detach(void *state)
{
    struct state *s = state;

    if (s->memory.header && s->role == CHANNEL_RECEIVER &&
        s->position != s->freed_shown)
        show_freed(s);
    ring_unmap(&s->memory);
}

static void destroy(void *state)
{
    struct state *s = state;
    char name[CHANNEL_NAME_MAX];

    if (!s->created)
        return;
    channel_global_name(&s->config, name);
    /* As long as the memory is there its record tells of it. */
    if (shm_unlink(name) == 0 || errno == ENOENT)
        channel_forget_name(&s->config, "shm");
    s->created = false;
}

const struct channel_ops ring_channel = {
    .name = "ring",
    .traits = CHANNEL_SURVIVES_PROCESSES | CHANNEL_ZERO_COPY | CHANNEL_CAN_SPIN,
    .message_max = 0,
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
