/* SPDX-License-Identifier: MIT */
/*
 * sockets/udp_reliable over a network that drops, doubles and reorders: a relay
 * between two sockets of the loopback.
 */
#include "ipc/job/pattern.h"
#include "shared/base/bytes.h"
#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "sockets/udp_reliable.h"
#include "sockets/udp_wire.h"
#include "tests/helpers.h"
#include "tests/sockets.h"
#include "tests/suites.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    PACKET = 1000,
    WINDOW = 16,
    LATE_MAX = 8, /* datagrams that the relay holds back at a time */
    DATAGRAM_MAX = RELIABLE_HEADER + PACKET,
};

static const char token[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* ---------------------------------------------------------------- the relay */

struct late {
    unsigned char bytes[DATAGRAM_MAX];
    ssize_t size;
    int to;
};

/* Passes datagrams on between its two sockets, not all, not once, not in
 * order. */
struct relay {
    int side[2];
    unsigned drop, twice, late; /* percent */
    _Atomic bool cut;           /* nothing passes */
    _Atomic bool stop;
    unsigned dropped, doubled, delayed;
    struct late held[LATE_MAX];
    int count;
    unsigned seed;
    pthread_t thread;
};

static bool chance(struct relay *r, unsigned percent)
{
    return (unsigned)rand_r(&r->seed) % 100 < percent;
}

static void pass_on(int fd, const void *bytes, ssize_t size)
{
    (void)send(fd, bytes, (size_t)size, MSG_DONTWAIT);
}

/* Those held back go in the order that chance gives. */
static void let_go(struct relay *r)
{
    int i;

    while (r->count > 0) {
        i = (int)((unsigned)rand_r(&r->seed) % (unsigned)r->count);
        pass_on(r->held[i].to, r->held[i].bytes, r->held[i].size);
        r->held[i] = r->held[--r->count];
    }
}

static void relay_one(struct relay *r, int from, int to)
{
    struct late *late = &r->held[r->count];

    late->size = recv(from, late->bytes, sizeof(late->bytes), MSG_DONTWAIT);
    late->to = to;
    if (late->size < 0 || r->cut)
        return;
    if (chance(r, r->drop)) {
        r->dropped++;
    } else if (chance(r, r->late)) {
        r->delayed++;
        if (++r->count == LATE_MAX)
            let_go(r);
    } else {
        pass_on(to, late->bytes, late->size);
        if (chance(r, r->twice)) {
            r->doubled++;
            pass_on(to, late->bytes, late->size);
        }
    }
}

static void *relay_run(void *arg)
{
    struct relay *r = arg;
    struct pollfd side[2] = {
        { .fd = r->side[0], .events = POLLIN },
        { .fd = r->side[1], .events = POLLIN },
    };

    while (!r->stop) {
        if (poll(side, 2, 3) == 0)
            let_go(r);
        for (int i = 0; i < 2; i++)
            if (side[i].revents)
                relay_one(r, r->side[i], r->side[!i]);
    }
    return NULL;
}

static struct address address_of(int fd)
{
    struct address address = { .length = sizeof(address.storage) };

    ck_assert_int_eq(
        getsockname(fd, (struct sockaddr *)&address.storage, &address.length),
        0);
    return address;
}

/* Two sockets that each know the other only as the relay. */
static void relay_open(struct relay *r, int end[2])
{
    struct address address;

    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &r->side[i]), 0);
        ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &end[i]), 0);
        address = address_of(end[i]);
        ck_assert_int_eq(socket_connect(r->side[i], &address), 0);
        address = address_of(r->side[i]);
        ck_assert_int_eq(socket_connect(end[i], &address), 0);
    }
    r->seed = 1;
    ck_assert_int_eq(pthread_create(&r->thread, NULL, relay_run, r), 0);
}

static void relay_close(struct relay *r, int end[2])
{
    r->stop = true;
    (void)pthread_join(r->thread, NULL);
    for (int i = 0; i < 2; i++) {
        fd_close(&r->side[i]);
        fd_close(&end[i]);
    }
}

/* ------------------------------------------------------------- the two ends */

