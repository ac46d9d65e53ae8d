/* SPDX-License-Identifier: MIT */
#include "sockets/udp_reliable.h"

#include "shared/base/bytes.h"
#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/base/round_up.h"
#include "shared/base/thread.h"
#include "sockets/udp_wire.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    THRESHOLD = 3, /* packets, within which the network may reorder */
    AT_ONCE = 16,  /* datagrams that are read before they are answered */
    ALIGN = 64,
};

static const uint64_t tick_ns = UINT64_C(1000000) * RELIABLE_TICK_MS;

/* ------------------------------------------------------- sending, both ends */

/* xorshift64: Marsaglia, "Xorshift RNGs", 2003. */
static bool is_to_be_lost(struct reliable *r)
{
    r->random ^= r->random << 13;
    r->random ^= r->random >> 7;
    r->random ^= r->random << 17;
    return r->random % 100 >= r->config.sent;
}

/* A refusal is told to whoever next asks: so the thread hears of it, too. What
 * the kernel could not send is like what the network lost. */
static void put_on_wire(struct reliable *r, const void *datagram, size_t size)
{
    bool refused;

    if (r->config.sent < 100 && is_to_be_lost(r))
        return;
    refused = send(r->fd, datagram, size, 0) < 0 && errno == ECONNREFUSED;
    if (refused && !r->error)
        r->error = -EPIPE;
}

static struct reliable_packet *packet_at(struct reliable *r, uint64_t sequence)
{
    return &r->packet[sequence % r->config.window];
}

static void send_packet(struct reliable *r, uint64_t sequence)
{
    struct reliable_packet *packet = packet_at(r, sequence);

    packet->sent_ns = clock_ns();
    packet->sent++;
    put_on_wire(r, packet->datagram, RELIABLE_HEADER + packet->size);
}

static void resend(struct reliable *r, uint64_t sequence)
{
    r->resent++;
    send_packet(r, sequence);
}

static void send_acknowledgement(struct reliable *r)
{
    unsigned char datagram[RELIABLE_ACKNOWLEDGE_SIZE];
    uint64_t held = 0;

    for (uint64_t i = r->next + 1; i < r->first + r->config.window; i++)
        if (packet_at(r, i)->held)
            held |= UINT64_C(1) << (i - r->next - 1);
    reliable_put_header(datagram, r->tag, RELIABLE_ACKNOWLEDGE, r->next);
    put_u64(datagram + RELIABLE_HEADER, r->first + r->config.window);
    put_u64(datagram + RELIABLE_HEADER + 8, held);
    put_on_wire(r, datagram, sizeof(datagram));
}

static void send_plain(struct reliable *r, enum reliable_kind kind)
{
    unsigned char datagram[RELIABLE_HEADER];

    reliable_put_header(datagram, r->tag, kind, 0);
    put_on_wire(r, datagram, sizeof(datagram));
}

static void send_sign_of_life(struct reliable *r)
{
    if (r->sends)
        send_plain(r, RELIABLE_ALIVE);
    else
        send_acknowledgement(r);
}

/* ------------------------------------------------------ the sender's thread */

static void note_arrival(struct reliable *r, uint64_t sequence, uint64_t now_ns)
{
    struct reliable_packet *packet = packet_at(r, sequence);

    if (packet->held)
        return;
    packet->held = true;
    /* If it was sent twice, nobody knows which arrived: Karn's algorithm. */
    if (packet->sent == 1)
        round_trip_note(&r->round_trip, now_ns - packet->sent_ns);
}

/* Each for itself: none is lost here because there are too many. */
static uint64_t patience_ns(const struct reliable *r,
                            const struct reliable_packet *packet)
{
    return round_trip_timeout(&r->round_trip, packet->sent - 1);
}

static void resend_late(struct reliable *r)
{
    const uint64_t now_ns = clock_ns();
    struct reliable_packet *packet;

    for (uint64_t i = r->first; i < r->next; i++) {
        packet = packet_at(r, i);
        if (!packet->held && now_ns - packet->sent_ns >= patience_ns(r, packet))
            resend(r, i);
    }
}

