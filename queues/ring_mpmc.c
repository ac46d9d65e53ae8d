/* SPDX-License-Identifier: MIT */
/*
 * ring_mpmc.c -- a ring of slots in shared memory, for many on either side
 *
 * Rendezvous   a name in /dev/shm, opened and mapped by all processes
 * Framing      one message a slot, behind its size and whose turn it is
 * Copies       0: the receiver reads where the sender wrote
 * Waiting      a spin of at most 50 us (--wait), futex(2): shared/memory/futex
 * End          none: a dead peer looks slow, and what it holds stops the ring
 * Limits       depth x largest frame of /dev/shm, or fewer if that is small
 * Leftovers    the name and its memory until shm_unlink(3) or a reboot
 * Trust        the name's owner and mode; contents checked; truncation kills
 * Manual       shm_overview(7), mmap(2), futex(2)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "queues/ring_mpmc_memory.h"
#include "shared/memory/futex.h"
#include "shared/memory/prefetch.h"
#include "shared/memory/spin.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * After D. Vyukov, "Bounded MPMC queue" (1024cores.net).
 *
 * A slot is a place for one message. A ticket is the number of a message, from
 * 0 on: a sender draws it to send that message, a receiver to receive it.
 * Ticket n stands for slot n mod depth. The turn of a slot says which ticket
 * may use it now:
 *
 *      2n             free: it is the turn of the sender with ticket n
 *      2n + 1         filled: of the receiver with ticket n
 *      2n + 2 depth   free again: of the sender with ticket n + depth
 *
 * (Vyukov counts by one, and needs two slots: of a single one, filled and free
 * again would be the same number.)
 *
 * An end draws a ticket only when it is that ticket's turn, so no end waits
 * with one; but an end that has drawn one and does not go on holds up those
 * behind it. Messages of one sender keep their order, and reach any one
 * receiver in it.
 *
 * Nothing here is a lock. A process that dies between draw and hand_over leaves
 * its slot as it is, and the ring stops there: the supervisor sees to that.
 */
enum { FREE = 0, FILLED = 1 }; /* the slot that a sender, a receiver wants */

struct state {
    struct channel_config config; /* as create or attach was given it */
    bool created; /* this process made the name, destroy removes it */
    struct mpmc_memory memory;
    uint64_t spin_ns;
    uint64_t ticket;        /* the one that was drawn last */
    struct mpmc_slot *loan; /* its slot, this end's until it hands it over */
};

static int explain(const struct channel_config *config, int error,
                   char *ret_text, size_t room)
{
    size_t bytes;

    if (error != -ENOSPC || mpmc_bytes(config->frame_max, 1, &bytes) < 0)
        return -ENOENT;
    return channel_explain_shm(bytes, "a smaller --max", ret_text, room);
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    char name[CHANNEL_NAME_MAX];
    size_t depth;
    int fd, r;

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
    r = mpmc_make(fd, config->frame_max, channel_depth(config), &depth);
    (void)close(fd);
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
    s->config = *config;
    s->spin_ns = channel_spin_ns(config);
    channel_global_name(config, name);
    fd = shm_open(name, O_RDWR, 0);
    if (fd < 0)
        return -errno;
    r = mpmc_map(&s->memory, fd, config->frame_max, config->depth);
    (void)close(fd);
    return r;
}

static struct mpmc_slot *slot_of(const struct state *s, uint64_t ticket)
{
    const uint64_t index = ticket % s->memory.depth;

    return (struct mpmc_slot *)(s->memory.slots + index * s->memory.slot_size);
}

/*
 * Draws a side's next ticket, if it is that ticket's turn. 1: drawn; 0: it is
 * not its turn yet; -EPROTO: its slot stands at a turn that cannot be. Each
 * look at the tickets acquires: who sees how many were drawn sees no turn from
 * before those draws, which would look as if it could not be.
 */
