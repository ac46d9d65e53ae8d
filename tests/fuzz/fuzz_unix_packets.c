/* SPDX-License-Identifier: MIT */
/*
 * fuzz_unix_packets.c -- unix-seqpacket and unix-dgram are sent any packets
 *
 * Bytes        up to eight packets, each its length, u16, and its bytes
 * Must hold    a packet is refused with -EPROTO, or a frame is whole; then a
 *              socket of packets says -EPIPE, and of two healthy messages to
 *              that of datagrams one is received: a frame that a hostile one
 *              began may take the first
 */
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME_MAX = 6000, PACKETS = 8, BUFFER = 4608, HEALTHY = 77 };
enum { VALUE = 0xa5 };

static void send_all(int socket, struct hostile h)
{
    const uint8_t *bytes;
    size_t size;

    for (int i = 0; i < PACKETS && h.left > 0; i++) {
        size = hostile_u16(&h);
        bytes = hostile_some(&h, &size);
        (void)send(socket, bytes, size, MSG_DONTWAIT);
    }
    (void)close(socket);
}

/* Acquires so often at most, and until the error, or the healthy message. */
static void receive_until(struct far_end *f, int most, int error)
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
        if (error == 0 && size == HEALTHY && *(const uint8_t *)block == VALUE)
            return;
        fuzz_require(far_end_release(f) == 0);
    }
    fuzz_fail("it comes to an end", __FILE__, __LINE__);
}

int fuzz_unix_seqpacket(const uint8_t *data, size_t size)
{
    struct far_end f;
    int socket;

    if (!far_end_create(&f, "unix-seqpacket", FRAME_MAX, 0, BUFFER))
        return 0;
    socket = far_end_connect(&f, SOCK_SEQPACKET);
    fuzz_require(far_end_attach(&f, true) == 0);
    send_all(socket, (struct hostile){ data, size });
    receive_until(&f, PACKETS + 1, -EPIPE);
    far_end_close(&f);
    return 0;
}

int fuzz_unix_dgram(const uint8_t *data, size_t size)
{
    struct far_end f;

    if (!far_end_create(&f, "unix-dgram", FRAME_MAX, 0, BUFFER))
        return 0;
    fuzz_require(far_end_attach(&f, false) == 0);
    send_all(far_end_connect(&f, SOCK_DGRAM), (struct hostile){ data, size });
    fuzz_require(far_end_send(&f, VALUE, HEALTHY) == 0);
    fuzz_require(far_end_send(&f, VALUE, HEALTHY) == 0);
    receive_until(&f, PACKETS + 2, 0);
    far_end_close(&f);
    return 0;
}