/*
 * A packet is lost when one that is at least three later has arrived: RFC 9002,
 * section 6.1.1. There need not be three of them, as where TCP counts duplicate
 * acknowledgements (RFC 5681): so of several that are lost in a row the first
 * is found no later than one alone. But here a packet that is sent again keeps
 * its number, unlike QUIC's: when that was only just, nobody can know.
 */
static void resend_lost(struct reliable *r, uint64_t latest, uint64_t now_ns)
{
    for (uint64_t i = r->first; i + THRESHOLD <= latest; i++)
        if (!packet_at(r, i)->held &&
            now_ns - packet_at(r, i)->sent_ns >= r->round_trip.smooth_ns)
            resend(r, i);
}

static void note_acknowledgement(struct reliable *r,
                                 const unsigned char *datagram)
{
    const uint64_t next = get_u64(datagram + 16);
    const uint64_t end = get_u64(datagram + RELIABLE_HEADER);
    const uint64_t held = get_u64(datagram + RELIABLE_HEADER + 8);
    const uint64_t now_ns = clock_ns();
    uint64_t latest = next;

    if (next > r->next || end > next + r->config.window)
        return;
    for (uint64_t i = r->first; i < next; i++)
        note_arrival(r, i, now_ns);
    for (uint64_t i = next + 1; i < r->next && i <= next + 64; i++)
        if (i >= r->first && held >> (i - next - 1) & 1) {
            note_arrival(r, i, now_ns);
            latest = i;
        }
    while (r->first < r->next && packet_at(r, r->first)->held)
        r->first++;
    if (end > r->room_end)
        r->room_end = end;
    resend_lost(r, latest, now_ns);
}

/* ---------------------------------------------------- the receiver's thread */

/* Keeps what was read into the spare room, whose place is now free for it. */
static void keep_packet(struct reliable *r, enum reliable_kind kind,
                        size_t size)
{
    const uint64_t sequence = get_u64(r->spare + 16);
    struct reliable_packet *packet;
    unsigned char *room;

    if (sequence < r->next || sequence >= r->first + r->config.window ||
        packet_at(r, sequence)->held) {
        r->doubled += sequence < r->first + r->config.window;
        return;
    }
    packet = packet_at(r, sequence);
    room = packet->datagram;
    packet->datagram = r->spare;
    packet->size = size - RELIABLE_HEADER;
    packet->held = true;
    r->spare = room;
    /* Of several, which no peer of ours sends, the first is the end. */
    if (kind == RELIABLE_END && sequence < r->last)
        r->last = sequence;
    while (r->next < r->first + r->config.window && packet_at(r, r->next)->held)
        r->next++;
}

/* ------------------------------------------------------------- the thread */

/* One datagram, in the spare room. Whatever makes no sense is passed over. */
static void take_datagram(struct reliable *r, size_t size)
{
    const uint64_t kind = size >= RELIABLE_HEADER ? get_u64(r->spare + 8) : 0;

    if (size < RELIABLE_HEADER || get_u64(r->spare) != r->tag)
        return;
    r->heard = true;
    if (kind == RELIABLE_PROOF && r->answers)
        (void)reliable_welcome(r->fd, r->config.token, r->spare, size);
    else if (kind == RELIABLE_ACKNOWLEDGE && r->sends &&
             size == RELIABLE_ACKNOWLEDGE_SIZE)
        note_acknowledgement(r, r->spare);
    else if (kind == RELIABLE_DATA && !r->sends && size > RELIABLE_HEADER &&
             size <= RELIABLE_HEADER + r->config.packet_size)
        keep_packet(r, RELIABLE_DATA, size);
    else if (kind == RELIABLE_END && !r->sends && size == RELIABLE_HEADER)
        keep_packet(r, RELIABLE_END, size);
    else if (kind == RELIABLE_GONE && r->sends && !r->error)
        r->error = -EPIPE;
}

/* Reads what is there, but not for ever. The kernel tells of a refusal before
 * it gives what came earlier. */
