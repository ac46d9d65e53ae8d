/* SPDX-License-Identifier: MIT */
/* Memory passed as a descriptor, and what is refused in its place. */
#include "ipc/channel_config.h"
#include "shared/base/fd.h"
#include "sockets/unix_fd_memory.h"
#include "tests/helpers.h"
#include "tests/sockets.h"
#include "tests/suites.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 5000, PACKET_SIZE = 16 };

static int ends[2]; /* of a socket */
static size_t open_before;

static size_t count_open(void)
{
    DIR *stream = opendir("/proc/self/fd");
    size_t count = 0;

    while (readdir(stream))
        count++;
    (void)closedir(stream);
    return count;
}

static void set_up(void)
{
    ck_assert_int_eq(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    open_before = count_open();
}

/* Whatever was refused was closed. */
static void tear_down(void)
{
    ck_assert_uint_eq(count_open(), open_before);
    fd_close(&ends[0]);
    fd_close(&ends[1]);
}

static void expect_receive(int *ret_fd, uint64_t index, uint64_t size)
{
    struct memfd_packet packet;

    ck_assert_int_eq(memfd_receive(ends[1], 0, &packet, ret_fd), 0);
    ck_assert_uint_eq(packet.index, index);
    ck_assert_uint_eq(packet.size, size);
}

/* A pool's memory goes across once, and what is written later is seen. */
START_TEST(test_pool)
{
    const struct memfd_packet packet = { 7, SIZE };
    struct memfd ours, theirs;
    int fd;

    ck_assert_int_eq(memfd_make(&ours, SIZE), 0);
    ck_assert_int_eq(memfd_send(ends[0], &packet, &ours), 0);
    ck_assert_int_eq(ours.fd, 0);
    expect_receive(&fd, 7, SIZE);
    ck_assert_int_gt(fd, 0);
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(memfd_adopt(&theirs, fd, SIZE, false), 0);
    memset(ours.bytes, 'x', SIZE);
    ck_assert_mem_eq(theirs.bytes, ours.bytes, SIZE);
    ck_assert_int_eq(memfd_send(ends[0], &packet, &ours), 0);
    expect_receive(&fd, 7, SIZE);
    ck_assert_int_eq(fd, 0);
    memfd_close(&ours);
    memfd_close(&theirs);
}
END_TEST

/* What is finished nobody can write, map to write, shorten or lengthen. */
START_TEST(test_finished)
{
    const struct memfd_packet packet = { 0, SIZE };
    struct memfd ours, theirs;
    int fd;

    ck_assert_int_eq(memfd_make(&ours, SIZE), 0);
    memset(ours.bytes, 'x', SIZE);
    ck_assert_int_eq(memfd_finish(&ours), 0);
    ck_assert_ptr_eq(mmap(NULL, SIZE, PROT_WRITE, MAP_SHARED, ours.fd, 0),
                     MAP_FAILED);
    ck_assert_int_lt(pwrite(ours.fd, "y", 1, 0), 0);
    ck_assert_int_lt(ftruncate(ours.fd, 1), 0);
    ck_assert_int_lt(ftruncate(ours.fd, 2 * SIZE), 0);
    ck_assert_int_eq(memfd_send(ends[0], &packet, &ours), 0);
    expect_receive(&fd, 0, SIZE);
    ck_assert_int_eq(memfd_adopt(&theirs, fd, SIZE, true), 0);
    ck_assert_int_eq(*(char *)theirs.bytes, 'x');
    memfd_close(&ours);
    memfd_close(&theirs);
}
END_TEST

static int make_raw(int seals)
{
    int fd = memfd_create("raw", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ftruncate(fd, SIZE), 0);
    ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

START_TEST(test_refused)
{
    const int sizes = F_SEAL_SHRINK | F_SEAL_GROW;
    struct memfd m;
    int pipes[2];

    ck_assert_int_eq(memfd_adopt(&m, make_raw(sizes), SIZE + 1, false),
                     -EPROTO);
    ck_assert_int_eq(memfd_adopt(&m, make_raw(sizes), SIZE, true), -EPROTO);
    ck_assert_int_eq(memfd_adopt(&m, make_raw(F_SEAL_GROW), SIZE, false),
                     -EPROTO);
    ck_assert_int_eq(memfd_adopt(&m, make_raw(F_SEAL_SHRINK), SIZE, false),
                     -EPROTO);
    ck_assert_int_eq(
        memfd_adopt(&m, open("/proc/self/exe", O_RDONLY), 1, false), -EPROTO);
    ck_assert_int_eq(memfd_adopt(&m, open("/", O_RDONLY), 1, false), -EPROTO);
    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(memfd_adopt(&m, pipes[0], 0, false), -EPROTO);
    fd_close(&pipes[1]);
    ck_assert_ptr_null(m.bytes);
}
END_TEST

/* A message as nobody here sends it. */
static void send_raw(size_t size, size_t fds)
{
    unsigned char bytes[2 * PACKET_SIZE] = { 0 };
    union {
        char bytes[CMSG_SPACE(8 * sizeof(int))];
        struct cmsghdr aligned;
    } control = { { 0 } };
    struct iovec part = { bytes, size };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    struct cmsghdr *header;

    message.msg_control = fds ? control.bytes : NULL;
    message.msg_controllen = fds ? CMSG_SPACE(fds * sizeof(int)) : 0;
    header = fds ? CMSG_FIRSTHDR(&message) : NULL;
    if (header) {
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(fds * sizeof(int));
        for (size_t i = 0; i < fds; i++)
            memcpy(CMSG_DATA(header) + i * sizeof(int), &ends[0], sizeof(int));
    }
    ck_assert_int_eq(sendmsg(ends[0], &message, 0), (ssize_t)size);
}

START_TEST(test_wrong_messages)
{
    static const struct {
        size_t size, fds;
    } messages[] = {
        { PACKET_SIZE, 2 }, { PACKET_SIZE, 4 },     { PACKET_SIZE, 7 },
        { 1, 0 },           { PACKET_SIZE - 1, 1 }, { PACKET_SIZE + 1, 1 },
        { 1, 3 },
    };
    struct memfd_packet packet;
    int fd = -1;

    send_raw(messages[_i].size, messages[_i].fds);
    ck_assert_int_eq(memfd_receive(ends[1], 0, &packet, &fd), -EPROTO);
    ck_assert_int_eq(fd, -1);
}
END_TEST

/* Where none may come none is taken. */
START_TEST(test_unwanted)
{
    struct memfd_packet packet;

    send_raw(PACKET_SIZE, 1);
    ck_assert_int_eq(memfd_receive(ends[1], 0, &packet, NULL), -EPROTO);
    send_raw(PACKET_SIZE, 0);
    ck_assert_int_eq(memfd_receive(ends[1], 0, &packet, NULL), 0);
}
END_TEST

START_TEST(test_peer_gone)
{
    const struct memfd_packet packet = { 1, 2 };
    struct memfd_packet got;
    int fd;

    send_raw(PACKET_SIZE, 0);
    ck_assert_int_eq(memfd_send(ends[1], &packet, NULL), 0); /* not read */
    fd_close(&ends[0]);
    open_before--;
    ck_assert_int_eq(memfd_receive(ends[1], 0, &got, &fd), 0);
    ck_assert_int_eq(memfd_receive(ends[1], 0, &got, &fd), -EPIPE);
    ck_assert_int_eq(memfd_send(ends[1], &packet, NULL), -EPIPE);
}
END_TEST

START_TEST(test_nothing_there)
{
    struct memfd_packet got;
    int fd;

    ck_assert_int_eq(memfd_receive(ends[1], MSG_DONTWAIT, &got, &fd), -EAGAIN);
    send_raw(PACKET_SIZE, 0);
    ck_assert_int_eq(memfd_receive(ends[1], MSG_DONTWAIT, &got, &fd), 0);
}
END_TEST

/* ------------------------------------------------------ slots of unix-fd */

extern const struct channel_ops unix_fd_channel;

struct rig {
    char dir[TEST_DIR_MAX];
    void *sender;
    int receiver; /* a bare socket */
};

static void rig_open(struct rig *rig)
{
    const struct channel_end end = { .role = CHANNEL_SENDER, .owner = true };
    struct channel_config config = {
        .dir = rig->dir, .name = "jobs", .frame_max = SIZE, .depth = 3
    };
    struct channel_effective effective;
    char path[PATH_MAX];

    make_test_dir(rig->dir);
    rig->sender = calloc(1, unix_fd_channel.state_size);
    ck_assert_int_eq(unix_fd_channel.create(rig->sender, &config, &effective),
                     0);
    ck_assert_uint_eq(effective.depth, 3);
    config.depth = effective.depth;
    ck_assert_int_eq(channel_path(&config, ".sock", path), 0);
    ck_assert_int_eq(
        unix_call(path, SOCK_SEQPACKET, config.seed, &rig->receiver), 0);
    ck_assert_int_eq(unix_fd_channel.attach(rig->sender, &config, &end), 0);
}

static void rig_close(struct rig *rig)
{
    unix_fd_channel.detach(rig->sender);
    unix_fd_channel.destroy(rig->sender);
    free(rig->sender);
    fd_close(&rig->receiver);
    ck_assert_int_eq(rmdir(rig->dir), 0);
}

static int send_slot(const struct rig *rig)
{
    void *block;
    int r;

    r = unix_fd_channel.reserve(rig->sender, SIZE, &block);
    return r < 0 ? r : unix_fd_channel.commit(rig->sender, SIZE);
}

/* A receiver gives back what it has, several slots in a packet, or is refused.
 * There are three, and it has them all. */
START_TEST(test_slots_back)
{
    static const struct {
        uint64_t slots;
        int sent; /* then */
        int r;    /* of the next, or 0: it would wait */
    } packets[] = {
        { 0x4, 1, 0 },
        { 0x5, 2, 0 },
        { 0x7, 3, 0 },
        { 0, 0, -EPROTO },
        { 0x8, 0, -EPROTO },
        { 0xf, 0, -EPROTO },
        { UINT64_MAX, 0, -EPROTO },
    };
    const struct memfd_packet packet = { packets[_i].slots, 0 };
    struct rig rig = { 0 };

    rig_open(&rig);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(send_slot(&rig), 0);
    ck_assert_int_eq(memfd_send(rig.receiver, &packet, NULL), 0);
    for (int i = 0; i < packets[_i].sent; i++)
        ck_assert_int_eq(send_slot(&rig), 0);
    if (packets[_i].r < 0)
        ck_assert_int_eq(send_slot(&rig), packets[_i].r);
    rig_close(&rig);
}
END_TEST

Suite *memfd_suite(void)
{
    Suite *suite = suite_create("memfd");
    TCase *tc = tcase_create("memfd");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_pool);
    tcase_add_test(tc, test_finished);
    tcase_add_test(tc, test_refused);
    tcase_add_loop_test(tc, test_wrong_messages, 0, 7);
    tcase_add_test(tc, test_unwanted);
    tcase_add_test(tc, test_peer_gone);
    tcase_add_test(tc, test_nothing_there);
    tcase_add_loop_test(tc, test_slots_back, 0, 7);
    suite_add_tcase(suite, tc);
    return suite;
}