static const struct reliable_config config = {
    .token = token,
    .packet_size = PACKET,
    .window = WINDOW,
    .sent = 100,
};

struct sender {
    int fd;
    unsigned long packets;
    int error;
    uint64_t resent;
    pthread_t thread;
};

static size_t size_of(unsigned long number)
{
    return 1 + number * 37 % PACKET;
}

/* Its thread counts on. */
static uint64_t count_now(struct reliable *r, const uint64_t *count)
{
    uint64_t now;

    (void)pthread_mutex_lock(&r->lock);
    now = *count;
    (void)pthread_mutex_unlock(&r->lock);
    return now;
}

static void *send_run(void *arg)
{
    struct sender *s = arg;
    unsigned char payload[PACKET];
    struct reliable r;

    s->error = reliable_call(s->fd, token);
    if (s->error == 0)
        s->error = reliable_open(&r, s->fd, true, false, &config);
    if (s->error < 0)
        return NULL;
    for (unsigned long i = 0; i < s->packets && s->error == 0; i++) {
        pattern_fill(payload, size_of(i), i);
        s->error = reliable_send(&r, payload, size_of(i));
    }
    s->resent = count_now(&r, &r.resent);
    reliable_close(&r);
    return NULL;
}

static void start_sender(struct sender *s)
{
    ck_assert_int_eq(pthread_create(&s->thread, NULL, send_run, s), 0);
}

static void open_receiver(struct reliable *r, int fd)
{
    ck_assert_int_eq(reliable_answer(fd, token), 0);
    ck_assert_int_eq(reliable_open(r, fd, false, true, &config), 0);
}

static void expect_packet(struct reliable *r, unsigned long number)
{
    const void *payload;
    size_t size;

    ck_assert_int_eq(reliable_receive(r, &payload, &size), 0);
    ck_assert_uint_eq(size, size_of(number));
    ck_assert_uint_eq(pattern_check(payload, size, number), size);
}

static void expect_end(struct reliable *r)
{
    const void *payload;
    size_t size;

    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(reliable_receive(r, &payload, &size), -EPIPE);
}

/* Everything, once, in order, and then the end. */
static void run_through(struct relay *relay, unsigned long packets)
{
    struct sender sender = { .packets = packets };
    struct reliable receiver;
    int end[2];

    relay_open(relay, end);
    sender.fd = end[0];
    start_sender(&sender);
    open_receiver(&receiver, end[1]);
    for (unsigned long i = 0; i < packets; i++)
        expect_packet(&receiver, i);
    expect_end(&receiver);
    (void)pthread_join(sender.thread, NULL);
    ck_assert_int_eq(sender.error, 0);
    if (relay->drop > 0)
        ck_assert_uint_gt(sender.resent, 0);
    if (relay->twice > 0)
        ck_assert_uint_gt(count_now(&receiver, &receiver.doubled), 0);
    reliable_close(&receiver);
    relay_close(relay, end);
}

START_TEST(test_good_network)
{
    struct relay relay = { 0 };

    run_through(&relay, 5000);
}
END_TEST

START_TEST(test_drops)
{
    struct relay relay = { .drop = 30 };

    run_through(&relay, 1000);
    ck_assert_uint_gt(relay.dropped, 300);
}
END_TEST

START_TEST(test_doubles)
{
    struct relay relay = { .twice = 30 };

    run_through(&relay, 1000);
    ck_assert_uint_gt(relay.doubled, 200);
}
END_TEST

START_TEST(test_reorders)
{
    struct relay relay = { .late = 30 };

    run_through(&relay, 1000);
    ck_assert_uint_gt(relay.delayed, 200);
}
END_TEST

START_TEST(test_all_at_once)
{
    struct relay relay = { .drop = 30, .twice = 30, .late = 30 };

    run_through(&relay, 1000);
}
END_TEST

/* A pause is ridden out. */
static void *cut_for_a_second(void *arg)
{
    struct relay *relay = arg;

    pause_ms(100);
    relay->cut = true;
    pause_ms(1000);
    relay->cut = false;
    return NULL;
}

