/* SPDX-License-Identifier: MIT */
#include "ipc/job/pattern.h"
#include "shared/base/bytes.h"
#include "shared/frame/stream.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAME_MAX = 100, SMALL = 5, OTHER = 11, READ_AHEAD = 4096 };

/* Puts a frame of the pattern on the wire at *at. */
static void put_frame(unsigned char **at, size_t size, uint64_t id)
{
    put_u64(*at, size);
    pattern_fill(*at + STREAM_PREFIX, size, id);
    *at += STREAM_PREFIX + size;
}

static void expect_frame(struct stream *s, size_t size, uint64_t id)
{
    const void *frame;
    size_t got;

    ck_assert_int_eq(stream_receive(s, &frame, &got), 0);
    ck_assert_uint_eq(got, size);
    ck_assert_uint_eq(pattern_check(frame, size, id), size);
}

static void expect_refusal(struct stream *s, int error)
{
    const void *frame = s;
    size_t size = 77;

    ck_assert_int_eq(stream_receive(s, &frame, &size), error);
    ck_assert_ptr_eq(frame, s);
    ck_assert_uint_eq(size, 77);
}

static void write_whole(int fd, const void *bytes, size_t size)
{
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
}

static void expect_exit(pid_t pid)
{
    int status;

    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}

/* ---------------------------------------------------------- split points */

/* A read brings what one write sent, no more: so the test decides where the
 * byte stream is cut. */
static void open_cut_stream(int fds[2])
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
}

enum { TWO_FRAMES = STREAM_PREFIX + SMALL + STREAM_PREFIX + OTHER };

static void put_two_frames(unsigned char wire[static TWO_FRAMES])
{
    unsigned char *at = wire;

    put_frame(&at, SMALL, 1);
    put_frame(&at, OTHER, 2);
}

/* Two frames, cut at every two places: inside either size, inside either
 * frame, and between. */
START_TEST(test_every_split)
{
    unsigned char wire[TWO_FRAMES];
    struct stream s;
    int fds[2];

    put_two_frames(wire);
    open_cut_stream(fds);
    ck_assert_int_eq(stream_open(&s, fds[0], FRAME_MAX, 0), 0);
    for (size_t first = 1; first < TWO_FRAMES; first++)
        for (size_t second = first; second < TWO_FRAMES; second++) {
            write_whole(fds[1], wire, first);
            if (second > first)
                write_whole(fds[1], wire + first, second - first);
            write_whole(fds[1], wire + second, TWO_FRAMES - second);
            expect_frame(&s, SMALL, 1);
            expect_frame(&s, OTHER, 2);
        }
    stream_close(&s);
}
END_TEST

START_TEST(test_byte_by_byte)
{
    unsigned char wire[TWO_FRAMES];
    struct stream s;
    int fds[2];

    put_two_frames(wire);
    open_cut_stream(fds);
    ck_assert_int_eq(stream_open(&s, fds[0], FRAME_MAX, 0), 0);
    for (size_t i = 0; i < sizeof(wire); i++)
        write_whole(fds[1], wire + i, 1);
    expect_frame(&s, SMALL, 1);
    expect_frame(&s, OTHER, 2);
    stream_close(&s);
}
END_TEST

/* The stream stops at every place: whole frames arrive, then -EPIPE, again
 * and again. */
START_TEST(test_every_end)
{
    unsigned char wire[TWO_FRAMES];
    struct stream s;
    int fds[2];

    put_two_frames(wire);
    for (size_t size = 0; size <= TWO_FRAMES; size++) {
        ck_assert_int_eq(pipe(fds), 0);
        ck_assert_int_eq(stream_open(&s, fds[0], FRAME_MAX, 0), 0);
        write_whole(fds[1], wire, size);
        (void)close(fds[1]);
        if (size >= STREAM_PREFIX + SMALL)
            expect_frame(&s, SMALL, 1);
        if (size == TWO_FRAMES)
            expect_frame(&s, OTHER, 2);
        expect_refusal(&s, -EPIPE);
        expect_refusal(&s, -EPIPE);
        stream_close(&s);
        (void)close(fds[0]);
    }
}
END_TEST

