/* SPDX-License-Identifier: MIT */
/*
 * The ring beyond the contract: two threads on one mapping, for
 * ThreadSanitizer, which sees one process only; and what a hostile peer may
 * write. The layout below is what two programs of different builds agree on.
 */
#include "ipc/channel_config.h"
#include "ipc/job/pattern.h"
#include "queues/ring_memory.h"
#include "shared/base/clock.h"
#include "shared/base/round_up.h"
#include "shared/dir/record.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

extern const struct channel_ops ring_channel;

enum { LINE = 64, PAGE = RING_PAGE, SMALL = PAGE, FRAME_MAX = 5000 };

/* For what runs a million times, and in threads: every ck_assert that holds
 * writes to a file. */
#define must(holds) ((holds) ? (void)0 : ck_abort_msg("%s", #holds))

/* The shared memory of a small ring, as a hostile peer sees it. */
struct layout {
    uint64_t magic;
    uint64_t capacity;
    _Alignas(128) _Atomic uint32_t receiver_asleep;
    _Alignas(128) _Atomic uint64_t freed;
    _Alignas(128) _Atomic uint32_t sender_asleep;
    unsigned char unused[PAGE - 388];
    _Atomic uint64_t marks[SMALL / LINE];
    unsigned char more_unused[PAGE - SMALL / LINE * 8];
    unsigned char frames[SMALL];
};

_Static_assert(offsetof(struct layout, marks) == PAGE, "marks on a page");
_Static_assert(offsetof(struct layout, frames) == (size_t)2 * PAGE,
               "and frames");

/* A ring and both its ends, in one process. */
struct rig {
    char dir[TEST_DIR_MAX];
    struct channel_config config;
    struct channel_effective effective;
    void *creator; /* the states */
    void *sender;
    void *receiver;
    struct layout *shared;
};

static void *new_state(void)
{
    void *state = calloc(1, ring_channel.state_size);

    ck_assert_ptr_nonnull(state);
    return state;
}

static struct rig *rig_prepare(size_t frame_max, size_t ring_size)
{
    struct rig *rig = calloc(1, sizeof(*rig));

    ck_assert_ptr_nonnull(rig);
    make_test_dir(rig->dir);
    rig->config = (struct channel_config){
        .dir = rig->dir,
        .name = "ring",
        .seed = (uint64_t)getpid(),
        .frame_max = frame_max,
        .depth = 1,
        .senders = 1,
        .receivers = 1,
        .options = { ring_size },
    };
    rig->creator = new_state();
    rig->sender = new_state();
    rig->receiver = new_state();
    return rig;
}

static int open_shared(const struct rig *rig)
{
    char name[CHANNEL_NAME_MAX];
    int fd;

    channel_global_name(&rig->config, name);
    fd = shm_open(name, O_RDWR, 0);
    ck_assert_int_ge(fd, 0);
    return fd;
}

static void rig_create(struct rig *rig)
{
    int fd;

    ck_assert_int_eq(
        ring_channel.create(rig->creator, &rig->config, &rig->effective), 0);
    rig->config.depth = rig->effective.depth;
    rig->config.options[0] = rig->effective.options[0];
    fd = open_shared(rig);
    rig->shared = mmap(NULL, sizeof(*rig->shared), PROT_READ | PROT_WRITE,
                       MAP_SHARED, fd, 0);
    ck_assert_ptr_ne(rig->shared, MAP_FAILED);
    (void)close(fd);
}

static int attach_sender(struct rig *rig)
{
    return ring_channel.attach(rig->sender, &rig->config,
                               &(struct channel_end){ .role = CHANNEL_SENDER });
}

static int attach_receiver(struct rig *rig)
{
    return ring_channel.attach(
        rig->receiver, &rig->config,
        &(struct channel_end){ .role = CHANNEL_RECEIVER });
}

/* Both ends on zeroed states, as two unrelated processes have them. */
static struct rig *rig_open(size_t frame_max, size_t ring_size)
{
    struct rig *rig = rig_prepare(frame_max, ring_size);

    rig_create(rig);
    ck_assert_int_eq(attach_sender(rig), 0);
    ck_assert_int_eq(attach_receiver(rig), 0);
    return rig;
}

