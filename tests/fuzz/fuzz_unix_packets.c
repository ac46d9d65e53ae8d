/* SPDX-License-Identifier: MIT */
/*
 * fuzz_unix_packets.c -- unix-seqpacket and unix-dgram are sent any packets
 *
 * Bytes        up to eight packets, each its length, u16, and its bytes
 * Must hold    a packet is refused with -EPROTO, or a frame is whole, and is
 *              what was sent behind its size; then a socket of packets says
 *              -EPIPE, and of two healthy messages to that of datagrams one is
 *              received: a frame that a hostile one began may take the first
 */
#include "shared/base/bytes.h"
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME_MAX = 6000, PACKETS = 8, BUFFER = 4608, HEALTHY = 77 };
enum { PREFIX = 8, VALUE = 0xa5 };

/* All that was sent, one packet behind the other. */
struct wire {
    uint8_t bytes[PACKETS * UINT16_MAX + 2 * (PREFIX + HEALTHY)];
    size_t size;
};

static void note(struct wire *wire, const void *bytes, size_t size)
{
    memcpy(wire->bytes + wire->size, bytes, size);
    wire->size += size;
}

static void send_all(int socket, struct hostile h, struct wire *wire)
{
    const uint8_t *bytes;
    size_t size;

    for (int i = 0; i < PACKETS && h.left > 0; i++) {
        size = hostile_u16(&h);
        bytes = hostile_some(&h, &size);
        if (send(socket, bytes, size, MSG_DONTWAIT) >= 0)
            note(wire, bytes, size);
    }
    (void)close(socket);
}

static void send_healthy(struct far_end *f, struct wire *wire)
{
    uint8_t bytes[PREFIX + HEALTHY];

    put_u64(bytes, HEALTHY);
    memset(bytes + PREFIX, VALUE, HEALTHY);
    fuzz_require(far_end_send(f, VALUE, HEALTHY) == 0);
    note(wire, bytes, sizeof(bytes));
}

/* Whether it is there, behind its size. */
static bool was_sent(const struct wire *wire, const void *frame, size_t size)
{
    uint8_t bytes[PREFIX + FRAME_MAX];

    put_u64(bytes, size);
    memcpy(bytes + PREFIX, frame, size);
    return memmem(wire->bytes, wire->size, bytes, PREFIX + size);
}

/* Acquires so often at most, and until the error, or the healthy message. */
static void receive_until(struct far_end *f, const struct wire *wire, int most,
                          int error)
{
    const void *block;
    size_t size;
    int r;

    for (int i = 0; i < most; i++) {
        r = far_end_acquire(f, &block, &size);
        if (r < 0 && r == error)
            return;
        fuzz_require(r == 0 || r == -EPROTO);
        if (r < 0)
            continue;
        fuzz_require(was_sent(wire, block, size));
        if (error == 0 && size == HEALTHY && *(const uint8_t *)block == VALUE)
            return;
        fuzz_require(far_end_release(f) == 0);
    }
    fuzz_fail("it comes to an end", __FILE__, __LINE__);
}

int fuzz_unix_seqpacket(const uint8_t *data, size_t size)
{
    static struct wire wire;
    struct far_end f;
    int socket;

    if (!far_end_create(&f, "unix-seqpacket", FRAME_MAX, 0, BUFFER))
        return 0;
    wire.size = 0;
    socket = far_end_connect(&f, SOCK_SEQPACKET);
    fuzz_require(far_end_attach(&f, true) == 0);
    send_all(socket, (struct hostile){ data, size }, &wire);
    receive_until(&f, &wire, PACKETS + 1, -EPIPE);
    far_end_close(&f);
    return 0;
}

int fuzz_unix_dgram(const uint8_t *data, size_t size)
{
    static struct wire wire;
    struct far_end f;

    if (!far_end_create(&f, "unix-dgram", FRAME_MAX, 0, BUFFER))
        return 0;
    wire.size = 0;
    fuzz_require(far_end_attach(&f, false) == 0);
    send_all(far_end_connect(&f, SOCK_DGRAM), (struct hostile){ data, size },
             &wire);
    send_healthy(&f, &wire);
    send_healthy(&f, &wire);
    receive_until(&f, &wire, PACKETS + 2, 0);
    far_end_close(&f);
    return 0;
}
