/* SPDX-License-Identifier: MIT */
/*
 * fuzz_unix_fd.c -- unix-fd is sent packets and descriptors of any kind
 *
 * Bytes        u8: whether each message has a memory of its own; then up to
 *              eight packets: u8, its length; u64, the index, and u64,
 *              the size that stand in it; u8: how many descriptors come with
 *              it, and for each u8: what it is
 * Must hold    a packet is refused with -EPROTO, and must be where it is not
 *              16 bytes that name a slot and a size, or what is lent can be
 *              read to its end, whatever its owner does to it; then comes
 *              -EPIPE; every descriptor that came is closed
 */
#include "shared/base/bytes.h"
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME_MAX = 5000, DEPTH = 4, PACKETS = 8, FDS_MAX = 6 };
enum {
    PACKET_MAX = 40,
    WHOLE = 16,
    SHORT = 10,
    SIZES = F_SEAL_SHRINK | F_SEAL_GROW
};
enum { SEALED, FINISHED, UNSEALED, GROWS, SHORT_ONE, EMPTY, OTHERS };

static int make_memory(off_t size, int seals)
{
    int fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    fuzz_require(fd >= 0 && ftruncate(fd, size) == 0);
    fuzz_require(seals == 0 || fcntl(fd, F_ADD_SEALS, seals) == 0);
    return fd;
}

static int make_fd(unsigned kind)
{
    int ends[2];

    switch (kind % (OTHERS + 3)) {
    case SEALED:
        return make_memory(FRAME_MAX + SHORT, SIZES);
    case FINISHED:
        return make_memory(FRAME_MAX, SIZES | F_SEAL_WRITE);
    case UNSEALED:
        return make_memory(FRAME_MAX, 0);
    case GROWS:
        return make_memory(FRAME_MAX, F_SEAL_SHRINK);
    case SHORT_ONE:
        return make_memory(SHORT, SIZES);
    case EMPTY:
        return make_memory(0, SIZES);
    case OTHERS:
        return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    case OTHERS + 1:
        return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    default:
        fuzz_require(pipe2(ends, O_CLOEXEC) == 0);
        (void)close(ends[1]);
        return ends[0];
    }
}

/* Returns whether it may be a message: then the size that it names, else 0. */
static uint64_t send_packet(int socket, struct hostile *h, size_t depth)
{
    unsigned char bytes[PACKET_MAX] = { 0 };
    struct iovec part = { bytes, hostile_u8(h) % PACKET_MAX };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    union {
        char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
        struct cmsghdr aligned;
    } control = { { 0 } };
    int fds[FDS_MAX];
    size_t count;

    put_u64(bytes, hostile_u64(h));
    put_u64(bytes + 8, hostile_u64(h));
    count = hostile_u8(h) % (FDS_MAX + 1);
    for (size_t i = 0; i < count; i++)
        fds[i] = make_fd(hostile_u8(h));
    if (count > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        control.aligned.cmsg_level = SOL_SOCKET;
        control.aligned.cmsg_type = SCM_RIGHTS;
        control.aligned.cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(&control.aligned), fds, count * sizeof(int));
    }
    fuzz_require(sendmsg(socket, &message, 0) >= 0);
    for (size_t i = 0; i < count; i++)
        (void)close(fds[i]);
    return part.iov_len == WHOLE && get_u64(bytes) < depth ? get_u64(bytes + 8)
                                                           : 0;
}

/* sizes: those that the packets name, in the same order. */
static void receive_all(struct far_end *f, const uint64_t sizes[static PACKETS])
{
    const void *block;
    size_t size;
    int r = 0;

    for (int i = 0; i <= PACKETS && r != -EPIPE; i++) {
        r = far_end_acquire(f, &block, &size);
        fuzz_require(r == 0 || r == -EPROTO || r == -EPIPE);
        if (r < 0)
            continue;
        fuzz_require(i < PACKETS && size == sizes[i]);
        fuzz_require(far_end_release(f) == 0);
    }
    fuzz_require(r == -EPIPE);
}

int fuzz_unix_fd(const uint8_t *data, size_t size)
{
    struct hostile h = { data, size };
    const size_t options[CHANNEL_OPTIONS_MAX] = { hostile_u8(&h) & 1 };
    uint64_t sizes[PACKETS] = { 0 };
    struct far_end f;
    int socket;

    if (!far_end_create(&f, "unix-fd", FRAME_MAX, DEPTH, options))
        return 0;
    socket = far_end_connect(&f, SOCK_SEQPACKET);
    fuzz_require(far_end_attach(&f, true) == 0);
    for (int i = 0; i < PACKETS && h.left > 0; i++)
        sizes[i] = send_packet(socket, &h, f.config.depth);
    (void)close(socket);
    receive_all(&f, sizes);
    far_end_close(&f);
    return 0;
}
