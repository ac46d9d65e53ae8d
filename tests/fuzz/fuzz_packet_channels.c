/* SPDX-License-Identifier: MIT */
/*
 * fuzz_packet_channels.c -- unix-seqpacket, unix-dgram, posix-mq and sysv-mq
 * are sent any packets
 *
 * Bytes        up to eight packets, each its length, u16, and its bytes; to a
 *              queue up to six, of at most 100 bytes
 * Must hold    a packet is refused with -EPROTO, or a frame is whole, and is
 *              what was sent behind its size; then a socket of packets says
 *              -EPIPE, and of two healthy messages to the others one is
 *              received: a frame that a hostile one began may take the first.
 *              A message that is too long for sysv-mq stays: all is refused
 */
#include "ipc/channel_config.h"
#include "shared/base/bytes.h"
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME_MAX = 6000, PACKETS = 8, BUFFER = 4608, HEALTHY = 77 };
enum { PREFIX = 8, VALUE = 0xa5 };
enum { QUEUED = 6, QUEUE_MESSAGE = 64, QUEUED_MAX = 100 };

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

typedef bool send_fn(int fd, const uint8_t *bytes, size_t size);

static bool send_to_socket(int fd, const uint8_t *bytes, size_t size)
{
    return send(fd, bytes, size, MSG_DONTWAIT) >= 0;
}

static bool send_to_posix_mq(int fd, const uint8_t *bytes, size_t size)
{
    return mq_send(fd, (const char *)bytes, size, 0) == 0;
}

static bool send_to_sysv_mq(int fd, const uint8_t *bytes, size_t size)
{
    struct {
        long type;
        uint8_t bytes[QUEUED_MAX];
    } message = { .type = 1 + (long)size };

    if (size > QUEUED_MAX)
        return false;
    memcpy(message.bytes, bytes, size);
    return msgsnd(fd, &message, size, IPC_NOWAIT) == 0;
}

/* Returns the largest packet that went. */
static size_t send_all(int fd, struct hostile h, int most, send_fn *send_one,
                       struct wire *wire)
{
    size_t size, largest = 0;
    const uint8_t *bytes;

    wire->size = 0;
    for (int i = 0; i < most && h.left > 0; i++) {
        size = hostile_u16(&h);
        bytes = hostile_some(&h, &size);
        if (!send_one(fd, bytes, size))
            continue;
        note(wire, bytes, size);
        largest = size > largest ? size : largest;
    }
    return largest;
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
    static const size_t options[CHANNEL_OPTIONS_MAX] = { BUFFER };
    static struct wire wire;
    struct far_end f;
    int fd;

    if (!far_end_create(&f, "unix-seqpacket", FRAME_MAX, 0, options))
        return 0;
    fd = far_end_connect(&f, SOCK_SEQPACKET);
    fuzz_require(far_end_attach(&f, true) == 0);
    (void)send_all(fd, (struct hostile){ data, size }, PACKETS, send_to_socket,
                   &wire);
    (void)close(fd);
    receive_until(&f, &wire, PACKETS + 1, -EPIPE);
    far_end_close(&f);
    return 0;
}

int fuzz_unix_dgram(const uint8_t *data, size_t size)
{
    static const size_t options[CHANNEL_OPTIONS_MAX] = { BUFFER };
    static struct wire wire;
    struct far_end f;
    int fd;

    if (!far_end_create(&f, "unix-dgram", FRAME_MAX, 0, options))
        return 0;
    fuzz_require(far_end_attach(&f, false) == 0);
    fd = far_end_connect(&f, SOCK_DGRAM);
    (void)send_all(fd, (struct hostile){ data, size }, PACKETS, send_to_socket,
                   &wire);
    (void)close(fd);
    send_healthy(&f, &wire);
    send_healthy(&f, &wire);
    receive_until(&f, &wire, PACKETS + 2, 0);
    far_end_close(&f);
    return 0;
}

int fuzz_posix_mq(const uint8_t *data, size_t size)
{
    static const size_t options[CHANNEL_OPTIONS_MAX] = { 0, QUEUE_MESSAGE };
    static struct wire wire;
    char name[CHANNEL_NAME_MAX];
    struct far_end f;
    mqd_t queue;

    if (!far_end_create(&f, "posix-mq", FRAME_MAX, 0, options))
        return 0;
    fuzz_require(far_end_attach(&f, false) == 0);
    channel_global_name(&f.config, name);
    queue = mq_open(name, O_WRONLY | O_NONBLOCK);
    fuzz_require(queue >= 0);
    (void)send_all(queue, (struct hostile){ data, size }, QUEUED,
                   send_to_posix_mq, &wire);
    (void)mq_close(queue);
    send_healthy(&f, &wire);
    send_healthy(&f, &wire);
    receive_until(&f, &wire, QUEUED + 4, 0);
    far_end_close(&f);
    return 0;
}

int fuzz_sysv_mq(const uint8_t *data, size_t size)
{
    static const size_t options[CHANNEL_OPTIONS_MAX] = { 0, QUEUE_MESSAGE };
    static struct wire wire;
    const void *block;
    struct far_end f;
    size_t largest;
    int queue;

    if (!far_end_create(&f, "sysv-mq", FRAME_MAX, 0, options))
        return 0;
    fuzz_require(far_end_attach(&f, false) == 0);
    queue = msgget(channel_global_key(&f.config), 0);
    fuzz_require(queue >= 0);
    largest = send_all(queue, (struct hostile){ data, size }, QUEUED,
                       send_to_sysv_mq, &wire);
    send_healthy(&f, &wire);
    send_healthy(&f, &wire);
    if (largest <= QUEUE_MESSAGE)
        receive_until(&f, &wire, QUEUED + 4, 0);
    for (int i = 0; largest > QUEUE_MESSAGE && i < QUEUED; i++)
        if (far_end_acquire(&f, &block, &size) == 0)
            fuzz_require(was_sent(&wire, block, size));
    far_end_close(&f);
    return 0;
}
