/* SPDX-License-Identifier: MIT */
/*
 * The ring for many, with all of its ends in one process, because
 * ThreadSanitizer sees one only; and what a hostile end may write.
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "queues/ring_mpmc_memory.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern const struct channel_ops ring_mpmc_channel;

enum {
    FRAME_MAX = 200,
    DEPTH = 4,
    ENDS_MAX = 4,
    MESSAGES = 5000, /* of each sender */
};

static char dir[TEST_DIR_MAX];
static struct channel_config config;
static void *creator;

static void *new_state(void)
{
    return calloc(1, ring_mpmc_channel.state_size);
}

static void set_up(void)
{
    struct channel_effective effective = { 0 };

    make_test_dir(dir);
    config = (struct channel_config){
        .dir = dir,
        .name = "ring",
        .seed = (uint64_t)getpid(),
        .frame_max = FRAME_MAX,
        .depth = DEPTH,
        .senders = ENDS_MAX,
        .receivers = ENDS_MAX,
        .wait = CHANNEL_WAIT_BLOCK,
    };
    creator = new_state();
    ck_assert_ptr_nonnull(creator);
    ck_assert_int_eq(ring_mpmc_channel.create(creator, &config, &effective), 0);
    ck_assert_uint_eq(effective.depth, DEPTH);
}

static void tear_down(void)
{
    ring_mpmc_channel.destroy(creator);
    free(creator);
    ck_assert_int_eq(rmdir(dir), 0);
}

static int attach(void *state, const struct channel_config *as)
{
    static const struct channel_end end = { 0 };

    return ring_mpmc_channel.attach(state, as, &end);
}

/* Returns NULL on failure, also in a thread. */
static void *open_end(void)
{
    void *state = new_state();

    if (state && attach(state, &config) == 0)
        return state;
    free(state);
    return NULL;
}

static void close_end(void *end)
{
    if (end)
        ring_mpmc_channel.detach(end);
    free(end);
}

static void send_text(void *q, const char *text)
{
    void *block;

    ck_assert_int_eq(ring_mpmc_channel.reserve(q, FRAME_MAX, &block), 0);
    ck_assert_uint_eq((uintptr_t)block % 64, 0);
    memcpy(block, text, strlen(text) + 1);
    (void)ring_mpmc_channel.commit(q, strlen(text) + 1);
}

static void expect_text(void *q, const char *text)
{
    const void *block;
    size_t size;

    ck_assert_int_eq(ring_mpmc_channel.acquire(q, &block, &size), 0);
    ck_assert_uint_eq(size, strlen(text) + 1);
    ck_assert_str_eq(block, text);
    (void)ring_mpmc_channel.release(q);
}

/* Round and round, and every end sees the same queue. */
START_TEST(test_in_order)
{
    void *a = open_end(), *b = open_end(), *c = open_end();
    char text[20];

    for (int i = 0; i < 10 * DEPTH; i++) {
        (void)snprintf(text, sizeof(text), "message %d", i);
        send_text(i % 2 ? a : b, text);
        expect_text(i % 3 ? b : c, text);
    }
    close_end(a);
    close_end(b);
    close_end(c);
}
END_TEST

START_TEST(test_full)
{
    void *q = open_end();
    char text[DEPTH][20];

    for (int i = 0; i < DEPTH; i++) {
        (void)snprintf(text[i], sizeof(text[i]), "message %d", i);
        send_text(q, text[i]);
    }
    for (int i = 0; i < DEPTH; i++)
        expect_text(q, text[i]);
    close_end(q);
}
END_TEST

/* -------------------------------------------------------- many at one time */

struct message {
    unsigned sender;
    unsigned number;
    unsigned char fill[FRAME_MAX - 2 * sizeof(unsigned)];
};

struct end {
    pthread_t thread;
    unsigned index;
    unsigned senders;
    unsigned count;                         /* receiver: messages to take */
    unsigned char took[ENDS_MAX][MESSAGES]; /* receiver: how often each */
    bool damaged, reordered, failed;
};

