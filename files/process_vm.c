/* SPDX-License-Identifier: MIT */
/*
 * process_vm.c -- the consumer reads the producer's memory
 *
 * Rendezvous   a page in a file that both map; dir records who sends
 * Framing      one message a slot of the sender's memory, between two tags
 * Copies       1: sender's memory -> receiver's buffer
 * Waiting      a spin of at most 50 us (--wait), futex(2): shared/memory/cursor
 * End          not seen while waiting; a dead sender's memory cannot be read
 * Limits       depth x largest frame of memory; 64 slots at most
 * Leftovers    the page's file, until unlink(2); memory dies with its process
 * Trust        any process of the user may read the sender from attach on
 * Manual       process_vm_readv(2), ptrace(2), prctl(2), futex(2)
 */
#include "files/process_vm_page.h"
#include "files/process_vm_slots.h"
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "shared/memory/cursor.h"
#include "shared/memory/tally.h"
#include "shared/process/partner.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

/* A sender that leaves stays at most so long for what it sent to be read. */
static const uint64_t detach_ns = UINT64_C(10000000000);

/*
 * A slot is a place for one message in the sender's own memory. Two cursors in
 * the page say whose it is: the number of messages that the sender has filled
 * in, and of those that the receiver has read. Each cursor is moved by one end,
 * and the other waits for it.
 */
struct state {
    char path[PATH_MAX];
    bool created; /* this process made the name, destroy removes it */
    struct vm_page *page;
    struct partner partner; /* the receiver's: who sends */
    struct tally_end tally;
    struct vm_slots slots; /* the sender's; of the receiver, for one copy */
    uint64_t seed;         /* the tag of message n is seed + n */
    size_t frame_max;
    uint64_t spin_ns;
};

static int explain(const struct channel_config *config, int error,
                   char *ret_text, size_t room)
{
    return partner_explain(config->dir, config->name, error, ret_text, room);
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    int r;

    if (config->frame_max > PTRDIFF_MAX / VM_PAGE_SLOTS / 2)
        return -EFBIG;
    r = channel_path(config, ".page", s->path);
    if (r == 0)
        r = vm_page_create(s->path);
    if (r < 0)
        return r;
    s->created = true;
    s->partner = (struct partner){ .dir = config->dir, .name = config->name };
    ret_effective->depth = channel_depth(config);
    if (ret_effective->depth > VM_PAGE_SLOTS)
        ret_effective->depth = VM_PAGE_SLOTS;
    ret_effective->frames_held = ret_effective->depth;
    return 0;
}

/* Lets other processes of this user read here. Without it none could after
 * setuid(2), or where Yama guards. */
static void allow_reading(void)
{
    (void)prctl(PR_SET_DUMPABLE, 1);
    (void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    const bool sends = end->role == CHANNEL_SENDER;
    struct state *s = state;
    int r;

    s->seed = config->seed;
    s->frame_max = config->frame_max;
    s->spin_ns = channel_spin_ns(config);
    if (config->depth == 0 || config->depth > VM_PAGE_SLOTS)
        return -EPROTO;
    r = channel_path(config, ".page", s->path);
    if (r == 0)
        r = vm_page_open(s->path, &s->page);
    if (r == 0)
        r = vm_slots_map(&s->slots, s->frame_max, sends ? config->depth : 1);
    if (r == 0)
        r = tally_open(&s->tally, &s->page->tally, config->depth, sends);
    if (r == 0)
        r = partner_introduce(&s->partner, config->dir, config->name, sends);
    if (r < 0 || !sends)
        return r;
    allow_reading();
    atomic_store(&s->page->sender, (uint32_t)getpid());
    return 0;
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;
    int r;

    (void)size;
    r = tally_wait(&s->tally, s->spin_ns);
    if (r < 0)
        return r;
    *ret_block = vm_slot(&s->slots, s->tally.slot) + VM_SLOT_FRAME;
    return 0;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;
    struct vm_entry *entry = &s->page->entry[s->tally.slot];
    unsigned char *slot = vm_slot(&s->slots, s->tally.slot);

    vm_slot_tag(slot, size, s->seed + s->tally.count);
    atomic_store_explicit(&entry->address, (uintptr_t)slot,
                          memory_order_relaxed);
    atomic_store_explicit(&entry->size, size, memory_order_relaxed);
    cursor_move(s->tally.own, tally_count_one(&s->tally));
    return 0;
}

/* A pid in the page is a number that any process may have. The record says
 * which one it is, and the tags say of each frame that this one sent it. */
static int know_sender(struct state *s)
{
    const uint32_t sender = atomic_load(&s->page->sender);
    int r;

    if (s->partner.pidfd > 0 && sender == (uint32_t)s->partner.process.pid)
        return 0;
    r = partner_look(&s->partner);
    if (r == 0 && sender != (uint32_t)s->partner.process.pid)
        r = -EPROTO;
    return r == -ESRCH ? -EPIPE : r;
}

/* Copies a frame and its tags out of the sender's memory. */
static int read_slot(const struct state *s, uint64_t address, size_t size)
{
    const size_t whole = size + 2 * VM_SLOT_TAG;
    unsigned char *copy = s->slots.memory;
    struct iovec to = { copy + VM_SLOT_TAGGED, whole };
    struct iovec from = { (void *)(uintptr_t)(address + VM_SLOT_TAGGED),
                          whole };
    ssize_t n;

    n = process_vm_readv(s->partner.process.pid, &to, 1, &from, 1, 0);
    if (n < 0 && errno == EFAULT)
        return -EPROTO;
    if (n < 0)
        return errno == ESRCH ? -EPIPE : -errno;
    if ((size_t)n != whole ||
        !vm_slot_has(copy, size, s->seed + s->tally.count))
        return -EPROTO;
    return 0;
}

/* With the copy made the sender's slot is free: release has nothing to do. */
static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    const struct vm_entry *entry;
    uint64_t address, size;
    int r;

    r = tally_wait(&s->tally, s->spin_ns);
    if (r < 0)
        return r;
    entry = &s->page->entry[s->tally.slot];
    address = atomic_load_explicit(&entry->address, memory_order_relaxed);
    size = atomic_load_explicit(&entry->size, memory_order_relaxed);
    if (size == 0 || size > s->frame_max)
        return -EPROTO;
    r = know_sender(s);
    if (r == 0)
        r = read_slot(s, address, size);
    if (r < 0)
        return r;
    cursor_move(s->tally.own, tally_count_one(&s->tally));
    *ret_block = s->slots.memory + VM_SLOT_FRAME;
    *ret_size = size;
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

    /* The messages lie in this process: it stays until all of them are read. */
    if (s->tally.sends)
        (void)tally_wait_freed(&s->tally, detach_ns);
    s->tally = (struct tally_end){ 0 };
    vm_slots_unmap(&s->slots);
    partner_close(&s->partner);
    vm_page_close(s->page);
    s->page = NULL;
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->created) {
        (void)unlink(s->path);
        partner_forget(s->partner.dir, s->partner.name);
    }
    s->created = false;
}

const struct channel_ops process_vm_channel = {
    .name = "process-vm",
    .traits = CHANNEL_CAN_SPIN | CHANNEL_READS_PEER,
    .message_max = 0,
    .state_size = sizeof(struct state),
    .options = NULL,
    .unavailable = vm_unavailable,
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