START_TEST(test_cut_for_a_second)
{
    struct relay relay = { 0 };
    pthread_t thread;

    ck_assert_int_eq(pthread_create(&thread, NULL, cut_for_a_second, &relay),
                     0);
    relay.drop = 1;
    run_through(&relay, 3000);
    (void)pthread_join(thread, NULL);
}
END_TEST

/* ---------------------------------------------------- when it sends again */

/* A sender whose receiver is played by the test. */
struct scene {
    struct reliable sender;
    int fd, peer;
};

static void scene_open(struct scene *s)
{
    struct address address;

    ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &s->fd), 0);
    ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &s->peer), 0);
    address = address_of(s->fd);
    ck_assert_int_eq(socket_connect(s->peer, &address), 0);
    address = address_of(s->peer);
    ck_assert_int_eq(socket_connect(s->fd, &address), 0);
    ck_assert_int_eq(reliable_open(&s->sender, s->fd, true, false, &config), 0);
}

static void scene_send(struct scene *s)
{
    static const unsigned char payload[PACKET];

    ck_assert_int_eq(reliable_send(&s->sender, payload, PACKET), 0);
}

/* That packet 0 has not arrived, but those of the bits behind it have. */
static void scene_acknowledge(struct scene *s, uint64_t held)
{
    unsigned char datagram[RELIABLE_ACKNOWLEDGE_SIZE];

    reliable_put_header(datagram, s->sender.tag, RELIABLE_ACKNOWLEDGE, 0);
    put_u64(datagram + RELIABLE_HEADER, WINDOW);
    put_u64(datagram + RELIABLE_HEADER + 8, held);
    ck_assert_int_eq(send(s->peer, datagram, sizeof(datagram), 0),
                     sizeof(datagram));
}

static bool is_held(struct scene *s, unsigned packet)
{
    bool held;

    (void)pthread_mutex_lock(&s->sender.lock);
    held = s->sender.packet[packet].held;
    (void)pthread_mutex_unlock(&s->sender.lock);
    return held;
}

static void scene_await_held(struct scene *s, unsigned packet)
{
    const double start = seconds_now();

    while (!is_held(s, packet))
        ck_assert(seconds_now() - start < TEST_HANG_S * test_patience());
}

/* The receiver leaves: so the sender does not linger. */
static void scene_close(struct scene *s)
{
    unsigned char datagram[RELIABLE_HEADER];

    reliable_put_header(datagram, s->sender.tag, RELIABLE_GONE, 0);
    ck_assert_int_eq(send(s->peer, datagram, sizeof(datagram), 0),
                     sizeof(datagram));
    reliable_close(&s->sender);
    fd_close(&s->fd);
    fd_close(&s->peer);
}

/* RFC 9002, 6.1.1: one that is three later, however many there are. */
static void lose_packet(struct scene *s, unsigned ret_sent[static 5])
{
    /* No timer is quick, and no round trip too short to tell. */
    (void)pthread_mutex_lock(&s->sender.lock);
    s->sender.round_trip = (struct round_trip){ 1, 125000000 };
    (void)pthread_mutex_unlock(&s->sender.lock);
    for (int i = 0; i < 5; i++)
        scene_send(s);
    scene_acknowledge(s, 1 << 1);
    scene_await_held(s, 2);
    (void)pthread_mutex_lock(&s->sender.lock);
    ret_sent[4] = s->sender.packet[0].sent;
    (void)pthread_mutex_unlock(&s->sender.lock);
    scene_acknowledge(s, 1 << 1 | 1 << 2);
    scene_await_held(s, 3);
    (void)pthread_mutex_lock(&s->sender.lock);
    for (int i = 0; i < 4; i++)
        ret_sent[i] = s->sender.packet[i].sent;
    (void)pthread_mutex_unlock(&s->sender.lock);
}

