/* SPDX-License-Identifier: MIT */
/*
 * fuzz_packet.c -- a frame out of packets of any length
 *
 * Bytes        u8: the largest frame; u8: the size of a packet; then packets,
 *              each its length, u8, and its bytes
 * Must hold    every packet is taken or refused with -EPROTO; what is whole is
 *              not 0 bytes, not above the largest frame, and what its packets
 *              held; cut again it gives the same packets; after a refusal the
 *              next frame is taken
 */
#include "shared/base/bytes.h"
#include "shared/frame/packet.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_MAX = 256, PACKETS_MAX = 64 };

struct receiver {
    struct packet packet;
    unsigned char wire[PACKET_PREFIX + FRAME_MAX]; /* of this frame, so far */
    size_t done;
};

/* What is whole is cut as it came. */
static void check_whole(struct receiver *r)
{
    struct packet *p = &r->packet, sender;
    size_t size = 0, part_size, at = 0;
    const void *frame = packet_frame(p, &size), *part;

    fuzz_require(size > 0 && size <= p->frame_max);
    fuzz_require(r->done == PACKET_PREFIX + size);
    fuzz_require(get_u64(r->wire) == size);
    fuzz_require(memcmp(frame, r->wire + PACKET_PREFIX, size) == 0);
    fuzz_require(packet_open(&sender, p->frame_max, p->packet_size) == 0);
    memcpy(packet_loan(&sender), frame, size);
    packet_seal(&sender, size);
    while (packet_next(&sender, &part, &part_size)) {
        fuzz_require(at + part_size <= r->done);
        fuzz_require(memcmp(part, r->wire + at, part_size) == 0);
        at += part_size;
    }
    fuzz_require(at == r->done);
    packet_close(&sender);
}

static void restart(struct receiver *r)
{
    packet_restart(&r->packet);
    r->done = 0;
}

/* As recv(2) with MSG_TRUNC does it: all of the room may be written, and the
 * length may be more than that. */
static int take(struct receiver *r, const uint8_t *bytes, size_t n)
{
    const size_t room = r->packet.packet_size;
    const size_t fit = n < room ? n : room;
    int result;

    memset(packet_room(&r->packet), 0xaa, room);
    memcpy(packet_room(&r->packet), bytes, fit);
    result = packet_add(&r->packet, n);
    fuzz_require(result == 0 || result == 1 || result == -EPROTO);
    if (result >= 0) {
        fuzz_require(n <= room && r->done + n <= sizeof(r->wire));
        memcpy(r->wire + r->done, bytes, n);
        r->done += n;
    }
    if (result == 1)
        check_whole(r);
    if (result != 0)
        restart(r);
    return result;
}

static void take_a_good_one(struct receiver *r)
{
    const size_t size = r->packet.frame_max;
    struct packet sender;
    const void *part;
    size_t part_size;
    int result = 0;

    restart(r);
    fuzz_require(packet_open(&sender, size, r->packet.packet_size) == 0);
    memset(packet_loan(&sender), 0x55, size);
    packet_seal(&sender, size);
    while (packet_next(&sender, &part, &part_size)) {
        fuzz_require(result == 0);
        result = take(r, part, part_size);
    }
    fuzz_require(result == 1);
    packet_close(&sender);
}

int fuzz_packet(const uint8_t *data, size_t size)
{
    struct hostile h = { data, size };
    const size_t frame_max = 1 + hostile_u8(&h);
    const size_t packet_size = PACKET_PREFIX + hostile_u8(&h) % FRAME_MAX;
    struct receiver r = { .done = 0 };
    const uint8_t *bytes;
    size_t n;

    fuzz_require(packet_open(&r.packet, frame_max, packet_size) == 0);
    packet_restart(&r.packet);
    for (int i = 0; i < PACKETS_MAX && h.left > 0; i++) {
        n = hostile_u8(&h);
        bytes = hostile_some(&h, &n);
        (void)take(&r, bytes, n);
    }
    take_a_good_one(&r);
    packet_close(&r.packet);
    return 0;
}
