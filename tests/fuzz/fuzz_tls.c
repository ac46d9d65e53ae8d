/* SPDX-License-Identifier: MIT */
/*
 * fuzz_tls.c -- what comes where records of TLS are to come
 *
 * Bytes        u8: who hears it. A host, or a guest, hears the bytes behind it,
 *              and no more; or the two hear each other, but for one change of
 *              what the guest says: u8, what it is (none, a byte is another,
 *              is left out, comes twice, or all ends there); u16, where; u8, by
 *              what
 * Must hold    who hears bytes gets none of them, and is told the end, or why;
 *              of what a guest says the host gets the beginning, and all of it
 *              where nothing is changed; no thread is left
 */
#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/net/tls.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TO_HOST, TO_GUEST, BETWEEN, TRIALS };
enum { NOTHING, OTHER, LEFT_OUT, TWICE, ENDS, CHANGES };
enum { BYTES_MAX = 8192, SAID = 3000, IDLE_MS = 30 };

static void make_pair(int pair[static 2])
{
    fuzz_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
}

/* Reads up to the end; returns how many came. */
static size_t hear(int fd, uint8_t *room, size_t size)
{
    size_t used = 0;
    ssize_t n;

    do {
        fuzz_await(fd);
        n = recv(fd, room + used, size - used, MSG_DONTWAIT);
        used += n > 0 ? (size_t)n : 0;
        fuzz_require(used < size);
    } while (n > 0);
    return used;
}

static void speak(int fd, struct hostile h)
{
    const size_t size = h.left < BYTES_MAX ? h.left : BYTES_MAX;

    fuzz_require(send(fd, h.at, size, MSG_NOSIGNAL) == (ssize_t)size);
    fuzz_require(shutdown(fd, SHUT_WR) == 0);
}

static void speak_to_host(const struct url *at, struct hostile h)
{
    uint8_t byte[1 + 1];
    int wire[2];

    make_pair(wire);
    fuzz_require(tls_begin(at, true, &wire[0]) == 0);
    speak(wire[1], h);
    fuzz_require(hear(wire[0], byte, sizeof(byte)) == 0);
    fd_close(&wire[0]);
    fd_close(&wire[1]);
}

static void speak_to_guest(const struct url *at, struct hostile h)
{
    char reason[TLS_TEXT_MAX];
    int wire[2], r;

    (void)tls_reason(reason);
    make_pair(wire);
    speak(wire[1], h);
    r = tls_begin(at, false, &wire[0]);
    fuzz_require(r == -EPIPE || r == -EKEYREJECTED);
    fuzz_require(tls_reason(reason) == (r == -EKEYREJECTED));
    fuzz_require(r == -EPIPE || memchr(reason, '\0', sizeof(reason)));
    fd_close(&wire[0]);
    fd_close(&wire[1]);
}

/* --------------------------------------------------- who sits between them */

struct between {
    int host, guest; /* the ends of their wires */
    unsigned change;
    uint8_t by;
    size_t where, passed; /* of what the guest says */
    bool changed;
};

static void pass_on(int fd, const uint8_t *bytes, size_t size)
{
    (void)send(fd, bytes, size, MSG_NOSIGNAL);
}

/* What the guest says, up to the change and from there on. */
static void pass_changed(struct between *b, uint8_t *bytes, size_t size)
{
    const size_t at = b->where - b->passed;

    b->changed = true;
    if (b->change == OTHER)
        bytes[at] ^= b->by;
    pass_on(b->host, bytes, at + (b->change == TWICE));
    if (b->change == ENDS)
        (void)shutdown(b->host, SHUT_WR);
    else
        pass_on(b->host, bytes + at + (b->change == LEFT_OUT),
                size - at - (b->change == LEFT_OUT));
}