START_TEST(test_threshold)
{
    const double start = seconds_now();
    unsigned sent[5];
    struct scene s;
    double began;

    /* A machine that is too slow for the timers tries again. */
    do {
        ck_assert(seconds_now() - start < TEST_HANG_S * test_patience());
        scene_open(&s);
        began = seconds_now();
        lose_packet(&s, sent);
        began = seconds_now() - began;
        scene_close(&s);
    } while (began > 0.25);
    ck_assert_uint_eq(sent[4], 1); /* two later: not yet */
    ck_assert_uint_eq(sent[0], 2);
    for (int i = 1; i < 4; i++)
        ck_assert_uint_eq(sent[i], 1);
}
END_TEST

/* Whether the thread sleeps for longer than a new packet may wait. */
static bool is_fast_asleep(struct scene *s)
{
    const uint64_t now_ns = clock_ns();
    bool asleep;

    (void)pthread_mutex_lock(&s->sender.lock);
    asleep =
        s->sender.packet[0].sent > 4 && s->sender.timer_ns > now_ns + 150000000;
    (void)pthread_mutex_unlock(&s->sender.lock);
    return asleep;
}

/* A packet that is sent again and again has time; one behind it has not. */
START_TEST(test_behind_a_late_one)
{
    const double start = seconds_now();
    struct itimerspec left;
    struct scene s;

    scene_open(&s);
    scene_send(&s);
    while (!is_fast_asleep(&s)) {
        ck_assert(seconds_now() - start < TEST_HANG_S * test_patience());
        pause_ms(1);
    }
    scene_send(&s);
    ck_assert_int_eq(timerfd_gettime(s.sender.timer, &left), 0);
    ck_assert_int_eq(left.it_value.tv_sec, 0);
    ck_assert_int_le(left.it_value.tv_nsec, 20000000);
    scene_close(&s);
}
END_TEST

/* ----------------------------------------------------------- hostile bytes */

/* Who does not know the token is passed over, and so is nonsense. */
START_TEST(test_stranger)
{
    static const unsigned char nonsense[2 * DATAGRAM_MAX];
    static const unsigned char forged[30] = { [8] = 2 }; /* packet 0 */
    static const unsigned char hello[RELIABLE_HEADER] = { [8] = 1 };
    static const unsigned char proof[RELIABLE_HEADER + PROOF_TALK] = {
        [8] = RELIABLE_PROOF
    };
    struct sender sender = { .packets = 1 };
    struct address address;
    struct reliable receiver;
    int stranger, fd;

    ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &fd), 0);
    address = address_of(fd);
    ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &stranger), 0);
    ck_assert_int_eq(socket_connect(stranger, &address), 0);
    for (size_t size = 0; size < 70; size++)
        ck_assert_int_eq(send(stranger, nonsense, size, 0), (int)size);
    /* A call, but not with the token. */
    ck_assert_int_eq(send(stranger, hello, sizeof(hello), 0), sizeof(hello));
    ck_assert_int_eq(send(stranger, proof, sizeof(proof), 0), sizeof(proof));
    ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &sender.fd), 0);
    ck_assert_int_eq(socket_connect(sender.fd, &address), 0);
    start_sender(&sender);
    pause_ms(50);
    /* Behind the sender's hello: the connection will find it in its queue. */
    ck_assert_int_eq(send(stranger, forged, sizeof(forged), 0), 30);
    open_receiver(&receiver, fd);
    /* Connected by now: what the stranger sends does not come. */
    ck_assert_int_eq(send(stranger, forged, sizeof(forged), 0), 30);
    expect_packet(&receiver, 0);
    expect_end(&receiver);
    (void)pthread_join(sender.thread, NULL);
    reliable_close(&receiver);
    fd_close(&fd);
    fd_close(&stranger);
    fd_close(&sender.fd);
}
END_TEST

struct owner {
    int fd;
    int error;
    pthread_t thread;
};

static void *answer_run(void *arg)
{
    struct owner *o = arg;

    o->error = reliable_answer(o->fd, token);
    return NULL;
}

static int call_from_new_port(const struct address *address)
{
    int fd;

    ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &fd), 0);
    ck_assert_int_eq(socket_connect(fd, address), 0);
    return fd;
}

