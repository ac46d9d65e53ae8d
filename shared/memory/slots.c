/* SPDX-License-Identifier: MIT */
#include "shared/memory/slots.h"

#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/dir/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALIGN = 64, PAGE = 4096, VERSION = 1 };

static const uint32_t magic = 0x53435049; /* "IPCS" */

struct slot {
    _Atomic uint64_t size; /* the sender writes it, the receiver reads it */
    alignas(ALIGN) unsigned char frame[];
};

static_assert(sizeof(struct slots_page) <= PAGE, "the counters fit a page");
static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2,
              "a lock inside one process guards nothing between two");

static size_t slot_size_for(size_t frame_max)
{
    return sizeof(struct slot) + (frame_max + ALIGN - 1) / ALIGN * ALIGN;
}

int slots_bytes(size_t frame_max, size_t depth, size_t *ret_bytes)
{
    const size_t limit = PTRDIFF_MAX - PAGE;

    if (frame_max > limit / 2 || depth > limit / slot_size_for(frame_max))
        return -EFBIG;
    *ret_bytes = PAGE + depth * slot_size_for(frame_max);
    return 0;
}

void slots_format(struct slots_page *page, size_t frame_max, size_t depth)
{
    *page = (struct slots_page){
        .magic = magic,
        .version = VERSION,
        .slot_size = slot_size_for(frame_max),
        .depth = depth,
    };
}

int slots_file_create(const char *path, size_t frame_max, size_t depth)
{
    struct slots_page page;
    size_t bytes;
    int fd, r;

    r = slots_bytes(frame_max, depth, &bytes);
    if (r < 0)
        return r;
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    r = file_allocate(fd, bytes);
    slots_format(&page, frame_max, depth);
    if (r == 0)
        r = write_all(fd, &page, sizeof(page));
    fd_close(&fd);
    if (r < 0)
        (void)unlink(path);
    return r;
}

int slots_file_open(const char *path, size_t frame_max, size_t depth,
                    size_t *ret_bytes)
{
    struct stat status;
    size_t bytes;
    int fd, r;

    r = slots_bytes(frame_max, depth, &bytes);
    if (r < 0)
        return r;
    r = file_open(path, O_RDWR, &fd);
    if (r < 0)
        return r;
    if (fstat(fd, &status) < 0)
        r = -errno;
    else if (status.st_size != (off_t)bytes)
        r = -EPROTO;
    if (r < 0) {
        fd_close(&fd);
        return r;
    }
    *ret_bytes = bytes;
    return fd;
}

static bool is_formatted(const struct slots_page *page, size_t frame_max,
                         size_t depth)
{
    return page->magic == magic && page->version == VERSION &&
           page->slot_size == slot_size_for(frame_max) && page->depth == depth;
}

/* How many slots lie filled, if the peer's counter stands at `theirs`. */
static uint64_t filled_slots(const struct slots *s, uint64_t theirs)
{
    return s->sender ? s->mine - theirs : theirs - s->mine;
}

static bool has_slot(const struct slots *s)
{
    uint64_t filled = filled_slots(s, s->theirs);

    return s->sender ? filled < s->depth : filled > 0;
}

static int look(struct slots *s)
{
    uint64_t theirs = atomic_load(s->their_counter);

    if (filled_slots(s, theirs) > s->depth)
        return -EPROTO;
    s->theirs = theirs;
    return has_slot(s);
}

static int open_end(struct slots *s, struct slots_page *page, size_t frame_max,
                    size_t depth, bool sender)
{
    int r;

    if (!is_formatted(page, frame_max, depth))
        return -EPROTO;
    *s = (struct slots){
        .first = (unsigned char *)page + PAGE,
        .slot_size = slot_size_for(frame_max),
        .frame_max = frame_max,
        .depth = depth,
        .sender = sender,
        .my_counter = sender ? &page->filled : &page->freed,
        .their_counter = sender ? &page->freed : &page->filled,
        .asleep = sender ? &page->sender_asleep : &page->receiver_asleep,
        .peer_asleep = sender ? &page->receiver_asleep : &page->sender_asleep,
    };
    /* An earlier holder of this end may have died in its sleep. */
    atomic_store(s->asleep, 0);
    s->mine = atomic_load(s->my_counter);
    s->next = s->mine % s->depth;
    r = look(s);
    return r < 0 ? r : 0;
}

int slots_open_sender(struct slots *s, void *memory, size_t frame_max,
                      size_t depth)
{
    return open_end(s, memory, frame_max, depth, true);
}

int slots_open_receiver(struct slots *s, void *memory, size_t frame_max,
                        size_t depth)
{
    return open_end(s, memory, frame_max, depth, false);
}

int slots_ready(struct slots *s)
{
    /* What was seen once stays true: only this end uses its slots up. */
    return has_slot(s) ? 1 : look(s);
}

/*
 * The two processes may not miss each other here. One says that it sleeps and
 * then looks at the counter; the other raises the counter and then looks who
 * sleeps. All four are sequentially consistent, so at least one of them sees
 * what the other wrote.
 */
int slots_doze(struct slots *s, uint32_t sleeper)
{
    int r;

    atomic_store(s->asleep, sleeper);
    r = look(s);
    if (r != 0)
        atomic_store(s->asleep, 0);
    return r;
}

static uint32_t hand_over(struct slots *s)
{
    uint32_t sleeper;

    atomic_store(s->my_counter, ++s->mine);
    if (++s->next == s->depth)
        s->next = 0;
    sleeper = atomic_load(s->peer_asleep);
    if (sleeper)
        atomic_store(s->peer_asleep, 0);
    return sleeper;
}

static struct slot *next_slot(const struct slots *s)
{
    return (struct slot *)(s->first + s->next * s->slot_size);
}

void *slots_blank(const struct slots *s)
{
    return next_slot(s)->frame;
}

int slots_message(const struct slots *s, const void **ret_block,
                  size_t *ret_size)
{
    struct slot *slot = next_slot(s);
    uint64_t size;

    size = atomic_load_explicit(&slot->size, memory_order_relaxed);
    if (size == 0 || size > s->frame_max)
        return -EPROTO;
    *ret_block = slot->frame;
    *ret_size = size;
    return 0;
}

uint32_t slots_fill(struct slots *s, size_t size)
{
    atomic_store_explicit(&next_slot(s)->size, size, memory_order_relaxed);
    return hand_over(s);
}

uint32_t slots_free(struct slots *s)
{
    return hand_over(s);
}