static void *send_all(void *arg)
{
    struct end *end = arg;
    struct message *message;
    void *q = open_end();
    void *block;

    end->failed = !q;
    for (unsigned i = 0; !end->failed && i < MESSAGES; i++) {
        end->failed = ring_mpmc_channel.reserve(q, FRAME_MAX, &block) < 0;
        if (end->failed)
            break;
        message = block;
        message->sender = end->index;
        message->number = i;
        memset(message->fill, (int)(end->index + i), sizeof(message->fill));
        (void)ring_mpmc_channel.commit(q, sizeof(*message));
    }
    close_end(q);
    return NULL;
}

static void judge(struct end *end, const struct message *message,
                  unsigned next[static ENDS_MAX])
{
    const unsigned sender = message->sender, number = message->number;

    if (sender >= end->senders || number >= MESSAGES) {
        end->damaged = true;
        return;
    }
    for (size_t i = 0; i < sizeof(message->fill); i++)
        if (message->fill[i] != (unsigned char)(sender + number))
            end->damaged = true;
    if (number < next[sender])
        end->reordered = true;
    next[sender] = number + 1;
    end->took[sender][number]++;
}

static void *take_some(void *arg)
{
    struct end *end = arg;
    unsigned next[ENDS_MAX] = { 0 };
    void *q = open_end();
    const void *block;
    size_t size;

    end->failed = !q;
    for (unsigned i = 0; !end->failed && i < end->count; i++) {
        end->failed = ring_mpmc_channel.acquire(q, &block, &size) < 0;
        if (end->failed)
            break;
        if (size == sizeof(struct message))
            judge(end, block, next);
        else
            end->damaged = true;
        (void)ring_mpmc_channel.release(q);
    }
    close_end(q);
    return NULL;
}

/* Each message once, to one receiver, whole, and a sender's in order. */
static void expect_all(const struct end *receivers, unsigned count,
                       unsigned senders)
{
    for (unsigned i = 0; i < count; i++) {
        ck_assert(!receivers[i].failed);
        ck_assert(!receivers[i].damaged);
        ck_assert(!receivers[i].reordered);
    }
    for (unsigned s = 0; s < senders; s++)
        for (unsigned n = 0; n < MESSAGES; n++) {
            unsigned times = 0;

            for (unsigned i = 0; i < count; i++)
                times += receivers[i].took[s][n];
            ck_assert_msg(times == 1, "message %u of sender %u: %u times", n, s,
                          times);
        }
}

START_TEST(test_many)
{
    static const unsigned teams[][2] = { { 1, 1 }, { 1, 4 }, { 4, 1 },
                                         { 2, 2 }, { 4, 4 }, { 3, 2 } };
    static struct end senders[ENDS_MAX], receivers[ENDS_MAX];
    const unsigned from = teams[_i][0], to = teams[_i][1];

    memset(receivers, 0, sizeof(receivers));
    for (unsigned i = 0; i < to; i++) {
        receivers[i].senders = from;
        receivers[i].count = from * MESSAGES / to + (i < from * MESSAGES % to);
        ck_assert_int_eq(pthread_create(&receivers[i].thread, NULL, take_some,
                                        &receivers[i]),
                         0);
    }
    for (unsigned i = 0; i < from; i++) {
        senders[i] = (struct end){ .index = i };
        ck_assert_int_eq(
            pthread_create(&senders[i].thread, NULL, send_all, &senders[i]), 0);
    }
    for (unsigned i = 0; i < from; i++) {
        (void)pthread_join(senders[i].thread, NULL);
        ck_assert(!senders[i].failed);
    }
    for (unsigned i = 0; i < to; i++)
        (void)pthread_join(receivers[i].thread, NULL);
    expect_all(receivers, to, from);
}
END_TEST

