/* SPDX-License-Identifier: MIT */
/*
 * ring.c -- a ring in POSIX shared memory
 *
 * Rendezvous   a name in /dev/shm, opened and mapped by both processes
 * Framing      a line of 64 bytes that begins with the size, then the frame
 * Copies       0: the receiver reads where the sender wrote
 * Waiting      a spin of at most 50 us (see --wait), then futex(2)
 * End          none: a dead peer looks like a slow one
 * Limits       ring-size bytes in flight, 4 to 14 MiB unless given
 * Leftovers    the name and its memory until shm_unlink(3) or a reboot
 * Trust        the name's mode, 0600; contents are checked, truncation kills
 * Manual       shm_overview(7), mmap(2), futex(2)
 */
#include "ipc/channel.h"
#include "shared/fd.h"
#include "shared/record.h"
#include "shared/ring_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RING_SIZE }; /* options */

enum { LINE = CHANNEL_ALIGN };

struct entry {
    _Atomic uint64_t size; /* of the frame: written by the sender, read once */
    alignas(LINE) unsigned char frame[];
};

struct state {
    const char *dir; /* where the record lies; only the creator's state */
    const char *name;
    char shm_name[CHANNEL_NAME_MAX]; /* once the memory is ours to unlink */
    struct ring *ring;
    unsigned char *entries;
    size_t capacity;
    size_t frame_max;
    uint64_t spin_ns;
    uint64_t head; /* this end's own, never read back from shared memory, */
    uint64_t tail; /* and the peer's when last seen */
    uint64_t tail_shown; /* receiver: what the sender can see of tail */
    size_t next;         /* where in entries this end's next one begins */
    size_t loan;         /* receiver: size of the entry */
};

static const struct channel_option options[] = {
    [RING_SIZE] = { "ring-size", "bytes of shared memory for frames", 0 },
    { 0 },
};

static size_t entry_size(size_t size)
{
    return sizeof(struct entry) + (size + LINE - 1) / LINE * LINE;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    const size_t entry = entry_size(config->frame_max);
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
    r = ring_create(fd, config->options[RING_SIZE], entry, &capacity);
    fd_close(&fd);
    if (r < 0)
        return r;
    ret_effective->options[RING_SIZE] = capacity;
    ret_effective->depth = capacity / entry;
    /* Of a quarter that is free the sender may not know yet: see release. */
    ret_effective->frames_held = (capacity - capacity / 4) / entry;
    return 0;
}

/* Believes both cursors if they can be. This and the check of the size keep
 * each entry inside the mapping, whatever the peer writes. */
static int set_cursors(struct state *s, uint64_t head, uint64_t tail)
{
    if (head - tail > s->capacity || head % LINE != 0 || tail % LINE != 0)
        return -EPROTO;
    s->head = head;
    s->tail = s->tail_shown = tail;
    return 0;
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
    channel_global_name(config, name);
    fd = shm_open(name, O_RDWR, 0);
    if (fd < 0)
        return -errno;
    r = ring_map(fd, s->capacity, &s->ring);
    fd_close(&fd);
    if (r < 0)
        return r;
    s->entries = ring_entries(s->ring);
    r = set_cursors(s, cursor_read(&s->ring->head),
                    cursor_read(&s->ring->tail));
    s->next = (end->role == CHANNEL_SENDER ? s->head : s->tail) % s->capacity;
    return r;
}

static struct entry *next_entry(const struct state *s)
{
    return (struct entry *)(s->entries + s->next);
}

/* No division: it would take as long as the rest. */
static void go_on(struct state *s, size_t size)
{
    s->next += size;
    if (s->next >= s->capacity)
        s->next -= s->capacity;
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;
    int r;

    while (s->capacity - (s->head - s->tail) < entry_size(size)) {
        r = cursor_wait(&s->ring->tail, s->tail, s->spin_ns);
        if (r == 0)
            r = set_cursors(s, s->head, cursor_read(&s->ring->tail));
        if (r < 0)
            return r;
    }
    *ret_block = next_entry(s)->frame;
    return 0;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;

    atomic_store_explicit(&next_entry(s)->size, size, memory_order_relaxed);
    s->head += entry_size(size);
    go_on(s, entry_size(size));
    cursor_move(&s->ring->head, s->head);
    return 0;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    struct entry *entry = next_entry(s);
    uint64_t size;
    int r;

    if (s->head == s->tail) {
        r = cursor_wait(&s->ring->head, s->head, s->spin_ns);
        if (r == 0)
            r = set_cursors(s, cursor_read(&s->ring->head), s->tail);
        if (r < 0)
            return r;
    }
    size = atomic_load_explicit(&entry->size, memory_order_relaxed);
    if (size == 0 || size > s->frame_max ||
        entry_size(size) > s->head - s->tail)
        return -EPROTO;
    s->loan = entry_size(size);
    *ret_block = entry->frame;
    *ret_size = size;
    return 0;
}

/* Gives back several frames at once: when there is no more to receive, or when
 * they are a quarter of the ring. */
static int release(void *state)
{
    struct state *s = state;

    s->tail += s->loan;
    go_on(s, s->loan);
    if (s->tail == s->head || s->tail - s->tail_shown >= s->capacity / 4) {
        s->tail_shown = s->tail;
        cursor_move(&s->ring->tail, s->tail);
    }
    return 0;
}

static void detach(void *state)
{
    struct state *s = state;

    if (s->ring && s->tail != s->tail_shown)
        cursor_move(&s->ring->tail, s->tail);
    ring_unmap(s->ring, s->capacity);
    s->ring = NULL;
    s->tail_shown = s->tail;
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->shm_name[0])
        (void)shm_unlink(s->shm_name);
    if (s->dir)
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
    .create = create,
    .attach = attach,
    .reserve = reserve,
    .commit = commit,
    .acquire = acquire,
    .release = release,
    .detach = detach,
    .destroy = destroy,
};