/* False: that side has ended. */
static bool pass(struct between *b, bool to_host)
{
    uint8_t bytes[BYTES_MAX];
    const ssize_t n =
        recv(to_host ? b->guest : b->host, bytes, sizeof(bytes), MSG_DONTWAIT);

    if (n <= 0) {
        (void)shutdown(to_host ? b->host : b->guest, SHUT_WR);
        return false;
    }
    if (!to_host)
        pass_on(b->guest, bytes, (size_t)n);
    else if (b->change != NOTHING && !b->changed &&
             b->where - b->passed < (size_t)n)
        pass_changed(b, bytes, (size_t)n);
    else
        pass_on(b->host, bytes, (size_t)n);
    if (to_host)
        b->passed += (size_t)n;
    return true;
}

/* What is changed may leave both waiting for more: that is ended here. */
static void *pass_run(void *arg)
{
    struct between *b = arg;
    struct pollfd polled[] = {
        { .fd = b->guest, .events = POLLIN },
        { .fd = b->host, .events = POLLIN },
    };
    int n;

    while (polled[0].fd >= 0 || polled[1].fd >= 0) {
        n = poll(polled, 2, b->changed ? IDLE_MS : -1);
        if (n == 0)
            break;
        for (int i = 0; n > 0 && i < 2; i++)
            if (polled[i].revents && !pass(b, i == 0))
                polled[i].fd = -1;
    }
    (void)shutdown(b->guest, SHUT_RDWR);
    (void)shutdown(b->host, SHUT_RDWR);
    return NULL;
}

/* All is heard, unless the time to shake hands may have run out. */
static void say_and_hear(int host, int guest, uint64_t limit_ns)
{
    static uint8_t said[SAID], heard[SAID + 1];
    size_t size;

    for (size_t i = 0; i < SAID; i++)
        said[i] = (uint8_t)(i % 251);
    if (guest > 0)
        (void)send(guest, said, SAID, MSG_NOSIGNAL);
    if (guest > 0)
        (void)shutdown(guest, SHUT_WR);
    size = hear(host, heard, sizeof(heard));
    fuzz_require(memcmp(heard, said, size) == 0);
    fuzz_require(size == SAID || clock_ns() > limit_ns);
}

static void sit_between(const struct url *at, struct hostile h)
{
    struct between b = {
        .change = hostile_u8(&h) % CHANGES,
        .where = hostile_u16(&h),
        .by = hostile_change(&h),
    };
    const uint64_t limit_ns = clock_ns() + TLS_HANDSHAKE_MS * 500000ull;
    int host[2], guest[2], r;
    pthread_t thread;

    make_pair(host);
    make_pair(guest);
    b.host = host[1];
    b.guest = guest[1];
    fuzz_require(pthread_create(&thread, NULL, pass_run, &b) == 0);
    fuzz_require(tls_begin(at, true, &host[0]) == 0);
    r = tls_begin(at, false, &guest[0]);
    fuzz_require(r == 0 || b.change != NOTHING || clock_ns() > limit_ns);
    say_and_hear(host[0], r == 0 ? guest[0] : 0,
                 b.change == NOTHING ? limit_ns : 0);
    fd_close(&host[0]);
    fd_close(&guest[0]);
    fuzz_require(pthread_join(thread, NULL) == 0);
    fd_close(&host[1]);
    fd_close(&guest[1]);
}

int fuzz_tls(const uint8_t *data, size_t size)
{
    struct trust trust = { .has_secret = true, .secret = { 0xa5 } };
    const struct url at = { .scheme = "tcp+tls", .trust = &trust };
    struct hostile h = { data, size };
    const unsigned trial = hostile_u8(&h) % TRIALS;
    char text[TLS_TEXT_MAX];

    fuzz_require(tls_open(&trust, NULL, false, text) == 0);
    if (trial == TO_HOST)
        speak_to_host(&at, h);
    else if (trial == TO_GUEST)
        speak_to_guest(&at, h);
    else
        sit_between(&at, h);
    tls_close(&trust);
    return 0;
}
