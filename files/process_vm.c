/* SPDX-License-Identifier: MIT */
/*
 * process_vm.c -- the consumer reads the producer's memory
 *
 * Rendezvous   a page in a file that both map, and in dir who sends
 * Framing      one message a slot of the sender's memory, between two tags
 * Copies       1: sender's memory -> receiver's buffer
 * Waiting      a spin of at most 50 us (see --wait), then futex(2)
 * End          not seen while waiting; a dead sender's memory cannot be read
 * Limits       depth x largest frame of memory; 64 slots at most
 * Leftovers    the page's file, until unlink(2); memory dies with its process
 * Trust        any process of the user may read the sender from attach on
 * Manual       process_vm_readv(2), ptrace(2), prctl(2), futex(2)
 */
#include "files/process_vm_page.h"
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "shared/base/fd.h"
#include "shared/process/partner.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { DETACH_MS = 10000 }; /* for what was sent to be read */

struct state {
    char path[PATH_MAX];
    bool made; /* the file, by this process */
    struct vm_page *page;
    struct partner partner; /* the receiver's: who sends */
    bool sender;
    uint64_t seed; /* tag n is seed + n */
    size_t frame_max;
    size_t slot_size;
    size_t depth;
    uint64_t spin_ns;
    unsigned char *memory; /* sender: its slots; receiver: one like them */
    uint64_t mine;         /* messages sent, or received */
    uint64_t theirs;       /* by the peer, when last seen */
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
    s->made = true;
    s->partner = (struct partner){ .dir = config->dir, .name = config->name };
    ret_effective->depth =
        config->depth < VM_PAGE_SLOTS ? config->depth : VM_PAGE_SLOTS;
    ret_effective->frames_held = ret_effective->depth;
    return 0;
}

static int map_slots(struct state *s, size_t count)
{
    void *memory;

    memory = mmap(NULL, count * s->slot_size, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return -errno;
    s->memory = memory;
    return 0;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    int r;

    s->sender = end->role == CHANNEL_SENDER;
    s->seed = config->seed;
    s->frame_max = config->frame_max;
    s->spin_ns = channel_spin_ns(config);
    s->slot_size = vm_slot_size(config->frame_max);
    s->depth = config->depth;
    if (s->depth == 0 || s->depth > VM_PAGE_SLOTS)
        return -EPROTO;
    r = channel_path(config, ".page", s->path);
    if (r == 0)
        r = vm_page_open(s->path, &s->page);
    if (r == 0)
        r = map_slots(s, s->sender ? s->depth : 1);
    if (r < 0)
        return r;
    s->mine =
        cursor_read(s->sender ? &s->page->sent.at : &s->page->received.at);
    s->theirs = s->mine;
    r = partner_introduce(&s->partner, config->dir, config->name, s->sender);
    if (r < 0 || !s->sender)
        return r;
    /* Else nobody could read here: after setuid(2), or where Yama is. */
    (void)prctl(PR_SET_DUMPABLE, 1);
    (void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    atomic_store(&s->page->sender, (uint32_t)getpid());
    return 0;
}

/* How many messages lie between the two, if the peer stands at `theirs`. */
static uint64_t under_way(const struct state *s, uint64_t theirs)
{
    return s->sender ? s->mine - theirs : theirs - s->mine;
}

/* Waits until the peer has moved on from where it was last seen. */
static int see_peer(struct state *s)
{
    struct cursor *peer = s->sender ? &s->page->received : &s->page->sent;
    uint64_t theirs;
    int r;

    r = cursor_wait(peer, s->theirs, s->spin_ns);
    if (r < 0)
        return r;
    theirs = cursor_read(&peer->at);
    if (under_way(s, theirs) > s->depth)
        return -EPROTO;
    s->theirs = theirs;
    return 0;
}

static unsigned char *slot_of(const struct state *s, uint64_t number)
{
    return s->memory + number % s->depth * s->slot_size;
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;
    int r;

    (void)size;
    while (under_way(s, s->theirs) == s->depth) {
        r = see_peer(s);
        if (r < 0)
            return r;
    }
    *ret_block = slot_of(s, s->mine) + VM_SLOT_FRAME;
    return 0;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;
    struct vm_entry *entry = &s->page->entry[s->mine % VM_PAGE_SLOTS];
    unsigned char *slot = slot_of(s, s->mine);

    vm_slot_tag(slot, size, s->seed + s->mine);
    atomic_store_explicit(&entry->address, (uintptr_t)slot,
                          memory_order_relaxed);
    atomic_store_explicit(&entry->size, size, memory_order_relaxed);
    cursor_move(&s->page->sent, ++s->mine);
    return 0;
}

/* A pid in the page is a number that anybody may have: whose it is, the record
 * says. The tags say of each frame that it was this sender's. */
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

/* Reads a frame and its tags out of the sender's memory. */
static int read_slot(const struct state *s, uint64_t address, size_t size)
{
    const size_t whole = size + 2 * VM_SLOT_TAG;
    struct iovec to = { s->memory + VM_SLOT_TAGGED, whole };
    struct iovec from = { (void *)(uintptr_t)(address + VM_SLOT_TAGGED),
                          whole };
    ssize_t n;

    n = process_vm_readv(s->partner.process.pid, &to, 1, &from, 1, 0);
    if (n < 0 && errno == EFAULT)
        return -EPROTO;
    if (n < 0)
        return errno == ESRCH ? -EPIPE : -errno;
    if ((size_t)n != whole || !vm_slot_has(s->memory, size, s->seed + s->mine))
        return -EPROTO;
    return 0;
}

/* With the copy made the sender's slot is free: release has nothing to do. */
static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    const struct vm_entry *entry = &s->page->entry[s->mine % VM_PAGE_SLOTS];
    uint64_t address, size;
    int r;

    while (under_way(s, s->theirs) == 0) {
        r = see_peer(s);
        if (r < 0)
            return r;
    }
    address = atomic_load_explicit(&entry->address, memory_order_relaxed);
    size = atomic_load_explicit(&entry->size, memory_order_relaxed);
    if (size == 0 || size > s->frame_max)
        return -EPROTO;
    r = know_sender(s);
    if (r == 0)
        r = read_slot(s, address, size);
    if (r < 0)
        return r;
    cursor_move(&s->page->received, ++s->mine);
    *ret_block = s->memory + VM_SLOT_FRAME;
    *ret_size = size;
    return 0;
}

static int release(void *state)
{
    (void)state;
    return 0;
}

/* What was sent lies in this process: it stays until all of it was read. */
static void await_reader(const struct state *s)
{
    const struct timespec pause = { .tv_nsec = 1000000 };

    for (int ms = 0; ms < DETACH_MS; ms++) {
        if (cursor_read(&s->page->received.at) == s->mine)
            return;
        (void)nanosleep(&pause, NULL);
    }
}

static void detach(void *state)
{
    struct state *s = state;

    if (s->page && s->memory && s->sender)
        await_reader(s);
    if (s->memory)
        (void)munmap(s->memory, (s->sender ? s->depth : 1) * s->slot_size);
    s->memory = NULL;
    partner_close(&s->partner);
    vm_page_close(s->page);
    s->page = NULL;
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->made) {
        (void)unlink(s->path);
        partner_forget(s->partner.dir, s->partner.name);
    }
    s->made = false;
}

const struct channel_ops process_vm_channel = {
    .name = "process-vm",
    .summary = "process_vm_readv: the receiver reads the sender's memory",
    .traits = CHANNEL_CAN_SPIN,
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