static void rig_close(struct rig *rig)
{
    char name[CHANNEL_NAME_MAX];

    ring_channel.detach(rig->sender);
    ring_channel.detach(rig->receiver);
    ring_channel.detach(rig->creator);
    ring_channel.destroy(rig->creator);
    ring_channel.destroy(rig->creator);
    if (rig->shared)
        (void)munmap(rig->shared, sizeof(*rig->shared));
    channel_global_name(&rig->config, name);
    ck_assert_int_lt(shm_open(name, O_RDWR, 0), 0);
    ck_assert_int_eq(rmdir(rig->dir), 0);
    free(rig->creator);
    free(rig->sender);
    free(rig->receiver);
    free(rig);
}

static void send_one(void *sender, size_t size, uint64_t id)
{
    void *block;

    must(ring_channel.reserve(sender, size, &block) == 0);
    must((uintptr_t)block % CHANNEL_ALIGN == 0);
    pattern_fill(block, size, id);
    must(ring_channel.commit(sender, size) == 0);
}

static void receive_one(void *receiver, size_t size, uint64_t id)
{
    const void *block;
    size_t received;

    must(ring_channel.acquire(receiver, &block, &received) == 0);
    must(received == size);
    must(pattern_check(block, size, id) == size);
    must(ring_channel.release(receiver) == 0);
}

/* ------------------------------------------------------------- threads */

/* Messages of changing sizes, with rests now and then on either side: so the
 * ring is full and empty many times, and each side spins and sleeps. */
struct traffic {
    void *sender;
    void *receiver;
    _Atomic uint64_t messages;
    size_t size_max;
    unsigned rest;  /* one in so many; 0: never */
    uint64_t until; /* no new message after this, in ns; 0: whenever */
};

/* On a busy machine two threads that wait for each other have a turn only now
 * and then: the sender goes on for so long, and tells before it sends the last
 * message that it is the last. */
enum { TRAFFIC_SECONDS = 5 };

static void end_in_time(struct traffic *t, uint64_t id)
{
    if (t->until == 0)
        t->until = clock_ns() + TRAFFIC_SECONDS * 1000000000ULL;
    else if (id % 64 == 0 && clock_ns() > t->until)
        t->messages = id + 1;
}

static size_t size_of(const struct traffic *t, uint64_t id)
{
    uint64_t x = (id + 1) * 0x9e3779b97f4a7c15;

    return 1 + (size_t)((x >> 33) % t->size_max);
}

static void rest_sometimes(const struct traffic *t, uint64_t id, unsigned phase)
{
    if (t->rest > 0 && id % t->rest == phase)
        pause_ms(1);
}

static void *send_all(void *argument)
{
    struct traffic *t = argument;

    for (uint64_t id = 0; id < t->messages; id++) {
        end_in_time(t, id);
        send_one(t->sender, size_of(t, id), id);
        rest_sometimes(t, id, 0);
    }
    return NULL;
}

static void *receive_all(void *argument)
{
    const struct traffic *t = argument;

    for (uint64_t id = 0; id < t->messages; id++) {
        receive_one(t->receiver, size_of(t, id), id);
        rest_sometimes(t, id, t->rest / 2);
    }
    return NULL;
}

static void run_threads(struct traffic *t)
{
    pthread_t sender, receiver;

    ck_assert_int_eq(pthread_create(&sender, NULL, send_all, t), 0);
    ck_assert_int_eq(pthread_create(&receiver, NULL, receive_all, t), 0);
    ck_assert_int_eq(pthread_join(sender, NULL), 0);
    ck_assert_int_eq(pthread_join(receiver, NULL), 0);
}

static const struct {
    uint64_t messages;
    size_t size_max;
    size_t ring_size;
    unsigned rest;
} loads[] = {
    { 200000, 200, SMALL, 0 },         { 100000, FRAME_MAX, SMALL, 0 },
    { 100000, FRAME_MAX, SMALL, 499 }, { 100000, 1, SMALL, 700 },
    { 20000, 32000, SMALL, 0 },        { 2000, 32000, SMALL, 7 },
    { 100000, 3000, 16 * SMALL, 0 },   { 500, 300000, SMALL, 0 },
};

