/* SPDX-License-Identifier: MIT */
#include "ipc/job/pattern.h"
#include "shared/base/bytes.h"
#include "shared/frame/packet.h"
#include "tests/suites.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum { PACKET_MIN = 8, PACKET_MAX = 40, FRAME_MAX = 100 };

/* A part arrives as a mechanism brings it: into the room, which all of
 * packet_size may be written, and with its length. */
static int arrive(struct packet *p, const void *part, size_t size)
{
    memset(packet_room(p), 0xaa, p->packet_size);
    memcpy(packet_room(p), part, size);
    return packet_add(p, size);
}

/* Cuts a frame, holds the pieces against the wire format, puts them together
 * on the other side. */
static void cross(struct packet *sender, struct packet *receiver, size_t size)
{
    unsigned char wire[PACKET_PREFIX + FRAME_MAX];
    const void *part, *frame;
    size_t part_size, done = 0, got = 0, count = 0;
    int r = 0;

    put_u64(wire, size);
    pattern_fill(wire + PACKET_PREFIX, size, size);
    ck_assert_uint_eq((uintptr_t)packet_loan(sender) % 64, 0);
    pattern_fill(packet_loan(sender), size, size);
    packet_seal(sender, size);
    packet_restart(receiver);
    while (packet_next(sender, &part, &part_size)) {
        ck_assert_int_eq(r, 0);
        ck_assert_uint_le(part_size, sender->packet_size);
        ck_assert_mem_eq(part, wire + done, part_size);
        if (done > 0)
            ck_assert_uint_eq(packet_expected(receiver), part_size);
        done += part_size;
        count++;
        ck_assert(part_size == sender->packet_size ||
                  done == PACKET_PREFIX + size);
        r = arrive(receiver, part, part_size);
    }
    ck_assert_int_eq(r, 1);
    ck_assert_uint_eq(done, PACKET_PREFIX + size);
    ck_assert_uint_eq(count, packet_count(size, sender->packet_size));
    frame = packet_frame(receiver, &got);
    ck_assert_uint_eq(got, size);
    ck_assert_uint_eq(pattern_check(frame, size, size), size);
}

START_TEST(test_every_size)
{
    const size_t packet_size = (size_t)_i;
    struct packet sender, receiver;

    ck_assert_int_eq(packet_open(&sender, FRAME_MAX, packet_size), 0);
    ck_assert_int_eq(packet_open(&receiver, FRAME_MAX, packet_size), 0);
    for (size_t size = 1; size <= FRAME_MAX; size++)
        cross(&sender, &receiver, size);
    packet_close(&sender);
    packet_close(&receiver);
}
END_TEST

/* The largest frame is exactly as large as the buffer: a sanitizer sees one
 * byte too many. */
START_TEST(test_every_frame_max)
{
    struct packet sender, receiver;

    for (size_t size = 1; size <= FRAME_MAX; size++) {
        ck_assert_int_eq(packet_open(&sender, size, (size_t)_i), 0);
        ck_assert_int_eq(packet_open(&receiver, size, (size_t)_i), 0);
        cross(&sender, &receiver, size);
        packet_close(&sender);
        packet_close(&receiver);
    }
}
END_TEST

START_TEST(test_count)
{
    ck_assert_uint_eq(packet_count(1, 8), 2);
    ck_assert_uint_eq(packet_count(8, 8), 2);
    ck_assert_uint_eq(packet_count(9, 8), 3);
    ck_assert_uint_eq(packet_count(8184, 8192), 1);
    ck_assert_uint_eq(packet_count(8185, 8192), 2);
}
END_TEST

/* --------------------------------------------------------------- hostile */

enum { PACKET = 16 };

/* A receiver that takes packets of 16 bytes and frames of 100. */
static void open_receiver(struct packet *p)
{
    ck_assert_int_eq(packet_open(p, FRAME_MAX, PACKET), 0);
    packet_restart(p);
}

static void announce(unsigned char part[static PACKET], uint64_t size)
{
    memset(part, 0, PACKET);
    put_u64(part, size);
}