/* -------------------------------------------------------------- the wire */

START_TEST(test_golden_bytes)
{
    static const unsigned char golden[] = {
        5, 0, 0, 0, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o',
    };
    unsigned char wire[sizeof(golden) + 1];
    struct stream s;
    int fds[2];

    ck_assert_int_eq(pipe(fds), 0);
    ck_assert_int_eq(stream_open(&s, fds[1], FRAME_MAX, 0), 0);
    ck_assert_uint_eq((uintptr_t)stream_loan(&s) % 64, 0);
    memcpy(stream_loan(&s), "hello", 5);
    ck_assert_int_eq(stream_send(&s, 5), 0);
    ck_assert_int_eq(read(fds[0], wire, sizeof(wire)), sizeof(golden));
    ck_assert_mem_eq(wire, golden, sizeof(golden));
    stream_close(&s);
}
END_TEST

/* A packet for each write shows how a frame is cut that, with its prefix, is
 * four pages long and REST bytes. */
enum { REST = 3000 };

static void expect_writes(size_t pages_a_write, const size_t *expected,
                          size_t count)
{
    const size_t whole = 4 * (size_t)sysconf(_SC_PAGESIZE) + REST;
    const size_t size = whole - STREAM_PREFIX;
    unsigned char *bytes = malloc(whole);
    struct stream s;
    int fds[2];

    ck_assert_ptr_nonnull(bytes);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
    ck_assert_int_eq(stream_open(&s, fds[1], size, pages_a_write), 0);
    memset(stream_loan(&s), 0, size);
    ck_assert_int_eq(stream_send(&s, size), 0);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(read(fds[0], bytes, whole), (ssize_t)expected[i]);
    (void)close(fds[1]);
    ck_assert_int_eq(read(fds[0], bytes, whole), 0);
    stream_close(&s);
    (void)close(fds[0]);
    free(bytes);
}

START_TEST(test_pages_of_a_write)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t whole[] = { 4 * page + REST };
    const size_t parts[] = { 2 * page, 2 * page, REST };

    expect_writes(0, whole, 1);
    expect_writes(5, whole, 1);
    expect_writes(SIZE_MAX, whole, 1);
    expect_writes(2, parts, 3);
}
END_TEST

/* Small frames come with the first read, a page of them. */
START_TEST(test_many_in_one_read)
{
    enum { COUNT = 100 };
    static unsigned char wire[COUNT * (STREAM_PREFIX + FRAME_MAX)];
    unsigned char *at = wire;
    struct stream s;
    int fds[2], left;

    for (size_t i = 0; i < COUNT; i++)
        put_frame(&at, 1 + i % (FRAME_MAX / 2), i);
    ck_assert_int_eq(pipe(fds), 0);
    write_whole(fds[1], wire, (size_t)(at - wire));
    ck_assert_int_eq(stream_open(&s, fds[0], FRAME_MAX, 0), 0);
    for (size_t i = 0; i < COUNT; i++) {
        expect_frame(&s, 1 + i % (FRAME_MAX / 2), i);
        ck_assert_int_eq(ioctl(fds[0], FIONREAD, &left), 0);
        ck_assert_int_eq(left, 0);
    }
    stream_close(&s);
}
END_TEST