/* ThreadSanitizer goes by addresses: in a second mapping of the same memory it
 * would see nothing. An end's bytes, copied, are an end on the same one. */
START_TEST(test_threads_one_mapping)
{
    struct rig *rig = rig_prepare(loads[_i].size_max, loads[_i].ring_size);

    rig_create(rig);
    ck_assert_int_eq(attach_sender(rig), 0);
    memcpy(rig->receiver, rig->sender, ring_channel.state_size);
    run_threads(&(struct traffic){ rig->sender, rig->receiver,
                                   loads[_i].messages, loads[_i].size_max,
                                   loads[_i].rest, 0 });
    memset(rig->receiver, 0, ring_channel.state_size);
    rig_close(rig);
}
END_TEST

START_TEST(test_threads_two_mappings)
{
    struct rig *rig = rig_prepare(loads[_i].size_max, loads[_i].ring_size);

    rig_create(rig);
    memcpy(rig->sender, rig->creator, ring_channel.state_size);
    memcpy(rig->receiver, rig->creator, ring_channel.state_size);
    ck_assert_int_eq(attach_receiver(rig), 0);
    ck_assert_int_eq(attach_sender(rig), 0);
    run_threads(&(struct traffic){ rig->sender, rig->receiver,
                                   loads[_i].messages, loads[_i].size_max,
                                   loads[_i].rest, 0 });
    rig_close(rig);
}
END_TEST

static void *echo(void *argument)
{
    const struct traffic *t = argument;

    for (uint64_t id = 0; id < t->messages; id++) {
        receive_one(t->receiver, 64, id);
        rest_sometimes(t, id, 0);
        send_one(t->sender, 64, id);
    }
    return NULL;
}

/* Each message is waited for: one wake-up that is lost hangs the test. */
START_TEST(test_ping_pong)
{
    struct rig *there = rig_open(64, SMALL);
    struct rig *back = rig_prepare(64, SMALL);
    struct traffic t = { NULL, there->receiver, 50000, 64, _i ? 100 : 0, 0 };
    pthread_t thread;

    back->config.name = "back";
    rig_create(back);
    ck_assert_int_eq(attach_sender(back), 0);
    ck_assert_int_eq(attach_receiver(back), 0);
    t.sender = back->sender;
    ck_assert_int_eq(pthread_create(&thread, NULL, echo, &t), 0);
    for (uint64_t id = 0; id < t.messages; id++) {
        end_in_time(&t, id);
        send_one(there->sender, 64, id);
        receive_one(back->receiver, 64, id);
    }
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    rig_close(there);
    rig_close(back);
}
END_TEST

static void *receive_in_vain(void *argument)
{
    const struct rig *rig = argument;
    struct timespec used;

    receive_one(rig->receiver, 100, 1);
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    must(used.tv_sec == 0 && used.tv_nsec < 5000000L * test_patience());
    return NULL;
}

START_TEST(test_waiting_costs_nothing)
{
    struct rig *rig = rig_open(100, SMALL);
    pthread_t thread;

    ck_assert_int_eq(pthread_create(&thread, NULL, receive_in_vain, rig), 0);
    pause_ms(500);
    send_one(rig->sender, 100, 1);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    rig_close(rig);
}
END_TEST

/* ---------------------------------------------------------------- sizes */

static const struct {
    size_t frame_max;
    size_t ring_size; /* 0: not said */
    size_t capacity;
} capacities[] = {
    { 1, 0, 1572864 },
    { 196608, 0, 1572864 },
    { 196609, 0, 1638400 }, /* 8 frames of 196672 bytes, whole pages */
    { 262144, 0, 2097152 },
    { 524288, 0, 4194304 },
    { 2097152, 0, 4194304 },
    { 40000000, 0, 80019456 }, /* two frames, whole pages */
    { 1, 1, SMALL },
    { 1, SMALL, SMALL },
    { 1, SMALL + 1, 2 * SMALL },
    { SMALL / 2, 1, SMALL },
    { SMALL / 2 + 1, 1, 2 * SMALL },
    { 1048576, 1, 2097152 },
    { 1048577, 1, 2162688 },
    { 100, 100000000, 100007936 },
};

