/* SPDX-License-Identifier: MIT */
/*
 * fuzz_udp.c -- the peer of a connection over UDP sends what it likes
 *
 * Bytes        u8: odd: to the sender, else to the receiver; then up to 40
 *              datagrams: u8, flags; u8, the kind; u8 or u64, the sequence
 *              number; then u8, how long the rest is, and u8, what fills it,
 *              or of an acknowledgement two u64, the end of the room and what
 *              is held. The flags: another tag, u64, comes first; a large
 *              number; an acknowledgement; u8, cut to so many bytes; twice;
 *              before it a payload is sent, or received.
 * Must hold    after each datagram the end is where a plain reading of it
 *              leads; what it says itself is well-formed; payloads come whole,
 *              once, in order, up to the first end; when the peer is healthy
 *              again, it is served
 */
#include "shared/base/bytes.h"
#include "shared/base/fd.h"
#include "sockets/udp_reliable.h"
#include "sockets/udp_wire.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { PAYLOAD = 64, WINDOW = 8, DATAGRAMS = 40, NUMBERS = 2 * DATAGRAMS };
enum { DATAGRAM_MAX = RELIABLE_HEADER + 256, HEALTHY = 0xa5, HANG_S = 15 };
enum {
    OTHER_TAG = 1,
    LARGE = 2,
    ACKNOWLEDGES = 4,
    CUT = 8,
    TWICE = 16,
    USED = 32,
};