/* Frames whose size is a lie, as the first and behind a good one. */
START_TEST(test_hostile_size)
{
    static const uint64_t sizes[] = {
        0,          FRAME_MAX + 1,  (uint64_t)1 << 32,
        INT64_MAX,  UINT64_MAX,     (uint64_t)1 << 63,
        UINT32_MAX, UINT64_MAX - 7, (uint64_t)1 << 63 | SMALL,
    };
    unsigned char wire[STREAM_PREFIX + SMALL + STREAM_PREFIX], *at;
    struct stream s;
    int fds[2];

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) * 2; i++) {
        at = wire;
        if (i % 2)
            put_frame(&at, SMALL, 1);
        put_u64(at, sizes[i / 2]);
        ck_assert_int_eq(pipe(fds), 0);
        write_whole(fds[1], wire, (size_t)(at - wire) + STREAM_PREFIX);
        ck_assert_int_eq(stream_open(&s, fds[0], FRAME_MAX, 0), 0);
        if (i % 2)
            expect_frame(&s, SMALL, 1);
        expect_refusal(&s, -EPROTO);
        stream_close(&s);
        (void)close(fds[0]);
        (void)close(fds[1]);
    }
}
END_TEST

/* -------------------------------------------------------- two processes */

static bool interrupted;   /* both processes, all the time */
static size_t write_pages; /* the sender's */

/* Sends frames of these sizes from a process of its own. The pattern's id is
 * the frame's number. */
static pid_t fork_sender(int fds[2], const size_t *sizes, size_t count,
                         size_t frame_max)
{
    struct stream s;
    pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid > 0) {
        (void)close(fds[1]);
        return pid;
    }
    (void)close(fds[0]);
    if (interrupted)
        interrupt_every(500);
    if (stream_open(&s, fds[1], frame_max, write_pages) < 0)
        _exit(1);
    for (size_t i = 0; i < count; i++) {
        pattern_fill(stream_loan(&s), sizes[i], i);
        if (stream_send(&s, sizes[i]) < 0)
            _exit(2);
    }
    stream_close(&s);
    _exit(0);
}