START_TEST(test_capacity)
{
    struct rig *rig =
        rig_prepare(capacities[_i].frame_max, capacities[_i].ring_size);
    const size_t frame = round_up(rig->config.frame_max, LINE);

    rig_create(rig);
    ck_assert_uint_eq(rig->effective.options[0], capacities[_i].capacity);
    ck_assert_uint_eq(rig->effective.depth, capacities[_i].capacity / frame);
    ck_assert_uint_ge(rig->effective.frames_held, 1);
    ck_assert_uint_eq(rig->shared->capacity, capacities[_i].capacity);
    rig_close(rig);
}
END_TEST

static const size_t too_large[][2] = {
    { SIZE_MAX, 0 },     { SIZE_MAX - 64, 0 }, { SIZE_MAX / 2, 0 },
    { SIZE_MAX / 4, 0 }, { 1, SIZE_MAX },      { 1, SIZE_MAX - PAGE },
    { 1, SIZE_MAX / 2 },
};

START_TEST(test_too_large)
{
    struct rig *rig = rig_prepare(too_large[_i][0], too_large[_i][1]);

    ck_assert_int_eq(
        ring_channel.create(rig->creator, &rig->config, &rig->effective),
        -EINVAL);
    rig_close(rig);
}
END_TEST

/* Told at once: not by a SIGBUS later, nor when the machine has no more. */
START_TEST(test_no_space)
{
    struct statvfs shm;
    struct rig *rig;

    ck_assert_int_eq(statvfs("/dev/shm", &shm), 0);
    if (shm.f_blocks == 0) /* no limit but the machine's */
        return;
    rig = rig_prepare(100, shm.f_blocks * shm.f_frsize);
    ck_assert_int_eq(
        ring_channel.create(rig->creator, &rig->config, &rig->effective),
        -ENOSPC);
    rig_close(rig);
}
END_TEST

