/* SPDX-License-Identifier: MIT */
/*
 * ring.c -- a ring in POSIX shared memory
 *
 * Rendezvous   a name in /dev/shm, opened and mapped by both processes
 * Framing      a line of 64 bytes that begins with the size, then the frame
 * Copies       0: the receiver reads where the sender wrote
 * Waiting      a spin of at most 50 us, with sched_yield(2); then futex(2)
 * End          none: a dead peer looks like a slow one
 * Limits       ring-size bytes in flight, 4 to 16 MiB unless given
 * Leftovers    the name and its memory until shm_unlink(3) or a reboot
 * Trust        the name's mode, 0600; contents are checked, truncation kills
 * Manual       shm_overview(7), mmap(2), futex(2)
 */
#include "ipc/channel.h"
#include "shared/cursor.h"
#include "shared/fd.h"
#include "shared/mirror.h"
#include "shared/record.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RING_SIZE }; /* options */

enum {
    LINE = CHANNEL_ALIGN,
    PAGE = MIRROR_PAGE,
    FRAMES_PLENTY = 4096,
    CAPACITY_LEAST = 4 << 20, /* twice what a core caches for itself */
    CAPACITY_MOST = 16 << 20, /* its TLB holds no more pages */
};

#define SIZE_LIMIT (SIZE_MAX / 8)               /* sums of such stay in range */
#define RING_MAGIC UINT64_C(0x31474e4952435049) /* "IPCRING1" */

/* The first page of the shared memory. The rest is for entries, round and
 * round; the cursors count its bytes from the start of time. */
struct ring {
    uint64_t magic; /* create writes these two, attach reads them */
    uint64_t capacity;
    struct cursor head; /* the sender's: what lies before it was sent */
    struct cursor tail; /* the receiver's: what lies before it is free again */
};

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
    uint64_t head; /* this end's own, never read back from shared memory, */
    uint64_t tail; /* and the peer's when last seen */
    uint64_t tail_shown; /* receiver: what the sender can see of tail */
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

/*
 * A line that still lies in the receiver's cache takes twice as long to write,
 * on some chips six times, and a page that the TLB forgot must be looked up in
 * four tables. Between the two a ring runs at the speed of the processors.
 */
static size_t plenty(size_t entry)
{
    size_t capacity = entry * FRAMES_PLENTY;

    if (entry > CAPACITY_MOST / FRAMES_PLENTY)
        return CAPACITY_MOST;
    return capacity < CAPACITY_LEAST ? CAPACITY_LEAST : capacity;
}

/* At least two entries: one to build and one to read. */
static size_t whole_pages(size_t capacity, size_t entry)
{
    if (capacity < 2 * entry)
        capacity = 2 * entry;
    return (capacity + PAGE - 1) / PAGE * PAGE;
}

/* What is asked for, or plenty; or less, where /dev/shm has not that much. */
static int lay_out(int fd, size_t asked, size_t entry, size_t *ret_capacity)
{
    struct ring ring = { .magic = RING_MAGIC };
    int r;

    ring.capacity = whole_pages(asked > 0 ? asked : plenty(entry), entry);
    r = fd_allocate(fd, PAGE + ring.capacity);
    if (r == -ENOSPC && asked == 0) {
        ring.capacity = whole_pages(CAPACITY_LEAST, entry);
        r = fd_allocate(fd, PAGE + ring.capacity);
    }
    if (r < 0)
        return r;
    if (pwrite(fd, &ring, sizeof(ring), 0) != (ssize_t)sizeof(ring))
        return -EIO;
    *ret_capacity = ring.capacity;
    return 0;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    const size_t entry = entry_size(config->frame_max);
    struct state *s = state;
    char name[CHANNEL_NAME_MAX];
    size_t capacity;
    int fd, r;

    if (config->frame_max > SIZE_LIMIT ||
        config->options[RING_SIZE] > SIZE_LIMIT)
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
    r = lay_out(fd, config->options[RING_SIZE], entry, &capacity);
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
    void *memory;
    int fd, r;

    (void)end;
    s->capacity = config->options[RING_SIZE];
    s->frame_max = config->frame_max;
    channel_global_name(config, name);
    fd = shm_open(name, O_RDWR, 0);
    if (fd < 0)
        return -errno;
    r = mirror_map(fd, PAGE, s->capacity, &memory);
    fd_close(&fd);
    if (r < 0)
        return r;
    s->ring = memory;
    s->entries = (unsigned char *)memory + PAGE;
    if (s->ring->magic != RING_MAGIC || s->ring->capacity != s->capacity)
        return -EPROTO;
    return set_cursors(s, cursor_read(&s->ring->head),
                       cursor_read(&s->ring->tail));
}

static struct entry *entry_at(const struct state *s, uint64_t cursor)
{
    return (struct entry *)(s->entries + cursor % s->capacity);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;
    int r;

    while (s->capacity - (s->head - s->tail) < entry_size(size)) {
        r = cursor_wait(&s->ring->tail, s->tail);
        if (r == 0)
            r = set_cursors(s, s->head, cursor_read(&s->ring->tail));
        if (r < 0)
            return r;
    }
    *ret_block = entry_at(s, s->head)->frame;
    return 0;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;

    atomic_store_explicit(&entry_at(s, s->head)->size, size,
                          memory_order_relaxed);
    s->head += entry_size(size);
    cursor_move(&s->ring->head, s->head);
    return 0;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    struct entry *entry = entry_at(s, s->tail);
    uint64_t size;
    int r;

    if (s->head == s->tail) {
        r = cursor_wait(&s->ring->head, s->head);
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
    mirror_unmap(s->ring, PAGE, s->capacity);
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
    .traits = CHANNEL_SURVIVES_PROCESSES | CHANNEL_ZERO_COPY,
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