/* Who sleeps is woken: far beyond the spin. */
START_TEST(test_sleepers)
{
    static struct end receivers[ENDS_MAX];
    void *q = open_end();
    struct message message = { 0 };
    void *block;

    memset(receivers, 0, sizeof(receivers));
    for (unsigned i = 0; i < ENDS_MAX; i++) {
        receivers[i].senders = 1;
        receivers[i].count = 1;
        ck_assert_int_eq(pthread_create(&receivers[i].thread, NULL, take_some,
                                        &receivers[i]),
                         0);
    }
    for (unsigned i = 0; i < ENDS_MAX; i++) {
        pause_ms(20);
        message.number = i;
        memset(message.fill, (int)i, sizeof(message.fill));
        ck_assert_int_eq(ring_mpmc_channel.reserve(q, FRAME_MAX, &block), 0);
        memcpy(block, &message, sizeof(message));
        (void)ring_mpmc_channel.commit(q, sizeof(message));
    }
    for (unsigned i = 0; i < ENDS_MAX; i++) {
        (void)pthread_join(receivers[i].thread, NULL);
        ck_assert(!receivers[i].failed && !receivers[i].damaged);
    }
    close_end(q);
}
END_TEST

static atomic_int holders;

/* Takes a message and keeps it until both have one. */
static void *take_and_hold(void *arg)
{
    bool *both = arg;
    void *q = open_end();
    const void *block;
    size_t size;

    if (ring_mpmc_channel.acquire(q, &block, &size) == 0)
        atomic_fetch_add(&holders, 1);
    for (int ms = 0; ms < 5000 && atomic_load(&holders) < 2; ms++)
        pause_ms(1);
    *both = atomic_load(&holders) == 2;
    (void)ring_mpmc_channel.release(q);
    close_end(q);
    return NULL;
}

/* The later of two slots is filled first: the call for it wakes one who can
 * take neither, and must not be the only one. */