static int draw(struct state *s, struct mpmc_side *side, uint64_t wanted)
{
    uint64_t ticket =
        atomic_load_explicit(&side->tickets, memory_order_acquire);
    struct mpmc_slot *slot;
    uint64_t before, late;

    for (;;) {
        slot = slot_of(s, ticket);
        late = 2 * ticket + wanted - atomic_load(&slot->turn);
        if (late == 0 &&
            atomic_compare_exchange_weak(&side->tickets, &ticket, ticket + 1)) {
            s->ticket = ticket;
            s->loan = slot;
            return 1;
        }
        if (late == 0)
            continue; /* another end was quicker; `ticket` is up to date */
        before = ticket;
        ticket = atomic_load_explicit(&side->tickets, memory_order_acquire);
        if (ticket == before)
            return late <= 2 * s->memory.depth ? 0 : -EPROTO;
    }
}

/* This is draw, tried for as long as an end spins. */
static int draw_soon(struct state *s, struct mpmc_side *side, uint64_t wanted)
{
    struct spin spin = spin_begin(s->spin_ns);
    int r;

    do
        r = draw(s, side, wanted);
    while (r == 0 && spin_on(&spin));
    return r;
}

/* Wakes one end of a side, because one slot is of use to one. */
static void call_one(struct mpmc_side *side)
{
    if (atomic_load(&side->sleepers) == 0)
        return;
    atomic_fetch_add(&side->calls, 1);
    futex_wake(&side->calls, 1);
}

/* Spins and then sleeps until it has drawn a ticket: struct mpmc_side says why
 * it is woken. */
static int draw_ticket(struct state *s, struct mpmc_side *side, uint64_t wanted)
{
    int drawn = draw_soon(s, side, wanted), r = 0;
    uint32_t calls;

    if (drawn != 0)
        return drawn < 0 ? drawn : 0;
    atomic_fetch_add(&side->sleepers, 1);
    while (r == 0) {
        calls = atomic_load(&side->calls);
        drawn = draw(s, side, wanted);
        if (drawn != 0)
            break;
        r = futex_wait(&side->calls, calls, 0);
    }
    atomic_fetch_sub(&side->sleepers, 1);
    /* Slots can come to their turns out of order. The call for the next slot
     * then came when no end could take it, so it is passed on. */
    if (drawn > 0 && atomic_load(&slot_of(s, s->ticket + 1)->turn) ==
                         2 * (s->ticket + 1) + wanted)
        call_one(side);
    return drawn < 0 ? drawn : r;
}

/* Publishes the slot: with its turn all that was written before is seen. */
static void hand_over(struct state *s, uint64_t turn, struct mpmc_side *to)
{
    atomic_store(&s->loan->turn, turn);
    call_one(to);
}

/* The ticket is drawn here, and so the order of messages is that of reserve. */
static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;
    int r;

    r = draw_ticket(s, &s->memory.header->senders, FREE);
    if (r < 0)
        return r;
    prefetch_to_write(s->loan, sizeof(*s->loan) + size);
    *ret_block = s->loan->frame;
    return 0;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;

    atomic_store_explicit(&s->loan->size, size, memory_order_relaxed);
    hand_over(s, 2 * s->ticket + FILLED, &s->memory.header->receivers);
    return 0;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    uint64_t size;
    int r;

    r = draw_ticket(s, &s->memory.header->receivers, FILLED);
    if (r < 0)
        return r;
    size = atomic_load_explicit(&s->loan->size, memory_order_relaxed);
    if (size == 0 || size > s->config.frame_max)
        return -EPROTO;
    *ret_block = s->loan->frame;
    *ret_size = size;
    return 0;
}

static int release(void *state)
{
    struct state *s = state;
    const uint64_t next = s->ticket + s->memory.depth;

    hand_over(s, 2 * next + FREE, &s->memory.header->senders);
    return 0;
}

static void detach(void *state)
{
    struct state *s = state;

    mpmc_unmap(&s->memory);
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

const struct channel_ops ring_mpmc_channel = {
    .name = "ring-mpmc",
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