/* Asks as a caller does, and makes its proof of the question. */
static void make_proof(int fd, unsigned char *ret_datagram)
{
    const uint64_t tag = reliable_tag(token);
    unsigned char key[SECRET_SIZE];

    reliable_put_header(ret_datagram, tag, RELIABLE_HELLO, 0);
    ck_assert_int_eq(send(fd, ret_datagram, RELIABLE_HEADER, 0),
                     RELIABLE_HEADER);
    ck_assert_int_eq(recv(fd, ret_datagram, RELIABLE_HEADER + PROOF_TALK, 0),
                     RELIABLE_HEADER + PROOF_NUMBER);
    ck_assert_int_eq(secret_from_digits(token, key), 0);
    ck_assert_int_eq(proof_answer(key, ret_datagram + RELIABLE_HEADER), 0);
    reliable_put_header(ret_datagram, tag, RELIABLE_PROOF, 0);
}

/* A caller's proof is of no use to who says it from elsewhere, nor is a false
 * one of use to who was asked. */
START_TEST(test_replay)
{
    unsigned char datagram[RELIABLE_HEADER + PROOF_TALK];
    unsigned char wrong[RELIABLE_HEADER + PROOF_TALK];
    unsigned char welcome[RELIABLE_HEADER + PROOF_SIZE + 1];
    struct owner owner = { 0 };
    struct address address, peer = { .length = sizeof(peer.storage) }, own;
    int caller, stranger;

    ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &owner.fd), 0);
    address = address_of(owner.fd);
    ck_assert_int_eq(pthread_create(&owner.thread, NULL, answer_run, &owner),
                     0);
    caller = call_from_new_port(&address);
    stranger = call_from_new_port(&address);
    make_proof(caller, datagram);
    ck_assert_int_eq(send(stranger, datagram, sizeof(datagram), 0),
                     sizeof(datagram));
    make_proof(stranger, wrong);
    wrong[sizeof(wrong) - 1] ^= 1;
    ck_assert_int_eq(send(stranger, wrong, sizeof(wrong), 0), sizeof(wrong));
    ck_assert_int_eq(send(caller, datagram, sizeof(datagram), 0),
                     sizeof(datagram));
    ck_assert_int_eq(recv(caller, welcome, sizeof(welcome), 0),
                     RELIABLE_HEADER + PROOF_SIZE);
    ck_assert_int_eq(pthread_join(owner.thread, NULL), 0);
    ck_assert_int_eq(owner.error, 0);
    own = address_of(caller);
    ck_assert_int_eq(
        getpeername(owner.fd, (struct sockaddr *)&peer.storage, &peer.length),
        0);
    ck_assert_int_eq(memcmp(&peer.storage, &own.storage, own.length), 0);
    fd_close(&owner.fd);
    fd_close(&caller);
    fd_close(&stranger);
}
END_TEST

/* An owner that cannot prove itself is not believed. */
START_TEST(test_false_owner)
{
    unsigned char datagram[RELIABLE_HEADER + PROOF_TALK] = { 0 };
    const uint64_t tag = reliable_tag(token);
    struct sender sender = { .packets = 0 };
    struct address address, from = { .length = sizeof(from.storage) };
    unsigned proofs = 0;
    int fd;

    ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &fd), 0);
    address = address_of(fd);
    sender.fd = call_from_new_port(&address);
    start_sender(&sender);
    while (proofs < 2) { /* it asks again after a false welcome */
        from.length = sizeof(from.storage);
        ck_assert_int_ge(recvfrom(fd, datagram, sizeof(datagram), 0,
                                  (struct sockaddr *)&from.storage,
                                  &from.length),
                         RELIABLE_HEADER);
        ck_assert_uint_ne(get_u64(datagram + 8), RELIABLE_END);
        proofs += get_u64(datagram + 8) == RELIABLE_PROOF;
        reliable_put_header(datagram, tag,
                            proofs > 0 ? RELIABLE_WELCOME : RELIABLE_QUESTION,
                            0);
        ck_assert_int_gt(sendto(fd, datagram, RELIABLE_HEADER + PROOF_SIZE, 0,
                                (struct sockaddr *)&from.storage, from.length),
                         0);
    }
    fd_close(&fd);
    (void)pthread_join(sender.thread, NULL);
    ck_assert_int_eq(sender.error, -EPIPE);
}
END_TEST