/* As in a container, where nobody asks for that much. */
START_TEST(test_small_shm)
{
    struct rig *rig;

    if (unshare(CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=3m") < 0)
        return; /* only root can */
    rig = rig_open(1 << 20, 0);
    ck_assert_uint_eq(rig->effective.options[0], 1572864);
    send_one(rig->sender, FRAME_MAX, 0);
    receive_one(rig->receiver, FRAME_MAX, 0);
    rig_close(rig);
}
END_TEST

/* There one of the largest frames has to do; and it fits also while the
 * receiver has not told of the little that it freed. */
START_TEST(test_one_frame)
{
    const size_t frame = 32 << 20;
    struct rig *rig;

    if (unshare(CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=60m") < 0)
        return; /* only root can */
    rig = rig_open(frame, 0);
    ck_assert_uint_lt(rig->effective.options[0], 2 * frame);
    ck_assert_uint_ge(rig->effective.frames_held, 1);
    for (uint64_t id = 0; id < 6; id += 2) {
        send_one(rig->sender, 100, id);
        receive_one(rig->receiver, 100, id);
        send_one(rig->sender, frame, id + 1);
        receive_one(rig->receiver, frame, id + 1);
    }
    rig_close(rig);
}
END_TEST

/* However the ring came to where it is, what frames_held promises fits while
 * nobody receives, if all before was received. */
START_TEST(test_frames_held)
{
    static const size_t frames[] = { 1, 100, 4096, FRAME_MAX, 20000, 32704 };
    const size_t frame = frames[_i];
    struct rig *rig = rig_open(frame, SMALL);
    const size_t held = rig->effective.frames_held;

    ck_assert_uint_ge(held, 1);
    for (size_t before = 0; before < 40; before++) {
        for (uint64_t id = 0; id < before % (held + 1); id++)
            send_one(rig->sender, 1 + (before * id) % frame, id);
        for (uint64_t id = 0; id < before % (held + 1); id++)
            receive_one(rig->receiver, 1 + (before * id) % frame, id);
        for (uint64_t id = 0; id < held; id++)
            send_one(rig->sender, frame, id);
        for (uint64_t id = 0; id < held; id++)
            receive_one(rig->receiver, frame, id);
    }
    rig_close(rig);
}
END_TEST

/* The same while some are on their way, of which the window counts the rest:
 * the sender may not know yet what was given back. */
START_TEST(test_frames_held_under_way)
{
    struct rig *rig = rig_open(1000, SMALL);
    const size_t held = rig->effective.frames_held;
    uint64_t sent = 0, received = 0;

    for (size_t behind = 0; behind <= held; behind++) {
        while (sent - received < held)
            send_one(rig->sender, 1000, sent++);
        while (sent - received > behind)
            receive_one(rig->receiver, 1000, received++);
    }
    rig_close(rig);
}
END_TEST

/* Small steps, so that frames begin at every line and run over the end. */
START_TEST(test_wrap)
{
    struct rig *rig = rig_open(FRAME_MAX, SMALL);
    const size_t lines = SMALL / LINE;

    for (uint64_t id = 0; id < 3 * lines; id++) {
        send_one(rig->sender, FRAME_MAX - (id % 3) * 1000, id);
        receive_one(rig->receiver, FRAME_MAX - (id % 3) * 1000, id);
        send_one(rig->sender, 1 + id % LINE, id);
        receive_one(rig->receiver, 1 + id % LINE, id);
    }
    ring_channel.detach(rig->receiver);
    ck_assert_uint_gt(rig->shared->freed, 3 * lines * LINE);
    rig_close(rig);
}
END_TEST

/* A commit may be shorter than what was reserved. */
START_TEST(test_shorter_than_reserved)
{
    struct rig *rig = rig_open(FRAME_MAX, SMALL);
    void *block;

    for (uint64_t id = 0; id < 100; id++) {
        ck_assert_int_eq(ring_channel.reserve(rig->sender, FRAME_MAX, &block),
                         0);
        memset(block, 0x55, FRAME_MAX);
        pattern_fill(block, 70, id);
        ck_assert_int_eq(ring_channel.commit(rig->sender, 70), 0);
        send_one(rig->sender, 10, id);
        receive_one(rig->receiver, 70, id);
        receive_one(rig->receiver, 10, id);
    }
    rig_close(rig);
}
END_TEST

/* ------------------------------------------------------------- holders */

/* What was released is not received again, and what was not is. */
START_TEST(test_next_holder_goes_on)
{
    struct rig *rig = rig_open(FRAME_MAX, SMALL);
    const void *block;
    void *loan;
    size_t size;

    for (uint64_t id = 0; id < 5; id++)
        send_one(rig->sender, 100, id);
    ck_assert_int_eq(ring_channel.reserve(rig->sender, 100, &loan), 0);
    ring_channel.detach(rig->sender); /* what was not committed is not sent */
    receive_one(rig->receiver, 100, 0);
    receive_one(rig->receiver, 100, 1);
    ck_assert_int_eq(ring_channel.acquire(rig->receiver, &block, &size), 0);
    ring_channel.detach(rig->receiver);
    ck_assert_int_eq(attach_receiver(rig), 0);
    ck_assert_int_eq(attach_sender(rig), 0);
    send_one(rig->sender, 200, 5);
    for (uint64_t id = 2; id < 5; id++)
        receive_one(rig->receiver, 100, id);
    receive_one(rig->receiver, 200, 5);
    rig_close(rig);
}
END_TEST

/* What somebody else made is neither used nor removed. */
START_TEST(test_leftover)
{
    struct rig *rig = rig_prepare(100, SMALL);
    char name[CHANNEL_NAME_MAX], record[RECORD_TEXT_MAX];
    int fd;

    channel_global_name(&rig->config, name);
    fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    ck_assert_int_gt(fd, 0);
    ck_assert_int_eq(
        ring_channel.create(rig->creator, &rig->config, &rig->effective),
        -EEXIST);
    ring_channel.detach(rig->creator);
    ring_channel.destroy(rig->creator);
    ck_assert_int_eq(attach_sender(rig), -EPROTO);
    ck_assert_int_eq(record_read(rig->dir, "ring", "shm", record), -ENOENT);
    ck_assert_int_eq(shm_unlink(name), 0);
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(test_nothing_there)
{
    struct rig *rig = rig_prepare(100, SMALL);

    ck_assert_int_eq(attach_sender(rig), -ENOENT);
    ck_assert_int_eq(attach_receiver(rig), -ENOENT);
    rig_close(rig);
}
END_TEST

/* -------------------------------------------------------- a hostile peer */

static void expect_foreign(struct rig *rig)
{
    ck_assert_int_eq(attach_sender(rig), -EPROTO);
    ck_assert_int_eq(attach_receiver(rig), -EPROTO);
    ring_channel.detach(rig->sender);
    ring_channel.detach(rig->receiver);
}

START_TEST(test_foreign_layout)
{
    struct rig *rig = rig_prepare(100, SMALL);
    unsigned char *at;
    int fd;

    rig_create(rig);
    at = (unsigned char *)rig->shared;
    for (size_t i = 0; i < 16; i++) {
        at[i] ^= 0x10;
        expect_foreign(rig);
        at[i] ^= 0x10;
    }
    fd = open_shared(rig);
    ck_assert_int_eq(ftruncate(fd, 2 * PAGE + SMALL - 1), 0);
    expect_foreign(rig);
    ck_assert_int_eq(ftruncate(fd, 2 * PAGE + SMALL + 1), 0);
    expect_foreign(rig);
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    expect_foreign(rig);
    (void)close(fd);
    rig_close(rig);
}
END_TEST

/* How far a receiver can never be behind. */
static const uint64_t distances[] = {
    1,
    LINE - 1,
    SMALL + LINE,
    (uint64_t)1 << 32,
    (uint64_t)1 << 40,
    INT64_MAX - LINE + 1,
    UINT64_MAX - LINE + 1,
    UINT64_MAX - SMALL + 1,
    UINT64_MAX,
};

START_TEST(test_lying_receiver)
{
    struct rig *rig = rig_open(FRAME_MAX, SMALL);
    const uint64_t frame = round_up(FRAME_MAX, LINE);
    uint64_t sent = 0;
    void *block = NULL;

    for (; sent + frame <= SMALL; sent += frame)
        send_one(rig->sender, FRAME_MAX, 0);
    rig->shared->freed = sent - distances[_i];
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(ring_channel.reserve(rig->sender, FRAME_MAX, &block),
                         -EPROTO);
        ck_assert_ptr_null(block);
    }
    rig_close(rig);
}
END_TEST

START_TEST(test_lying_receiver_at_attach)
{
    static const uint64_t nowhere[] = { 1, LINE / 2, LINE + 8, UINT64_MAX };
    struct rig *rig = rig_prepare(100, SMALL);

    rig_create(rig);
    rig->shared->freed = nowhere[_i];
    expect_foreign(rig);
    rig_close(rig);
}
END_TEST

/* Sizes that no sender sends. */
static const uint64_t lying_sizes[] = {
    FRAME_MAX + 1,         SMALL,     UINT32_MAX,
    (uint64_t)1 << 32,     INT64_MAX, UINT64_MAX - SMALL,
    UINT64_MAX - 2 * LINE,
};

START_TEST(test_lying_sender)
{
    struct rig *rig = rig_open(FRAME_MAX, SMALL);
    const void *block = NULL;
    size_t size = 77;

    send_one(rig->sender, 100, 0);
    receive_one(rig->receiver, 100, 0);
    rig->shared->marks[2] = 2 * LINE + lying_sizes[_i];
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(ring_channel.acquire(rig->receiver, &block, &size),
                         -EPROTO);
        ck_assert_ptr_null(block);
        ck_assert_uint_eq(size, 77);
    }
    ring_channel.detach(rig->receiver);
    ring_channel.detach(rig->sender);
    ck_assert_int_eq(attach_sender(rig), -EPROTO);
    rig_close(rig);
}
END_TEST

/* More frames than there is room for. */
START_TEST(test_overfull_at_attach)
{
    struct rig *rig = rig_prepare(100, SMALL);
    const uint64_t lines = SMALL / LINE;

    rig_create(rig);
    for (uint64_t i = 0; i < lines; i++)
        rig->shared->marks[i] = (i + 1) * LINE;
    ck_assert_int_eq(attach_sender(rig), 0);
    ring_channel.detach(rig->sender);
    rig->shared->marks[lines - 1]++;
    ck_assert_int_eq(attach_sender(rig), -EPROTO);
    rig_close(rig);
}
END_TEST

/* An end believes its own position, not the shared copy of it. */
START_TEST(test_overwritten_positions)
{
    struct rig *rig = rig_open(100, SMALL);

    send_one(rig->sender, 100, 0);
    rig->shared->marks[2] = UINT64_MAX / 3;
    send_one(rig->sender, 100, 1);
    ck_assert_uint_eq(rig->shared->marks[2], 2 * LINE + 100);
    receive_one(rig->receiver, 100, 0);
    rig->shared->freed = UINT64_MAX / 3;
    receive_one(rig->receiver, 100, 1);
    ring_channel.detach(rig->receiver);
    ck_assert_uint_eq(rig->shared->freed, 4 * LINE);
    rig_close(rig);
}
END_TEST

/* Small numbers are as likely as large ones. */
static uint64_t random_word(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005 + 1442695040888963407;
    return *seed << 6 >> (*seed >> 58);
}

/* Receives from `at` what a sender marked at random, until it is refused or
 * nothing is marked: what is lent can be read from end to end. */
static unsigned receive_random(struct rig *rig, uint64_t at, uint64_t *seed)
{
    unsigned received = 0;
    const void *block;
    uint64_t told;
    size_t size;
    int r;

    for (;; received++) {
        told = random_word(seed);
        if (at + told <= at)
            return received;
        rig->shared->marks[at % SMALL / LINE] = at + told;
        r = ring_channel.acquire(rig->receiver, &block, &size);
        must(r == (told <= FRAME_MAX ? 0 : -EPROTO));
        if (r < 0)
            return received;
        must(size == told);
        (void)pattern_check(block, size, at);
        must(ring_channel.release(rig->receiver) == 0);
        at += round_up(size, LINE);
    }
}

START_TEST(test_random_sender)
{
    struct rig *rig = rig_prepare(FRAME_MAX, SMALL);
    unsigned received = 0;
    uint64_t seed = 1, at;

    rig_create(rig);
    for (unsigned i = 0; i < 5000; i++) {
        at = random_word(&seed) / 2 / LINE * LINE;
        rig->shared->freed = at;
        ck_assert_int_eq(attach_receiver(rig), 0);
        received += receive_random(rig, at, &seed);
        ring_channel.detach(rig->receiver);
    }
    ck_assert_uint_gt(received, 500);
    rig_close(rig);
}
END_TEST

Suite *ring_suite(void)
{
    const int load_count = sizeof(loads) / sizeof(loads[0]);
    Suite *suite = suite_create("ring");
    TCase *tc = add_case(suite, "ring-threads", 0);

    tcase_add_loop_test(tc, test_threads_one_mapping, 0, load_count);
    tcase_add_loop_test(tc, test_threads_two_mappings, 0, load_count);
    tcase_add_loop_test(tc, test_ping_pong, 0, 2);
    tcase_add_test(tc, test_waiting_costs_nothing);

    tc = add_case(suite, "ring-memory", 0);
    tcase_add_loop_test(tc, test_capacity, 0,
                        sizeof(capacities) / sizeof(capacities[0]));
    tcase_add_loop_test(tc, test_too_large, 0,
                        sizeof(too_large) / sizeof(too_large[0]));
    tcase_add_test(tc, test_no_space);
    tcase_add_test(tc, test_small_shm);
    tcase_add_test(tc, test_one_frame);
    tcase_add_loop_test(tc, test_frames_held, 0, 6);
    tcase_add_test(tc, test_frames_held_under_way);
    tcase_add_test(tc, test_wrap);
    tcase_add_test(tc, test_shorter_than_reserved);
    tcase_add_test(tc, test_next_holder_goes_on);
    tcase_add_test(tc, test_leftover);
    tcase_add_test(tc, test_nothing_there);
    tcase_add_test(tc, test_foreign_layout);
    tcase_add_loop_test(tc, test_lying_receiver, 0,
                        sizeof(distances) / sizeof(distances[0]));
    tcase_add_loop_test(tc, test_lying_receiver_at_attach, 0, 4);
    tcase_add_loop_test(tc, test_lying_sender, 0,
                        sizeof(lying_sizes) / sizeof(lying_sizes[0]));
    tcase_add_test(tc, test_overfull_at_attach);
    tcase_add_test(tc, test_overwritten_positions);
    tcase_add_test(tc, test_random_sender);
    return suite;
}
