/* SPDX-License-Identifier: MIT */
#include "queues/ring_mpmc_slots.h"

#include "shared/dir/file.h"
#include "shared/memory/futex.h"
#include "shared/memory/spin.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { ALIGN = 64, PAGE = 4096 };

static const uint64_t magic = UINT64_C(0x31434d504d435049); /* "IPCMPMC1" */

static_assert(sizeof(struct mpmc_page) <= PAGE, "the counters fit a page");
static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock would be private");

static size_t slot_size_for(size_t frame_max)
{
    return sizeof(struct mpmc_slot) + (frame_max + ALIGN - 1) / ALIGN * ALIGN;
}

int mpmc_bytes(size_t frame_max, size_t depth, size_t *ret_bytes)
{
    const size_t limit = PTRDIFF_MAX - PAGE;

    if (frame_max > limit / 2 || depth > limit / slot_size_for(frame_max))
        return -EFBIG;
    *ret_bytes = PAGE + depth * slot_size_for(frame_max);
    return 0;
}

static struct mpmc_slot *slot_of(const struct mpmc *q, uint64_t ticket)
{
    unsigned char *first = (unsigned char *)q->page + PAGE;

    return (struct mpmc_slot *)(first + ticket % q->depth * q->slot_size);
}

static int map(struct mpmc *q, int fd, size_t bytes)
{
    void *memory;

    memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return -errno;
    q->page = memory;
    q->bytes = bytes;
    return 0;
}

int mpmc_create(int fd, size_t frame_max, size_t depth)
{
    struct mpmc q = { .slot_size = slot_size_for(frame_max), .depth = depth };
    size_t bytes = 0;
    int r;

    r = mpmc_bytes(frame_max, depth, &bytes);
    if (r == 0)
        r = file_allocate(fd, bytes);
    if (r == 0)
        r = map(&q, fd, bytes);
    if (r < 0)
        return r;
    q.page->magic = magic;
    q.page->slot_size = q.slot_size;
    q.page->depth = depth;
    for (uint64_t ticket = 0; ticket < depth; ticket++)
        atomic_init(&slot_of(&q, ticket)->turn, 2 * ticket);
    mpmc_close(&q);
    return 0;
}

int mpmc_open(struct mpmc *q, int fd, size_t frame_max, size_t depth)
{
    struct stat status;
    size_t bytes = 0;
    int r;

    *q = (struct mpmc){
        .frame_max = frame_max,
        .slot_size = slot_size_for(frame_max),
        .depth = depth,
    };
    r = mpmc_bytes(frame_max, depth, &bytes);
    if (r < 0)
        return r;
    if (fstat(fd, &status) < 0)
        return -errno;
    /* Beyond the end of a file lies SIGBUS. */
    if (depth == 0 || status.st_size != (off_t)bytes)
        return -EPROTO;
    r = map(q, fd, bytes);
    if (r < 0)
        return r;
    if (q->page->magic == magic && q->page->slot_size == q->slot_size &&
        q->page->depth == depth)
        return 0;
    mpmc_close(q);
    return -EPROTO;
}

void mpmc_close(struct mpmc *q)
{
    if (q->page)
        (void)munmap(q->page, q->bytes);
    q->page = NULL;
}

/*
 * Draws the next ticket of a side, whose slot is ready when its turn stands at
 * 2 * ticket + ahead. 1: drawn; 0: not ready; -EPROTO: a turn that cannot be.
 */
static int draw(struct mpmc *q, _Atomic uint64_t *tickets, uint64_t ahead)
{
    uint64_t ticket = atomic_load_explicit(tickets, memory_order_relaxed);
    struct mpmc_slot *slot;
    uint64_t before, late;

    for (;;) {
        slot = slot_of(q, ticket);
        late = 2 * ticket + ahead - atomic_load(&slot->turn);
        if (late == 0 &&
            atomic_compare_exchange_weak(tickets, &ticket, ticket + 1)) {
            q->ticket = ticket;
            q->loan = slot;
            return 1;
        }
        if (late == 0)
            continue; /* another was quicker, and `ticket` is up to date */
        before = ticket;
        ticket = atomic_load_explicit(tickets, memory_order_acquire);
        if (ticket == before)
            return late <= 2 * q->depth ? 0 : -EPROTO;
    }
}

static bool draw_soon(struct mpmc *q, _Atomic uint64_t *tickets, uint64_t ahead,
                      int *ret_drawn)
{
    struct spin spin = spin_begin(q->spin_ns);

    while ((*ret_drawn = draw(q, tickets, ahead)) == 0)
        if (!spin_on(&spin))
            return false;
    return true;
}

/* A slot is of use to one sleeper. */
static void call_one(struct mpmc_event *event)
{
    if (atomic_load(&event->sleepers) == 0)
        return;
    atomic_fetch_add(&event->count, 1);
    futex_wake(&event->count, 1);
}

/*
 * Who waits says that he sleeps and then looks at the slot; who hands a slot
 * over does so and then looks whether anybody sleeps. All four are
 * sequentially consistent, so at least one sees what the other did, and no
 * wake-up is lost.
 */
static int wait_and_draw(struct mpmc *q, _Atomic uint64_t *tickets,
                         uint64_t ahead, struct mpmc_event *event)
{
    uint32_t count;
    int drawn = 0, r = 0;

    if (draw_soon(q, tickets, ahead, &drawn))
        return drawn < 0 ? drawn : 0;
    atomic_fetch_add(&event->sleepers, 1);
    while (r == 0) {
        count = atomic_load(&event->count);
        drawn = draw(q, tickets, ahead);
        if (drawn != 0)
            break;
        r = futex_wait(&event->count, count, 0);
    }
    atomic_fetch_sub(&event->sleepers, 1);
    /* Slots can become ready out of order, and then the call for the next one
     * came when nobody could take it: so it is passed on. */
    if (drawn > 0 && atomic_load(&slot_of(q, q->ticket + 1)->turn) ==
                         2 * (q->ticket + 1) + ahead)
        call_one(event);
    return drawn < 0 ? drawn : r;
}

static void hand_over(struct mpmc *q, uint64_t turn, struct mpmc_event *event)
{
    atomic_store(&q->loan->turn, turn);
    call_one(event);
}

int mpmc_reserve(struct mpmc *q, void **ret_block)
{
    int r;

    r = wait_and_draw(q, &q->page->sends, 0, &q->page->freed);
    if (r < 0)
        return r;
    *ret_block = q->loan->frame;
    return 0;
}

void mpmc_commit(struct mpmc *q, size_t size)
{
    atomic_store_explicit(&q->loan->size, size, memory_order_relaxed);
    hand_over(q, 2 * q->ticket + 1, &q->page->filled);
}

int mpmc_acquire(struct mpmc *q, const void **ret_block, size_t *ret_size)
{
    uint64_t size;
    int r;

    r = wait_and_draw(q, &q->page->receives, 1, &q->page->filled);
    if (r < 0)
        return r;
    size = atomic_load_explicit(&q->loan->size, memory_order_relaxed);
    if (size == 0 || size > q->frame_max)
        return -EPROTO;
    *ret_block = q->loan->frame;
    *ret_size = size;
    return 0;
}

void mpmc_release(struct mpmc *q)
{
    hand_over(q, 2 * (q->ticket + q->depth), &q->page->freed);
}