/* The peer itself may send anything, with the right tag. */
START_TEST(test_hostile_peer)
{
    unsigned char bytes[2 * DATAGRAM_MAX];
    struct sender sender = { .packets = 3 };
    struct reliable receiver;
    struct relay relay = { 0 };
    unsigned seed = 7;
    int end[2];
    uint64_t tag;

    relay_open(&relay, end);
    sender.fd = end[0];
    start_sender(&sender);
    open_receiver(&receiver, end[1]);
    tag = receiver.tag;
    for (int i = 0; i < 20000; i++) {
        for (size_t j = 0; j < 64; j++)
            bytes[j] = (unsigned char)rand_r(&seed);
        memcpy(bytes, &tag, sizeof(tag));
        memset(bytes + 8, 0, 8);
        bytes[8] = (unsigned char)(i % 8);
        if (bytes[8] == RELIABLE_GONE) /* who knows the tag may leave */
            bytes[8] = 255;
        if (bytes[8] == 2 || bytes[8] == 3) /* no packet that would count */
            memset(bytes + 16, 0xff, 7);
        else if (i % 3 == 0)
            memset(bytes + 17, 0, 7);
        (void)send(relay.side[i % 2], bytes,
                   (size_t)rand_r(&seed) % (sizeof(bytes) - 8) + 8,
                   MSG_DONTWAIT);
    }
    for (unsigned long i = 0; i < 3; i++)
        expect_packet(&receiver, i);
    reliable_close(&receiver);
    (void)pthread_join(sender.thread, NULL);
    relay_close(&relay, end);
}
END_TEST

/* ------------------------------------------------------------------- ends */

/* Nobody has the port: at once when calling, and within a second later. */
START_TEST(test_nobody_there)
{
    struct address address;
    int fd, gone;

    ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &gone), 0);
    address = address_of(gone);
    fd_close(&gone);
    ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &fd), 0);
    ck_assert_int_eq(socket_connect(fd, &address), 0);
    ck_assert_int_eq(reliable_call(fd, token), -EPIPE);
    fd_close(&fd);
}
END_TEST

/* Two who find each other, the second of them late. */
struct meeting {
    int fd[2];
    int (*side[2])(int fd, const char *token);
    int late;
    int result;
};

static void *come_late(void *arg)
{
    struct meeting *m = arg;

    pause_ms(30);
    m->result = m->side[m->late](m->fd[m->late], token);
    return NULL;
}

/* A signal ends nobody's wait for the other. */
START_TEST(test_interrupted_meeting)
{
    struct meeting m = { .side = { reliable_answer, reliable_call },
                         .late = _i };
    struct address address;
    pthread_t thread;

    ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &m.fd[0]), 0);
    address = address_of(m.fd[0]);
    m.fd[1] = call_from_new_port(&address);
    ck_assert_int_eq(pthread_create(&thread, NULL, come_late, &m), 0);
    interrupt_every(1000);
    ck_assert_int_eq(m.side[!_i](m.fd[!_i], token), 0);
    interrupt_every(0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(m.result, 0);
    fd_close(&m.fd[0]);
    fd_close(&m.fd[1]);
}
END_TEST

START_TEST(test_receiver_goes)
{
    struct sender sender = { .packets = 1000 };
    struct address address;
    struct reliable receiver;
    double start;
    int fd;

    ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &fd), 0);
    address = address_of(fd);
    ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &sender.fd), 0);
    ck_assert_int_eq(socket_connect(sender.fd, &address), 0);
    start_sender(&sender);
    open_receiver(&receiver, fd);
    expect_packet(&receiver, 0);
    start = seconds_now();
    reliable_close(&receiver);
    fd_close(&fd);
    (void)pthread_join(sender.thread, NULL);
    ck_assert_int_eq(sender.error, -EPIPE);
    ck_assert(seconds_now() - start < RELIABLE_SILENCE_MS / 1e3);
    fd_close(&sender.fd);
}
END_TEST

