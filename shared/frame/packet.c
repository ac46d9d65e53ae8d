/* SPDX-License-Identifier: MIT */
#include "shared/frame/packet.h"

#include "shared/base/bytes.h"

#include <errno.h>
#include <stdlib.h>

enum { ALIGN = 64, FIRST = ALIGN - PACKET_PREFIX };

size_t packet_count(size_t size, size_t packet_size)
{
    return (PACKET_PREFIX + size + packet_size - 1) / packet_size;
}

int packet_open(struct packet *p, size_t frame_max, size_t packet_size)
{
    /* A received packet lands in place, and the last may be announced
     * shorter than the room the receiving call asks for. */
    const size_t capacity = ALIGN + frame_max + packet_size;
    void *memory;

    *p = (struct packet){ .frame_max = frame_max, .packet_size = packet_size };
    if (posix_memalign(&memory, ALIGN, capacity) != 0)
        return -ENOMEM;
    p->buffer = memory;
    return 0;
}

void *packet_loan(struct packet *p)
{
    return p->buffer + ALIGN;
}

void packet_seal(struct packet *p, size_t size)
{
    put_u64(p->buffer + FIRST, size);
    p->whole = PACKET_PREFIX + size;
    p->done = 0;
}

bool packet_next(struct packet *p, const void **ret_part, size_t *ret_size)
{
    if (p->done == p->whole)
        return false;
    *ret_part = p->buffer + FIRST + p->done;
    *ret_size = packet_expected(p);
    p->done += *ret_size;
    return true;
}

void packet_restart(struct packet *p)
{
    p->whole = 0;
    p->done = 0;
}

void *packet_room(struct packet *p)
{
    return p->buffer + FIRST + p->done;
}

size_t packet_expected(const struct packet *p)
{
    size_t left = p->whole - p->done;

    /* Nothing is announced before a frame's first packet. */
    return p->whole == 0 || left > p->packet_size ? p->packet_size : left;
}

int packet_add(struct packet *p, size_t n)
{
    uint64_t size;

    if (p->done == 0) {
        if (n < PACKET_PREFIX)
            return -EPROTO;
        size = get_u64(p->buffer + FIRST);
        if (size == 0 || size > p->frame_max)
            return -EPROTO;
        p->whole = PACKET_PREFIX + size;
    }
    if (n != packet_expected(p))
        return -EPROTO;
    p->done += n;
    return p->done == p->whole;
}

const void *packet_frame(const struct packet *p, size_t *ret_size)
{
    *ret_size = p->whole - PACKET_PREFIX;
    return p->buffer + ALIGN;
}

void packet_close(struct packet *p)
{
    free(p->buffer);
    *p = (struct packet){ 0 };
}