/* After a refusal the receiver is of use again, from a frame's start. */
static void close_good(struct packet *p)
{
    struct packet sender;

    ck_assert_int_eq(packet_open(&sender, FRAME_MAX, PACKET), 0);
    cross(&sender, p, FRAME_MAX);
    packet_close(&sender);
    packet_close(p);
}

START_TEST(test_first_too_short)
{
    unsigned char part[PACKET];
    struct packet p;

    open_receiver(&p);
    announce(part, 20);
    for (size_t n = 0; n < PACKET_PREFIX; n++) {
        packet_restart(&p);
        ck_assert_int_eq(arrive(&p, part, n), -EPROTO);
    }
    close_good(&p);
}
END_TEST

START_TEST(test_announced_size)
{
    static const uint64_t sizes[] = {
        0,
        FRAME_MAX + 1,
        (uint64_t)1 << 32,
        (uint64_t)1 << 63,
        UINT64_MAX,
        UINT64_MAX - 7,
        UINT64_MAX - 8,
        INT64_MAX,
        UINT32_MAX,
        (uint64_t)1 << 63 | 20,
    };
    unsigned char part[PACKET];
    struct packet p;

    open_receiver(&p);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        announce(part, sizes[i]);
        packet_restart(&p);
        ck_assert_int_eq(arrive(&p, part, PACKET), -EPROTO);
        packet_restart(&p);
        ck_assert_int_eq(arrive(&p, part, PACKET_PREFIX), -EPROTO);
    }
    close_good(&p);
}
END_TEST

/* Of a frame of 20 bytes, 28 with its size, the packets have 16 and 12. Every
 * other length, of either, is refused. */
START_TEST(test_wrong_length)
{
    unsigned char part[PACKET];
    struct packet p;

    open_receiver(&p);
    for (size_t n = 0; n <= PACKET; n++) {
        announce(part, 20);
        packet_restart(&p);
        ck_assert_int_eq(arrive(&p, part, n), n == PACKET ? 0 : -EPROTO);
        if (n < PACKET)
            continue;
        for (size_t last = 0; last <= PACKET; last++) {
            packet_restart(&p);
            ck_assert_int_eq(arrive(&p, part, PACKET), 0);
            ck_assert_int_eq(arrive(&p, part, last), last == 12 ? 1 : -EPROTO);
        }
    }
    close_good(&p);
}
END_TEST

/* A short one in the middle, and a first one longer than its frame. */
START_TEST(test_middle_and_overlong)
{
    unsigned char part[PACKET];
    struct packet p;

    open_receiver(&p);
    for (size_t n = 0; n < PACKET; n++) {
        announce(part, 60);
        packet_restart(&p);
        ck_assert_int_eq(arrive(&p, part, PACKET), 0);
        ck_assert_int_eq(arrive(&p, part, n), -EPROTO);
    }
    announce(part, 5);
    packet_restart(&p);
    ck_assert_int_eq(arrive(&p, part, PACKET), -EPROTO);
    packet_restart(&p);
    ck_assert_int_eq(arrive(&p, part, PACKET_PREFIX + 5), 1);
    close_good(&p);
}
END_TEST

START_TEST(test_close_zeroed)
{
    struct packet p = { 0 };

    packet_close(&p);
    packet_close(&p);
}
END_TEST

Suite *packet_suite(void)
{
    Suite *suite = suite_create("packet");
    TCase *tc = tcase_create("packet");

    tcase_add_loop_test(tc, test_every_size, PACKET_MIN, PACKET_MAX + 1);
    tcase_add_loop_test(tc, test_every_frame_max, PACKET_MIN, PACKET_MAX + 1);
    tcase_add_test(tc, test_count);
    tcase_add_test(tc, test_first_too_short);
    tcase_add_test(tc, test_announced_size);
    tcase_add_test(tc, test_wrong_length);
    tcase_add_test(tc, test_middle_and_overlong);
    tcase_add_test(tc, test_close_zeroed);
    suite_add_tcase(suite, tc);
    return suite;
}
