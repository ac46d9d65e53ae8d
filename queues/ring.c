/* SPDX-License-Identifier: MIT */
/*
 * ring.c -- a ring in POSIX shared memory
 *
 * Rendezvous   a name in /dev/shm, opened and mapped by both processes
 * Framing      a mark for each line of 64 bytes: where its frame ends
 * Copies       0: the receiver reads where the sender wrote
 * Waiting      a spin of at most 50 us (see --wait), then futex(2)
 * End          none: a dead peer looks slow; who follows gets some twice
 * Limits       ring-size bytes: 4 to 14 MiB, or 2 largest frames if more
 * Leftovers    the name and its memory until shm_unlink(3) or a reboot
 * Trust        the name's owner and mode; contents checked; truncation kills
 * Manual       shm_overview(7), mmap(2), futex(2)
 */
#include "ipc/channel.h"
#include "queues/ring_memory.h"
#include "shared/base/fd.h"
#include "shared/dir/record.h"
#include "shared/dir/space.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RING_SIZE }; /* options */

struct state {
    const char *dir; /* where the record lies; only the creator's state */
    const char *name;
    char shm_name[CHANNEL_NAME_MAX]; /* once the memory is ours to unlink */
    struct ring *ring;
    _Atomic uint64_t *marks;
    unsigned char *frames;
    size_t capacity;
    size_t frame_max;
    enum channel_role role;
    uint64_t spin_ns;
    uint64_t at;   /* this end's position, never read back from shared memory */
    size_t next;   /* the same in frames */
    uint64_t tail; /* sender: the receiver's when last seen; receiver: shown */
    size_t loan;   /* receiver: size of the frame, whole lines */
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
    return space_explain(
        "/dev/shm", ring_bytes(config->options[RING_SIZE], config->frame_max),
        "give a smaller --max or ring-size, or a larger "
        "/dev/shm (docker run --shm-size 256m)",
        ret_text, room);
}

static size_t whole_lines(size_t size)
{
    return (size + RING_LINE - 1) / RING_LINE * RING_LINE;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    const size_t frame = whole_lines(config->frame_max);
    struct state *s = state;
    char name[CHANNEL_NAME_MAX];
    size_t capacity;
    int fd, r;

    if (config->frame_max > RING_SIZE_LIMIT)
        return -EINVAL;
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
    r = ring_create(fd, config->options[RING_SIZE], frame, &capacity);
    fd_close(&fd);
    if (r < 0)
        return r;
    ret_effective->options[RING_SIZE] = capacity;
    ret_effective->depth = capacity / frame;
    /* Of a quarter that is free the sender may not know yet: see release. */
    ret_effective->frames_held = (capacity - capacity / 4) / frame;
    return 0;
}

/* The receiver's cursor is believed if it can be. */
static int see_tail(struct state *s)
{
    const uint64_t tail = cursor_read(&s->ring->tail);

    if (s->at - tail > s->capacity || tail % RING_LINE != 0)
        return -EPROTO;
    s->tail = tail;
    return 0;
}

/* No division: it would take as long as the rest. */
static void go_on(struct state *s, size_t size)
{
    s->at += size;
    s->next += size;
    if (s->next >= s->capacity)
        s->next -= s->capacity;
}

static _Atomic uint64_t *next_mark(const struct state *s)
{
    return &s->marks[s->next / RING_LINE];
}

/* A sender begins behind what an earlier one sent and nobody has received. */
static int pass_over(struct state *s)
{
    uint64_t end;

    while ((end = cursor_read_one(next_mark(s))) > s->at) {
        if (end - s->at > s->frame_max || end - s->tail > s->capacity)
            return -EPROTO;
        go_on(s, whole_lines(end - s->at));
    }
    return 0;
}

static int find_position(struct state *s)
{
    s->at = s->tail = cursor_read(&s->ring->tail);
    s->next = s->at % s->capacity;
    if (s->at % RING_LINE != 0)
        return -EPROTO;
    return s->role == CHANNEL_SENDER ? pass_over(s) : 0;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    char name[CHANNEL_NAME_MAX];
    int fd, r;

    s->capacity = config->options[RING_SIZE];
    s->frame_max = config->frame_max;
    s->spin_ns = channel_spin_ns(config);
    s->role = end->role;
    channel_global_name(config, name);
    fd = shm_open(name, O_RDWR, 0);
    if (fd < 0)
        return -errno;
    r = fd_check_owner(fd);
    if (r == 0)
        r = ring_map(fd, s->capacity, &s->ring);
    fd_close(&fd);
    if (r < 0)
        return r;
    s->marks = ring_marks(s->ring);
    s->frames = ring_frames(s->ring, s->capacity);
    return find_position(s);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;
    int r;

    while (s->capacity - (s->at - s->tail) < whole_lines(size)) {
        r = cursor_wait(&s->ring->tail, s->tail, s->spin_ns);
        if (r == 0)
            r = see_tail(s);
        if (r < 0)
            return r;
    }
    *ret_block = s->frames + s->next;
    return 0;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;

    cursor_move_one(next_mark(s), &s->ring->receiver_asleep, s->at + size);
    go_on(s, whole_lines(size));
    return 0;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    uint64_t end = cursor_read_one(next_mark(s));
    int r;

    if (end <= s->at) {
        r = cursor_wait_one(next_mark(s), &s->ring->receiver_asleep, end,
                            s->spin_ns);
        if (r < 0)
            return r;
        end = cursor_read_one(next_mark(s));
    }
    if (end <= s->at || end - s->at > s->frame_max)
        return -EPROTO;
    *ret_size = end - s->at;
    *ret_block = s->frames + s->next;
    s->loan = whole_lines(*ret_size);
    return 0;
}

static void show_tail(struct state *s)
{
    s->tail = s->at;
    cursor_move(&s->ring->tail, s->at);
}

/* Gives back several frames at once, when they are a quarter of the ring. */
static int release(void *state)
{
    struct state *s = state;

    go_on(s, s->loan);
    if (s->at - s->tail >= s->capacity / 4)
        show_tail(s);
    return 0;
}

static void detach(void *state)
{
    struct state *s = state;

    if (s->ring && s->role == CHANNEL_RECEIVER && s->at != s->tail)
        show_tail(s);
    ring_unmap(s->ring, s->capacity);
    s->ring = NULL;
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

const struct channel_ops ring_channel = {
    .name = "ring",
    .summary = "single-producer single-consumer ring in shared memory",
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