START_TEST(test_out_of_order)
{
    void *first = open_end(), *second = open_end();
    pthread_t thread[2];
    bool both[2];
    void *block;

    atomic_store(&holders, 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(
            pthread_create(&thread[i], NULL, take_and_hold, &both[i]), 0);
    pause_ms(20);
    ck_assert_int_eq(ring_mpmc_channel.reserve(first, FRAME_MAX, &block), 0);
    ck_assert_int_eq(ring_mpmc_channel.reserve(second, FRAME_MAX, &block), 0);
    (void)ring_mpmc_channel.commit(second, 1);
    pause_ms(5);
    (void)ring_mpmc_channel.commit(first, 1);
    for (int i = 0; i < 2; i++) {
        (void)pthread_join(thread[i], NULL);
        ck_assert(both[i]);
    }
    close_end(first);
    close_end(second);
}
END_TEST

/* ----------------------------------------------------------- hostile bytes */

/* The shared memory, as a hostile end has it. */
static struct mpmc_memory map_memory(void)
{
    struct mpmc_memory memory;
    char name[CHANNEL_NAME_MAX];
    int fd;

    channel_global_name(&config, name);
    fd = shm_open(name, O_RDWR, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(mpmc_map(&memory, fd, FRAME_MAX, DEPTH), 0);
    (void)close(fd);
    return memory;
}

static struct mpmc_slot *first_slot(const struct mpmc_memory *memory)
{
    return (struct mpmc_slot *)((unsigned char *)memory->header + 4096);
}

/* A turn that no end can have written. */
START_TEST(test_wrong_turn)
{
    static const uint64_t turns[] = { UINT64_MAX / 2, 100, UINT64_MAX - 100,
                                      2 * DEPTH + 3 };
    struct mpmc_memory memory = map_memory();
    void *q = open_end();
    const void *read;
    void *block;
    size_t size;

    atomic_store(&first_slot(&memory)->turn, turns[_i]);
    ck_assert_int_eq(ring_mpmc_channel.reserve(q, FRAME_MAX, &block), -EPROTO);
    ck_assert_int_eq(ring_mpmc_channel.acquire(q, &read, &size), -EPROTO);
    close_end(q);
    mpmc_unmap(&memory);
}
END_TEST

START_TEST(test_wrong_size)
{
    static const uint64_t sizes[] = { 0, FRAME_MAX + 1, UINT64_MAX };
    struct mpmc_memory memory = map_memory();
    void *q = open_end();
    const void *read;
    size_t size;

    send_text(q, "x");
    atomic_store(&first_slot(&memory)->size, sizes[_i]);
    ck_assert_int_eq(ring_mpmc_channel.acquire(q, &read, &size), -EPROTO);
    close_end(q);
    mpmc_unmap(&memory);
}
END_TEST

/* Tickets from nowhere lead to slots of this queue all the same. */
START_TEST(test_wrong_tickets)
{
    struct mpmc_memory memory = map_memory();
    void *q = open_end();
    void *block;

    atomic_store(&memory.header->senders.tickets, UINT64_MAX - 1);
    ck_assert_int_eq(ring_mpmc_channel.reserve(q, FRAME_MAX, &block), -EPROTO);
    close_end(q);
    mpmc_unmap(&memory);
}
END_TEST

static int attach_as(size_t frame_max, size_t depth)
{
    struct channel_config other = config;
    void *state = new_state();
    int r;

    other.frame_max = frame_max;
    other.depth = depth;
    r = attach(state, &other);
    close_end(state);
    return r;
}

START_TEST(test_other_ring)
{
    struct mpmc_memory memory = map_memory();
    char name[CHANNEL_NAME_MAX];
    size_t depth;
    int fd;

    ck_assert_int_eq(attach_as(FRAME_MAX, DEPTH + 1), -EPROTO);
    ck_assert_int_eq(attach_as(FRAME_MAX + 64, DEPTH), -EPROTO);
    ck_assert_int_eq(attach_as(FRAME_MAX, 1), -EPROTO);
    ck_assert_int_eq(attach_as(FRAME_MAX, 0), -EPROTO);
    ck_assert_int_eq(attach_as(SIZE_MAX, DEPTH), -EFBIG);
    for (size_t i = 0; i < 24; i++) {
        ((unsigned char *)memory.header)[i] ^= 1;
        ck_assert_int_eq(attach_as(FRAME_MAX, DEPTH), -EPROTO);
        ((unsigned char *)memory.header)[i] ^= 1;
    }
    ck_assert_int_eq(attach_as(FRAME_MAX, DEPTH), 0);
    channel_global_name(&config, name);
    fd = shm_open(name, O_RDWR, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(mpmc_make(fd, FRAME_MAX, SIZE_MAX / 2, &depth), -EFBIG);
    ck_assert_int_eq(ftruncate(fd, 100), 0);
    ck_assert_int_eq(attach_as(FRAME_MAX, DEPTH), -EPROTO);
    (void)close(fd);
    mpmc_unmap(&memory);
}
END_TEST

/* What somebody else made is neither used nor removed. */
START_TEST(test_leftover)
{
    struct channel_effective effective;
    struct channel_config other = config;
    char name[CHANNEL_NAME_MAX];
    void *state = new_state();
    int fd;

    other.name = "other";
    channel_global_name(&other, name);
    fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ring_mpmc_channel.create(state, &other, &effective),
                     -EEXIST);
    ring_mpmc_channel.destroy(state);
    ck_assert_int_eq(attach(state, &other), -EPROTO);
    ck_assert_int_eq(shm_unlink(name), 0);
    (void)close(fd);
    close_end(state);
}
END_TEST

Suite *mpmc_suite(void)
{
    Suite *suite = suite_create("mpmc");
    TCase *tc = tcase_create("mpmc");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_in_order);
    tcase_add_test(tc, test_full);
    tcase_add_loop_test(tc, test_many, 0, 6);
    tcase_add_test(tc, test_sleepers);
    tcase_add_test(tc, test_out_of_order);
    tcase_add_loop_test(tc, test_wrong_turn, 0, 4);
    tcase_add_loop_test(tc, test_wrong_size, 0, 3);
    tcase_add_test(tc, test_wrong_tickets);
    tcase_add_test(tc, test_other_ring);
    tcase_add_test(tc, test_leftover);
    suite_add_tcase(suite, tc);
    return suite;
}
