/* SPDX-License-Identifier: MIT */
#include "sockets/unix_fd_slots.h"

#include "shared/base/fd.h"

#include <errno.h>
#include <sys/socket.h>

enum {
    FEW = 3, /* of large frames: another one would not stay in a cache */
    LARGE = 256 << 10, /* bytes that are worth a call to find them in a cache */
};

size_t unix_fd_slot_count(size_t depth)
{
    const size_t slots = depth > FEW ? depth + depth / 2 : depth;

    return slots < UNIX_FD_SLOTS_MAX ? slots : UNIX_FD_SLOTS_MAX;
}

size_t unix_fd_kept_back(size_t slots)
{
    return slots > FEW ? slots / 3 : 0;
}

static int take_back(struct unix_fd_slots *s, int socket, int flags)
{
    struct memfd_packet packet;
    int r;

    r = memfd_receive(socket, flags, &packet, NULL);
    if (r < 0)
        return r;
    if (packet.index == 0 || (packet.index & ~s->busy))
        return -EPROTO;
    s->busy &= ~packet.index;
    return 0;
}

static size_t first_free(const struct unix_fd_slots *s)
{
    size_t i = 0;

    while (i < s->depth && s->busy >> i & 1)
        i++;
    return i;
}

/* Whether it is to be used, rather than one that may have come back: of large
 * slots no more are made than are needed. */
static bool is_good(const struct unix_fd_slots *s, size_t slot)
{
    return slot < s->depth &&
           (s->slot[slot].bytes || s->fresh || s->frame_max < LARGE);
}

int unix_fd_find_slot(struct unix_fd_slots *s, int socket)
{
    size_t slot;
    int r;

    for (;;) {
        slot = first_free(s);
        if (is_good(s, slot))
            return (int)slot;
        r = take_back(s, socket, slot < s->depth ? MSG_DONTWAIT : 0);
        if (r == -EAGAIN)
            return (int)slot;
        if (r < 0)
            return r;
    }
}

int unix_fd_take_slot(struct unix_fd_slots *s,
                      const struct memfd_packet *packet, int passed)
{
    struct memfd *slot = &s->slot[packet->index % UNIX_FD_SLOTS_MAX];
    int r = 0;

    if (packet->index >= s->depth || packet->size == 0 ||
        packet->size > s->frame_max || (slot->bytes && passed)) {
        fd_close(&passed);
        return -EPROTO;
    }
    if (passed)
        r = memfd_adopt(slot, passed, packet->size, s->fresh);
    if (r < 0)
        return r;
    return packet->size > slot->size ? -EPROTO : 0;
}
