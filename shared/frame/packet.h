/* SPDX-License-Identifier: MIT */
/*
 * packet.h -- whole frames over small messages
 *
 * Where a mechanism's message is smaller than a frame, the frame travels in
 * packets: its size, a little-endian u64, and its bytes, cut into pieces of
 * packet_size; only the last may be shorter. The packets of one frame arrive
 * in order, and those of two frames never mix: the mechanism sees to that.
 *
 * Sending:    memory = packet_loan(p)          build the frame
 *             packet_seal(p, size)
 *             while (packet_next(p, &part, &part_size)) send it
 *
 * Receiving:  packet_restart(p)
 *             do {
 *                 receive up to packet_size bytes into packet_room(p)
 *                 r = packet_add(p, n)         0: more to come
 *             } while (r == 0)                 1: whole; negative: refused
 *             frame = packet_frame(p, &size)
 */
#ifndef SHARED_FRAME_PACKET_H
#define SHARED_FRAME_PACKET_H

#include <stdbool.h>
#include <stddef.h>

enum { PACKET_PREFIX = 8 }; /* bytes of a frame's size, before the frame */

struct packet {
    unsigned char *buffer; /* owned */
    size_t frame_max;
    size_t packet_size;
    size_t whole; /* bytes of the sealed or announced frame, prefix included */
    size_t done;  /* of them, cut or received */
};

/* packet_count returns how many packets a frame of size bytes takes. */
size_t packet_count(size_t size, size_t packet_size);

/* packet_open: -ENOMEM. packet_size is at least PACKET_PREFIX. */
int packet_open(struct packet *p, size_t frame_max, size_t packet_size);

/* packet_loan returns memory for the next frame: frame_max bytes aligned to
 * 64, valid until packet_seal and its last packet_next. */
void *packet_loan(struct packet *p);
void packet_seal(struct packet *p, size_t size);
bool packet_next(struct packet *p, const void **ret_part, size_t *ret_size);

void packet_restart(struct packet *p);
/* packet_room returns where the next packet goes: packet_size bytes. */
void *packet_room(struct packet *p);
/* packet_expected returns the length of the next packet, where messages have
 * one length and do not tell it; of a frame's first, the most it can have. */
size_t packet_expected(const struct packet *p);
/* packet_add takes note of n received bytes: 1 when the frame is whole, 0
 * when not yet, -EPROTO for a piece of the wrong length or a frame's size
 * that is 0 or above frame_max. */
int packet_add(struct packet *p, size_t n);
/* packet_frame lends the whole frame, valid until packet_restart. */
const void *packet_frame(const struct packet *p, size_t *ret_size);

/* packet_close frees the buffer; safe on a zeroed packet. */
void packet_close(struct packet *p);

#endif