/* Where nothing is refused a sender hears that its receiver has left, and does
 * not linger: a receiver need not wait for the end, nor for what comes before.
 */
START_TEST(test_receiver_leaves_first)
{
    struct sender sender = { .packets = _i < 4 ? 3 : 10 * WINDOW };
    struct relay relay = { 0 };
    struct reliable receiver;
    double start;
    int end[2];

    relay_open(&relay, end);
    sender.fd = end[0];
    start_sender(&sender);
    open_receiver(&receiver, end[1]);
    for (unsigned long i = 0; i < (unsigned long)_i; i++)
        expect_packet(&receiver, i);
    start = seconds_now();
    reliable_close(&receiver);
    (void)pthread_join(sender.thread, NULL);
    ck_assert(seconds_now() - start < RELIABLE_LINGER_MS / 1e3);
    relay_close(&relay, end);
}
END_TEST

/* And the other way round: the end waits for a receiver that is late. */
START_TEST(test_sender_leaves_first)
{
    struct sender sender = { .packets = 3 };
    struct relay relay = { 0 };
    struct reliable receiver;
    int end[2];

    relay_open(&relay, end);
    sender.fd = end[0];
    start_sender(&sender);
    open_receiver(&receiver, end[1]);
    (void)pthread_join(sender.thread, NULL);
    relay.cut = true;
    for (unsigned long i = 0; i < 3; i++)
        expect_packet(&receiver, i);
    expect_end(&receiver);
    reliable_close(&receiver);
    relay_close(&relay, end);
}
END_TEST

/* A network that is cut for good: silence is found out in bounded time. */
START_TEST(test_silence)
{
    struct sender sender = { .packets = 100 };
    struct relay relay = { 0 };
    struct reliable receiver;
    const double limit = 3 * RELIABLE_SILENCE_MS / 1e3;
    double start;
    int end[2];

    relay_open(&relay, end);
    sender.fd = end[0];
    start_sender(&sender);
    open_receiver(&receiver, end[1]);
    expect_packet(&receiver, 0);
    relay.cut = true;
    start = seconds_now();
    (void)pthread_join(sender.thread, NULL);
    ck_assert_int_eq(sender.error, -EPIPE);
    ck_assert(seconds_now() - start < limit * test_patience());
    reliable_close(&receiver);
    relay_close(&relay, end);
}
END_TEST

/* What comes again in the place of a proof, and is none, has no answer. */
START_TEST(test_no_proof)
{
    unsigned char datagram[RELIABLE_ACKNOWLEDGE_SIZE] = { 0 };

    reliable_put_header(datagram, reliable_tag("token"), RELIABLE_HELLO, 0);
    ck_assert_int_eq(reliable_welcome(-1, "token", datagram, RELIABLE_HEADER),
                     -EPROTO);
    reliable_put_header(datagram, reliable_tag("token"), RELIABLE_PROOF, 0);
    ck_assert_int_eq(reliable_welcome(-1, "token", datagram, sizeof(datagram)),
                     -EPROTO);
}
END_TEST

START_TEST(test_zeroed)
{
    struct reliable r = { 0 };

    reliable_close(&r);
    reliable_close(&r);
}
END_TEST

Suite *reliable_suite(void)
{
    const TTest *const tests[] = {
        test_good_network, test_drops,
        test_doubles,      test_reorders,
        test_all_at_once,  test_cut_for_a_second,
        test_stranger,     test_replay,
        test_false_owner,  test_hostile_peer,
        test_nobody_there, test_receiver_goes,
        test_silence,      test_no_proof,
        test_zeroed,       test_sender_leaves_first,
        test_threshold,    test_behind_a_late_one,
    };
    Suite *suite = suite_create("reliable");
    TCase *tc = tcase_create("reliable");

    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tc, tests[i]);
    tcase_add_loop_test(tc, test_receiver_leaves_first, 0, 5);
    tcase_add_loop_test(tc, test_interrupted_meeting, 0, 2);
    suite_add_tcase(suite, tc);
    return suite;
}