static void expect_frames(int fds[2], const size_t *sizes, size_t count,
                          size_t frame_max)
{
    pid_t pid = fork_sender(fds, sizes, count, frame_max);
    struct stream s;
    int status;

    if (interrupted)
        interrupt_every(500);
    ck_assert_int_eq(stream_open(&s, fds[0], frame_max, 0), 0);
    for (size_t i = 0; i < count; i++)
        expect_frame(&s, sizes[i], i);
    expect_refusal(&s, -EPIPE);
    stream_close(&s);
    (void)close(fds[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    ck_assert_int_eq(status, 0);
}

/* The largest frame, from below what one read may bring to above it, first as
 * the limit itself and then between small ones. */
START_TEST(test_around_read_ahead)
{
    size_t sizes[] = { 1, 0, 3, 0, 0, 64, 0 };
    int fds[2];

    for (size_t size = READ_AHEAD - 80; size <= READ_AHEAD + 80; size += 5) {
        sizes[1] = sizes[3] = sizes[4] = sizes[6] = size;
        ck_assert_int_eq(pipe(fds), 0);
        expect_frames(fds, sizes, sizeof(sizes) / sizeof(sizes[0]), size);
    }
}
END_TEST

START_TEST(test_large_and_small)
{
    static const size_t sizes[] = {
        1,     3000000, 1, 70000, 70000, 8,     64,      65536, 65528,
        65529, 200000,  5, 4096,  4088,  99999, 3000000, 2,     2999999,
    };
    int fds[2];

    for (write_pages = 0; write_pages < 3; write_pages++) {
        ck_assert_int_eq(pipe(fds), 0);
        expect_frames(fds, sizes, sizeof(sizes) / sizeof(sizes[0]), 3000000);
    }
    write_pages = 0;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    expect_frames(fds, sizes, sizeof(sizes) / sizeof(sizes[0]), 3000000);
}
END_TEST

/* Every size in turn, so that frames lie everywhere in what is read ahead. */
START_TEST(test_many_sizes)
{
    enum { COUNT = 3000 };
    static size_t sizes[COUNT];
    int fds[2];

    for (size_t i = 0; i < COUNT; i++)
        sizes[i] = 1 + i * 7919 % 9001;
    ck_assert_int_eq(pipe(fds), 0);
    expect_frames(fds, sizes, COUNT, 9001);
}
END_TEST

/* A small buffer makes writes short; a signal every half millisecond cuts off
 * the rest, and reads as well. */
START_TEST(test_short_writes)
{
    static const size_t sizes[] = { 1500000, 10, 777777, 1, 64, 1234567 };
    int fds[2], size = 1;

    interrupted = true;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    ck_assert_int_eq(
        setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
    expect_frames(fds, sizes, sizeof(sizes) / sizeof(sizes[0]), 1500000);
    ck_assert_int_eq(pipe(fds), 0);
    expect_frames(fds, sizes, sizeof(sizes) / sizeof(sizes[0]), 1500000);
}
END_TEST

/* ------------------------------------------------------------ dead peers */

/* A pipe that somebody else has made non-blocking: both sides wait all the
 * same, the sender for room, the receiver for bytes. */
START_TEST(test_non_blocking)
{
    enum { SIZE = 300000, FRAMES = 5 };
    struct stream in, out;
    int fds[2];
    pid_t pid;

    ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
    pid = fork();
    if (pid == 0) {
        if (stream_open(&out, fds[1], SIZE, _i ? 2 : 0) < 0)
            _exit(1);
        for (uint64_t id = 0; id < FRAMES; id++) {
            pause_ms(20); /* the receiver finds nothing */
            pattern_fill(stream_loan(&out), SIZE, id);
            if (stream_send(&out, SIZE) < 0)
                _exit(2);
        }
        _exit(0);
    }
    (void)close(fds[1]);
    ck_assert_int_eq(stream_open(&in, fds[0], SIZE, 0), 0);
    for (uint64_t id = 0; id < FRAMES; id++) {
        expect_frame(&in, SIZE, id);
        pause_ms(20); /* the sender finds no room */
    }
    expect_refusal(&in, -EPIPE);
    stream_close(&in);
    (void)close(fds[0]);
    expect_exit(pid);
}
END_TEST

START_TEST(test_send_to_nobody)
{
    struct stream s;
    int fds[2];

    ck_assert_int_eq(pipe(fds), 0);
    (void)close(fds[0]);
    ck_assert_int_eq(stream_open(&s, fds[1], FRAME_MAX, 0), 0);
    memset(stream_loan(&s), 0, FRAME_MAX);
    ck_assert_int_eq(stream_send(&s, FRAME_MAX), -EPIPE);
    stream_close(&s);
}
END_TEST

/* A peer that closes with bytes unread resets the connection. */
START_TEST(test_reset)
{
    struct stream s;
    int fds[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    write_whole(fds[0], "unread", 6);
    (void)close(fds[1]);
    ck_assert_int_eq(stream_open(&s, fds[0], FRAME_MAX, 0), 0);
    expect_refusal(&s, -EPIPE);
    stream_close(&s);
}
END_TEST

START_TEST(test_close_zeroed)
{
    struct stream s = { 0 };

    stream_close(&s);
    stream_close(&s);
}
END_TEST

Suite *stream_suite(void)
{
    Suite *suite = suite_create("stream");
    TCase *tc = tcase_create("stream");

    tcase_add_test(tc, test_every_split);
    tcase_add_test(tc, test_byte_by_byte);
    tcase_add_test(tc, test_every_end);
    tcase_add_test(tc, test_golden_bytes);
    tcase_add_test(tc, test_pages_of_a_write);
    tcase_add_test(tc, test_many_in_one_read);
    tcase_add_test(tc, test_hostile_size);
    tcase_add_test(tc, test_around_read_ahead);
    tcase_add_test(tc, test_large_and_small);
    tcase_add_test(tc, test_many_sizes);
    tcase_add_test(tc, test_short_writes);
    tcase_add_loop_test(tc, test_non_blocking, 0, 2);
    tcase_add_test(tc, test_send_to_nobody);
    tcase_add_test(tc, test_reset);
    tcase_add_test(tc, test_close_zeroed);
    suite_add_tcase(suite, tc);
    return suite;
}