static void take_datagrams(struct reliable *r)
{
    const size_t room = RELIABLE_HEADER + r->config.packet_size + 1;
    bool refused = false, any = false;
    ssize_t n;

    for (int i = 0; i < AT_ONCE; i++) {
        n = recv(r->fd, r->spare, room, MSG_DONTWAIT);
        if (n < 0 && errno == ECONNREFUSED)
            refused = true;
        else if (n < 0)
            break;
        else {
            take_datagram(r, (size_t)n);
            any = true;
        }
    }
    if (any && !r->sends)
        send_acknowledgement(r);
    if (refused && !r->error)
        r->error = -EPIPE;
}

static void tick(struct reliable *r)
{
    const uint64_t now_ns = clock_ns();

    if (now_ns < r->tick_ns)
        return;
    r->tick_ns = now_ns + tick_ns;
    /* Ticks are counted, not time: a stopped process hears nothing. */
    r->silence = r->heard ? 0 : r->silence + 1;
    r->heard = false;
    if (r->silence * RELIABLE_TICK_MS >= RELIABLE_SILENCE_MS && !r->error)
        r->error = -EPIPE;
    send_sign_of_life(r);
}

/* For the next sign of life, or the first packet that may have to be sent
 * again. */
static void set_timer(struct reliable *r)
{
    uint64_t due_ns = r->tick_ns, late_ns;
    const struct reliable_packet *packet;
    struct itimerspec time = { 0 };

    for (uint64_t i = r->first; r->sends && i < r->next; i++) {
        packet = packet_at(r, i);
        late_ns = packet->sent_ns + patience_ns(r, packet);
        if (!packet->held && late_ns < due_ns)
            due_ns = late_ns;
    }
    r->timer_ns = due_ns;
    time.it_value.tv_sec = (time_t)(due_ns / 1000000000);
    time.it_value.tv_nsec = (long)(due_ns % 1000000000);
    (void)timerfd_settime(r->timer, TFD_TIMER_ABSTIME, &time, NULL);
}

static void *run(void *arg)
{
    struct reliable *r = arg;
    struct pollfd polled[] = {
        { .fd = r->fd, .events = POLLIN },
        { .fd = r->timer, .events = POLLIN },
    };

    (void)pthread_mutex_lock(&r->lock);
    while (!r->closing) {
        set_timer(r);
        (void)pthread_mutex_unlock(&r->lock);
        (void)poll(polled, 2, -1);
        (void)pthread_mutex_lock(&r->lock);
        take_datagrams(r);
        if (r->sends)
            resend_late(r);
        tick(r);
        (void)pthread_cond_broadcast(&r->changed);
    }
    (void)pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* ------------------------------------------------------------- the endpoint */

static int start(struct reliable *r)
{
    const int result = thread_start(&r->thread, run, r);

    r->running = result == 0;
    return result;
}

static int make_room(struct reliable *r)
{
    const size_t size =
        round_up(RELIABLE_HEADER + r->config.packet_size + 1, ALIGN);
    void *memory;

    if (posix_memalign(&memory, ALIGN, size * (r->config.window + 1)) != 0)
        return -ENOMEM;
    r->spare = r->memory = memory;
    for (unsigned i = 0; i < r->config.window; i++)
        r->packet[i].datagram = r->memory + (i + 1) * size;
    return 0;
}

static int open_timer(struct reliable *r)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

    if (fd < 0)
        return -errno;
    r->timer = fd;
    return 0;
}