static const char token[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* Where the end must be, by a plain reading; and the wire, of which the end
 * loses what finds no room, as of a network. */
struct scene {
    struct reliable end;
    int near, peer;
    uint64_t first, next, room_end, last;
    bool gone;
    bool held[NUMBERS];
    size_t size[NUMBERS];
    uint8_t payload[NUMBERS][PAYLOAD];
};

/* ------------------------------------------------------------ plain reading */

static void read_packet(struct scene *s, uint64_t number,
                        const uint8_t *payload, size_t size)
{
    if (number < s->next || number >= s->first + WINDOW || s->held[number])
        return;
    s->held[number] = true;
    s->size[number] = size;
    memcpy(s->payload[number], payload, size);
    if (size == 0 && number < s->last)
        s->last = number;
    while (s->held[s->next])
        s->next++;
}

static void read_acknowledgement(struct scene *s, const uint8_t *datagram)
{
    const uint64_t next = get_u64(datagram + 16);
    const uint64_t end = get_u64(datagram + RELIABLE_HEADER);
    const uint64_t bits = get_u64(datagram + RELIABLE_HEADER + 8);

    if (next > s->next || end > next + WINDOW)
        return;
    for (uint64_t i = s->first; i < s->next; i++)
        if (i < next ||
            (i > next && i - next <= 64 && bits >> (i - next - 1) & 1))
            s->held[i] = true;
    while (s->first < s->next && s->held[s->first])
        s->first++;
    if (end > s->room_end)
        s->room_end = end;
}

static void read_datagram(struct scene *s, const uint8_t *datagram, size_t size)
{
    const bool ours =
        size >= RELIABLE_HEADER && get_u64(datagram) == reliable_tag(token);
    const uint8_t *payload = datagram + RELIABLE_HEADER;
    const uint64_t kind = ours ? get_u64(datagram + 8) : 0;
    const size_t more = size - RELIABLE_HEADER;

    if (!ours)
        return;
    if (s->end.sends && kind == RELIABLE_GONE)
        s->gone = true;
    else if (s->end.sends && kind == RELIABLE_ACKNOWLEDGE && more == 16)
        read_acknowledgement(s, datagram);
    else if (!s->end.sends && kind == RELIABLE_DATA && more > 0 &&
             more <= PAYLOAD)
        read_packet(s, get_u64(datagram + 16), payload, more);
    else if (!s->end.sends && kind == RELIABLE_END && more == 0)
        read_packet(s, get_u64(datagram + 16), payload, 0);
}

/* ------------------------------------------------------------------ the end */

/* Until the end's thread has taken all that was sent to it; it is then locked,
 * and rests. */
static void lock_settled(struct scene *s)
{
    struct timespec limit;
    char byte;

    (void)clock_gettime(CLOCK_MONOTONIC, &limit);
    limit.tv_sec += HANG_S;
    (void)pthread_mutex_lock(&s->end.lock);
    while (recv(s->near, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
        fuzz_require(
            pthread_cond_timedwait(&s->end.changed, &s->end.lock, &limit) == 0);
}

static void check_end(struct scene *s)
{
    const struct reliable *r = &s->end;

    lock_settled(s);
    fuzz_require(r->first == s->first && r->next == s->next);
    fuzz_require(!r->error == !s->gone);
    if (r->sends)
        fuzz_require(r->room_end == s->room_end);
    else
        fuzz_require(r->last == s->last);
    for (uint64_t i = s->first; i < s->first + WINDOW; i++)
        if (!r->sends || i < s->next)
            fuzz_require(r->packet[i % WINDOW].held == s->held[i]);
    (void)pthread_mutex_unlock(&s->end.lock);
}

static uint64_t bits_of(const struct scene *s)
{
    uint64_t bits = 0;

    for (uint64_t i = s->next + 1; i < s->first + WINDOW; i++)
        bits |= (uint64_t)s->held[i] << (i - s->next - 1);
    return bits;
}

static void check_said(const struct scene *s, const uint8_t *datagram,
                       size_t size)
{
    const size_t more = size - RELIABLE_HEADER;
    uint64_t kind, number;

    fuzz_require(size >= RELIABLE_HEADER);
    fuzz_require(get_u64(datagram) == reliable_tag(token));
    kind = get_u64(datagram + 8);
    number = get_u64(datagram + 16);
    if (kind == RELIABLE_ACKNOWLEDGE) {
        fuzz_require(!s->end.sends && size == RELIABLE_ACKNOWLEDGE_SIZE);
        fuzz_require(number <= s->next);
        fuzz_require(get_u64(datagram + RELIABLE_HEADER) <= s->first + WINDOW);
    } else if (kind == RELIABLE_DATA) {
        fuzz_require(s->end.sends && number < s->next);
        fuzz_require(more == s->size[number]);
        fuzz_require(
            memcmp(datagram + RELIABLE_HEADER, s->payload[number], more) == 0);
    } else {
        fuzz_require(kind == RELIABLE_ALIVE && s->end.sends && more == 0);
    }
}

/* Reads what the end has said so far; returns the number of the packet that it
 * sent last, or UINT64_MAX. Its last acknowledgement tells how things stand. */
static uint64_t hear(struct scene *s)
{
    uint8_t datagram[DATAGRAM_MAX + 1];
    uint64_t sent = UINT64_MAX, next = s->next, bits = bits_of(s);
    ssize_t n;

    while ((n = recv(s->peer, datagram, sizeof(datagram), MSG_DONTWAIT)) >= 0) {
        check_said(s, datagram, (size_t)n);
        if (s->end.sends) {
            sent = get_u64(datagram + 8) == RELIABLE_DATA
                       ? get_u64(datagram + 16)
                       : sent;
            continue;
        }
        next = get_u64(datagram + 16);
        bits = get_u64(datagram + RELIABLE_HEADER + 8);
    }
    fuzz_require(next == s->next && bits == bits_of(s));
    return sent;
}

static void tell(struct scene *s, const uint8_t *datagram, size_t size)
{
    fuzz_require(send(s->peer, datagram, size, 0) == (ssize_t)size);
    read_datagram(s, datagram, size);
    check_end(s);
}

static void tell_healthy(struct scene *s, enum reliable_kind kind,
                         uint64_t number, size_t size)
{
    uint8_t datagram[DATAGRAM_MAX];

    memset(datagram, HEALTHY, sizeof(datagram));
    reliable_put_header(datagram, reliable_tag(token), kind, number);
    if (kind == RELIABLE_ACKNOWLEDGE) {
        put_u64(datagram + RELIABLE_HEADER, number + WINDOW);
        put_u64(datagram + RELIABLE_HEADER + 8, 0);
    }
    tell(s, datagram, RELIABLE_HEADER + size);
}

/* ----------------------------------------------------- what its user does */

static void send_one(struct scene *s)
{
    const size_t size = 1 + s->next % PAYLOAD;
    uint8_t *payload = s->payload[s->next];

    s->size[s->next] = size;
    memset(payload, (int)(s->next + 1), size);
    if (s->gone) {
        fuzz_require(reliable_send(&s->end, payload, size) == -EPIPE);
    } else if (s->next < s->first + WINDOW && s->next < s->room_end) {
        fuzz_require(reliable_send(&s->end, payload, size) == 0);
        s->next++;
    }
}

/* What was lent last is given back. */
static void receive_one(struct scene *s)
{
    const uint64_t given = s->first + s->end.lent;
    const void *payload;
    size_t size;

    if (given == s->next)
        return; /* it would wait */
    s->first = given;
    if (given == s->last) {
        fuzz_require(reliable_receive(&s->end, &payload, &size) == -EPIPE);
        return;
    }
    fuzz_require(reliable_receive(&s->end, &payload, &size) == 0);
    fuzz_require(size == s->size[given]);
    fuzz_require(memcmp(payload, s->payload[given], size) == 0);
}

/* --------------------------------------------------------------- the peer */

static void tell_hostile(struct scene *s, struct hostile *h)
{
    const unsigned flags = hostile_u8(h);
    const uint64_t tag =
        flags & OTHER_TAG ? hostile_u64(h) : reliable_tag(token);
    const unsigned kind = hostile_u8(h);
    uint8_t datagram[DATAGRAM_MAX] = { 0 };
    size_t size = RELIABLE_ACKNOWLEDGE_SIZE;

    reliable_put_header(datagram, tag, kind,
                        flags & LARGE ? hostile_u64(h) : hostile_u8(h));
    if (flags & ACKNOWLEDGES) {
        put_u64(datagram + RELIABLE_HEADER, hostile_u64(h));
        put_u64(datagram + RELIABLE_HEADER + 8, hostile_u64(h));
    } else {
        size = RELIABLE_HEADER + hostile_u8(h);
        memset(datagram + RELIABLE_HEADER, (int)hostile_u8(h),
               size - RELIABLE_HEADER);
    }
    if (flags & CUT)
        size = hostile_u8(h) % (size + 1);
    if (flags & USED && s->end.sends)
        send_one(s);
    else if (flags & USED)
        receive_one(s);
    tell(s, datagram, size);
    if (flags & TWICE)
        tell(s, datagram, size);
    (void)hear(s);
}

/* The rest comes, and is received up to the end. */
static void complete(struct scene *s)
{
    uint64_t given;
    bool more;

    while ((given = s->first + s->end.lent) != s->last) {
        more = s->last != UINT64_MAX;
        for (uint64_t i = given; i < s->first + WINDOW; i++)
            more |= s->held[i];
        if (given == s->next)
            tell_healthy(s, more ? RELIABLE_DATA : RELIABLE_END, given,
                         more ? PAYLOAD : 0);
        (void)hear(s);
        receive_one(s);
    }
    receive_one(s);
    receive_one(s);
}

/* It knows of all there is, and has room for more. */
static void catch_up(struct scene *s)
{
    if (!s->gone) {
        tell_healthy(s, RELIABLE_ACKNOWLEDGE, s->next, 16);
        fuzz_require(s->first == s->next);
        (void)hear(s);
        send_one(s);
        fuzz_require(hear(s) == s->next - 1);
    }
    tell_healthy(s, RELIABLE_GONE, 0, 0);
    send_one(s);
}

int fuzz_udp(const uint8_t *data, size_t size)
{
    static const struct reliable_config config = {
        .token = token,
        .packet_size = PAYLOAD,
        .window = WINDOW,
        .sent = 100,
    };
    struct scene s = { .room_end = WINDOW, .last = UINT64_MAX };
    struct hostile h = { data, size };
    const bool sends = hostile_u8(&h) & 1;
    int pair[2];

    fuzz_require(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                            0, pair) == 0);
    s.near = pair[0];
    s.peer = pair[1];
    fuzz_require(reliable_open(&s.end, s.near, sends, !sends, &config) == 0);
    for (int i = 0; i < DATAGRAMS && h.left > 0; i++)
        tell_hostile(&s, &h);
    if (sends)
        catch_up(&s);
    else
        complete(&s);
    reliable_close(&s.end);
    fd_close(&s.near);
    fd_close(&s.peer);
    return 0;
}
