/* SPDX-License-Identifier: MIT */
/*
 * unix_fd.c -- memory passed over a Unix domain socket, as descriptors
 *
 * Rendezvous   a socket's path in the private directory, to connect to
 * Framing      one message a memfd; its index and size travel in a packet
 * Copies       0: the receiver maps what the sender wrote
 * Waiting      recv(2), for the packet that names a job or gives slots back
 * End          closing the sender's socket: end of file, here a dead sender
 * Limits       1.5 x depth frames of memory, 64 slots at most
 * Leftovers    the path, until unlink(2); memory goes with its last descriptor
 * Trust        SO_PEERCRED, the session; seals; the sender can still write
 * Manual       memfd_create(2), unix(7), fcntl(2)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "shared/base/fd.h"
#include "shared/net/unix_socket.h"
#include "sockets/unix_fd_meeting.h"
#include "sockets/unix_fd_memory.h"
#include "sockets/unix_fd_slots.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRESH_MEMFD }; /* options */

struct state {
    int listener; /* until the connection stands */
    int fd;
    struct sockaddr_un address;
    bool created; /* the path, by this process */
    bool fresh;   /* a new memfd for each message, which nobody can write */
    size_t frame_max;
    size_t depth;
    struct memfd slot[UNIX_FD_SLOTS_MAX];
    size_t loan;   /* index of the slot */
    uint64_t busy; /* sender: slots on loan or with the receiver, a bit each */
    uint64_t read; /* receiver: slots to be given back */
};

static const struct channel_option options[] = {
    [FRESH_MEMFD] = { "fresh-memfd", "1: a new, sealed memfd for each job",
                      .most = 1 },
    { 0 },
};

static int find_address(struct state *s, const struct channel_config *config)
{
    char path[PATH_MAX];
    int r;

    r = channel_path(config, ".sock", path);
    return r < 0 ? r : unix_address(path, &s->address);
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    int r;

    r = find_address(s, config);
    if (r == 0)
        r = unix_fd_listen(&s->address, &s->listener);
    if (r < 0)
        return r;
    s->created = true;
    ret_effective->options[FRESH_MEMFD] = config->options[FRESH_MEMFD];
    ret_effective->depth = unix_fd_slots(config->depth);
    ret_effective->frames_held =
        ret_effective->depth - unix_fd_kept_back(ret_effective->depth);
    return 0;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    int r;

    if (config->depth > UNIX_FD_SLOTS_MAX)
        return -EPROTO;
    s->fresh = config->options[FRESH_MEMFD] != 0;
    s->frame_max = config->frame_max;
    s->depth = config->depth;
    if (end->owner)
        return unix_fd_accept(&s->listener, config->seed, &s->fd);
    /* Kept open, this copy would hide the owner's death. */
    fd_close(&s->listener);
    r = find_address(s, config);
    return r < 0 ? r : unix_fd_connect(&s->address, config->seed, &s->fd);
}

static int take_back(struct state *s, int flags)
{
    struct memfd_packet packet;
    int r;

    r = memfd_receive(s->fd, flags, &packet, NULL);
    if (r < 0)
        return r;
    if (packet.index == 0 || (packet.index & ~s->busy))
        return -EPROTO;
    s->busy &= ~packet.index;
    return 0;
}

static size_t first_free(const struct state *s)
{
    size_t i = 0;

    while (i < s->depth && s->busy >> i & 1)
        i++;
    return i;
}

/* Whether it is to be used, rather than one that may have come back: of large
 * slots no more are made than are needed. */
static bool is_good(const struct state *s, size_t slot)
{
    return slot < s->depth &&
           (s->slot[slot].bytes || s->fresh || s->frame_max < UNIX_FD_LARGE);
}

/* A slot that is not with the receiver; waits until it gives some back. */
static int find_slot(struct state *s)
{
    size_t slot;
    int r;

    for (;;) {
        slot = first_free(s);
        if (is_good(s, slot))
            return (int)slot;
        r = take_back(s, slot < s->depth ? MSG_DONTWAIT : 0);
        if (r == -EAGAIN)
            return (int)slot;
        if (r < 0)
            return r;
    }
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;
    struct memfd *slot;
    int r;

    r = find_slot(s);
    if (r < 0)
        return r;
    slot = &s->slot[r];
    s->loan = (size_t)r;
    if (!slot->bytes) {
        r = memfd_make(slot, s->fresh ? size : s->frame_max);
        if (r < 0)
            return r;
    }
    *ret_block = slot->bytes;
    return 0;
}

/* The descriptor goes along the first time; after that the index says which. */
static int commit(void *state, size_t size)
{
    struct state *s = state;
    struct memfd *slot = &s->slot[s->loan];
    const struct memfd_packet packet = { .index = s->loan, .size = size };
    int r = 0;

    if (s->fresh)
        r = memfd_finish(slot);
    if (r < 0)
        return r;
    s->busy |= UINT64_C(1) << s->loan;
    return memfd_send(s->fd, &packet, slot);
}

/* In one packet. A sender that has gone needs no slot back. */
static int give_back(struct state *s)
{
    const struct memfd_packet packet = { .index = s->read };
    int r;

    if (s->read == 0)
        return 0;
    s->read = 0;
    r = memfd_send(s->fd, &packet, NULL);
    return r == -EPIPE ? 0 : r;
}

/* Whoever has nothing to read owes nothing: the sender may wait for a slot. */
static int receive(struct state *s, struct memfd_packet *ret_packet,
                   int *ret_fd)
{
    int r = -EAGAIN;

    if (s->read)
        r = memfd_receive(s->fd, MSG_DONTWAIT, ret_packet, ret_fd);
    if (r != -EAGAIN)
        return r;
    r = give_back(s);
    return r < 0 ? r : memfd_receive(s->fd, 0, ret_packet, ret_fd);
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    struct memfd_packet packet;
    struct memfd *slot;
    int r, passed = 0;

    r = receive(s, &packet, &passed);
    if (r < 0)
        return r;
    if (packet.index >= s->depth || packet.size == 0 ||
        packet.size > s->frame_max || (s->slot[packet.index].bytes && passed)) {
        fd_close(&passed);
        return -EPROTO;
    }
    slot = &s->slot[packet.index];
    if (passed) {
        r = memfd_adopt(slot, passed, packet.size, s->fresh);
        if (r < 0)
            return r;
    }
    if (packet.size > slot->size)
        return -EPROTO;
    s->loan = packet.index;
    *ret_block = slot->bytes;
    *ret_size = packet.size;
    return 0;
}

/* Slots go back in bunches, since each packet may wake the sender. */
static int release(void *state)
{
    struct state *s = state;

    if (s->fresh)
        memfd_close(&s->slot[s->loan]);
    s->read |= UINT64_C(1) << s->loan;
    if ((size_t)__builtin_popcountll(s->read) <= unix_fd_kept_back(s->depth))
        return 0;
    return give_back(s);
}

static void detach(void *state)
{
    struct state *s = state;

    for (size_t i = 0; i < UNIX_FD_SLOTS_MAX; i++)
        memfd_close(&s->slot[i]);
    fd_close(&s->fd);
    fd_close(&s->listener);
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->created)
        (void)unlink(s->address.sun_path);
    s->created = false;
}

const struct channel_ops unix_fd_channel = {
    .name = "unix-fd",
    .summary = "memfds passed over a Unix domain socket",
    .traits = CHANNEL_SEES_DEATH | CHANNEL_ZERO_COPY,
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