int reliable_open(struct reliable *r, int fd, bool sends, bool answers,
                  const struct reliable_config *config)
{
    pthread_condattr_t attributes;
    int error;

    *r = (struct reliable){
        .config = *config,
        .tag = reliable_tag(config->token),
        .fd = fd,
        .sends = sends,
        .answers = answers,
        .room_end = config->window,
        .last = UINT64_MAX,
        .tick_ns = clock_ns() + tick_ns,
    };
    r->random = (r->tag + sends) | 1;
    (void)pthread_mutex_init(&r->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&r->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    error = make_room(r);
    if (error == 0)
        error = open_timer(r);
    if (error == 0)
        error = start(r);
    if (error < 0)
        reliable_close(r);
    return error;
}

/* Whether a sender has a place in its window, and in the receiver's. */
static bool has_place(const struct reliable *r)
{
    return r->next - r->first < r->config.window && r->next < r->room_end;
}

static void put_packet(struct reliable *r, enum reliable_kind kind,
                       const void *payload, size_t size)
{
    struct reliable_packet *packet = packet_at(r, r->next);

    reliable_put_header(packet->datagram, r->tag, kind, r->next);
    if (size > 0)
        memcpy(packet->datagram + RELIABLE_HEADER, payload, size);
    packet->size = size;
    packet->sent = 0;
    packet->held = false;
    r->next++;
    send_packet(r, r->next - 1);
    /* The thread may be asleep until its next tick, or until it is time for an
     * earlier one that was sent again and again. */
    if (packet->sent_ns + patience_ns(r, packet) < r->timer_ns)
        set_timer(r);
}

int reliable_send(struct reliable *r, const void *payload, size_t size)
{
    int error;

    (void)pthread_mutex_lock(&r->lock);
    while (!has_place(r) && !r->error)
        (void)pthread_cond_wait(&r->changed, &r->lock);
    error = r->error;
    if (error == 0)
        put_packet(r, RELIABLE_DATA, payload, size);
    (void)pthread_mutex_unlock(&r->lock);
    return error;
}

/* Gives back what was lent last. The sender is told when it may be waiting. */
static void give_back(struct reliable *r)
{
    packet_at(r, r->first)->held = false;
    r->first++;
    if (r->next - r->first < r->config.window &&
        r->next + 1 - r->first >= r->config.window)
        send_acknowledgement(r);
}

int reliable_receive(struct reliable *r, const void **ret_payload,
                     size_t *ret_size)
{
    struct reliable_packet *packet;
    int error = 0;

    (void)pthread_mutex_lock(&r->lock);
    if (r->lent)
        give_back(r);
    r->lent = false;
    while (r->first == r->next && !r->error)
        (void)pthread_cond_wait(&r->changed, &r->lock);
    if (r->first == r->next || r->first == r->last)
        error = -EPIPE;
    else {
        packet = packet_at(r, r->first);
        *ret_payload = packet->datagram + RELIABLE_HEADER;
        *ret_size = packet->size;
        r->lent = true;
    }
    (void)pthread_mutex_unlock(&r->lock);
    return error;
}

/* Sends the end, and waits until it is acknowledged, and so all before it. */
static void finish(struct reliable *r)
{
    struct timespec limit;
    int late = 0;

    (void)clock_gettime(CLOCK_MONOTONIC, &limit);
    limit.tv_sec += RELIABLE_LINGER_MS / 1000;
    while (!has_place(r) && !r->error && !late)
        late = pthread_cond_timedwait(&r->changed, &r->lock, &limit);
    if (has_place(r) && !r->error)
        put_packet(r, RELIABLE_END, NULL, 0);
    while (r->first < r->next && !r->error && !late)
        late = pthread_cond_timedwait(&r->changed, &r->lock, &limit);
}

static void stop(struct reliable *r)
{
    (void)pthread_mutex_lock(&r->lock);
    if (r->sends)
        finish(r);
    r->closing = true;
    r->tick_ns = 1; /* it has long been due */
    set_timer(r);
    (void)pthread_mutex_unlock(&r->lock);
    (void)pthread_join(r->thread, NULL);
    if (r->sends)
        return;
    take_datagrams(r);
    send_plain(r, RELIABLE_GONE);
}

void reliable_close(struct reliable *r)
{
    if (r->config.window == 0)
        return;
    if (r->running)
        stop(r);
    fd_close(&r->timer);
    free(r->memory);
    (void)pthread_cond_destroy(&r->changed);
    (void)pthread_mutex_destroy(&r->lock);
    *r = (struct reliable){ 0 };
}
