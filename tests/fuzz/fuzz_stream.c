/* SPDX-License-Identifier: MIT */
/*
 * fuzz_stream.c -- frames out of a byte stream, however it is cut
 *
 * Bytes        u8: the largest frame; four u8: the lengths of the first pieces
 *              that arrive; then the stream. It arrives in those pieces, and
 *              once more all at once.
 * Must hold    the frames are those that a plain reading of the stream gives,
 *              and so is the error behind the last: -EPIPE, or -EPROTO for a
 *              size of 0 or above the largest frame
 */
#include "shared/base/bytes.h"
#include "shared/frame/stream.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECES = 4, BYTES_MAX = 16384, FRAME_STEP = 61 };

/* One read(2) does not go beyond a piece, since a descriptor comes with it. */
static void send_piece(int fd, const uint8_t *bytes, size_t size)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control = { { 0 } };
    struct iovec part = { (void *)(uintptr_t)bytes, size };
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control.bytes),
    };

    if (size == 0)
        return;
    control.aligned.cmsg_level = SOL_SOCKET;
    control.aligned.cmsg_type = SCM_RIGHTS;
    control.aligned.cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(&control.aligned), &fd, sizeof(fd));
    fuzz_require(sendmsg(fd, &message, 0) == (ssize_t)size);
}

/* Reads one frame where it must be; returns what the receiver must say. */
static int expect(struct hostile *wire, size_t frame_max,
                  const uint8_t **ret_frame, size_t *ret_size)
{
    uint64_t size;

    if (wire->left < STREAM_PREFIX)
        return -EPIPE;
    size = hostile_u64(wire);
    if (size == 0 || size > frame_max)
        return -EPROTO;
    *ret_size = size;
    *ret_frame = hostile_some(wire, ret_size);
    return *ret_size == size ? 0 : -EPIPE;
}

static void receive_all(int fd, struct hostile wire, size_t frame_max)
{
    const uint8_t *expected = NULL;
    size_t expected_size = 0, size;
    const void *frame;
    struct stream s;
    int r;

    fuzz_require(stream_open(&s, fd, frame_max, 0) == 0);
    do {
        r = expect(&wire, frame_max, &expected, &expected_size);
        fuzz_require(stream_receive(&s, &frame, &size) == r);
        if (r == 0) {
            fuzz_require(size == expected_size);
            fuzz_require(memcmp(frame, expected, size) == 0);
        }
    } while (r == 0);
    stream_close(&s);
}

static void cross(struct hostile wire, size_t frame_max,
                  const size_t cuts[static PIECES])
{
    struct hostile rest = wire;
    const uint8_t *piece;
    int ends[2];
    size_t size;

    fuzz_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    for (int i = 0; i < PIECES; i++) {
        size = cuts[i];
        piece = hostile_some(&rest, &size);
        send_piece(ends[0], piece, size);
    }
    send_piece(ends[0], rest.at, rest.left);
    (void)close(ends[0]);
    receive_all(ends[1], wire, frame_max);
    (void)close(ends[1]);
}

int fuzz_stream(const uint8_t *data, size_t size)
{
    static const size_t uncut[PIECES];
    struct hostile h = { data, size };
    size_t frame_max = 1 + FRAME_STEP * hostile_u8(&h), cuts[PIECES];

    for (int i = 0; i < PIECES; i++)
        cuts[i] = hostile_u8(&h);
    if (h.left > BYTES_MAX)
        return 0;
    cross(h, frame_max, cuts);
    cross(h, frame_max, uncut);
    return 0;
}
