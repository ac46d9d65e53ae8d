/* SPDX-License-Identifier: MIT */
#include "shared/net/guests.h"

#include "shared/base/clock.h"
#include "shared/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>

int guests_listen(int fd)
{
    if (listen(fd, SOMAXCONN) < 0)
        return -errno;
    /* One that has gone again would hold up accept(2). */
    return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

/* Takes a guest out of the list, and leaves its descriptor open. */
static struct guest take_out(struct guests *g, unsigned i)
{
    const struct guest guest = g->guest[i];

    g->count--;
    memmove(&g->guest[i], &g->guest[i + 1],
            (g->count - i) * sizeof(g->guest[0]));
    return guest;
}

static void send_away(struct guests *g, unsigned i)
{
    struct guest guest = take_out(g, i);

    fd_close(&guest.fd);
}

/* Whether it is this end that fails, and not a guest who has gone or is none:
 * the next one would fare no better. */
static bool is_lasting(int error)
{
    return error == EBADF || error == EINVAL || error == ENOTSOCK ||
           error == ENOMEM || error == ENOBUFS || error == EMFILE ||
           error == ENFILE;
}

static int let_in(struct guests *g, int listener)
{
    struct guest guest = { .address_size = sizeof(guest.address) };
    int r;

    if (g->count == GUESTS_MAX)
        send_away(g, 0);
    guest.fd = accept4(listener, (struct sockaddr *)&guest.address,
                       &guest.address_size, SOCK_CLOEXEC);
    if (guest.fd < 0 && (errno == EMFILE || errno == ENFILE) && g->count > 0) {
        send_away(g, 0);
        return 0;
    }
    if (guest.fd < 0)
        return is_lasting(errno) ? -errno : 0;
    r = g->greet ? g->greet(g->greet_arg, guest.fd) : 0;
    if (r < 0) {
        fd_close(&guest.fd);
        return is_lasting(-r) ? r : 0;
    }
    guest.until_ns = clock_ns() + GUEST_MS * 1000000ull;
    g->guest[g->count++] = guest;
    return 0;
}

/* 1: it has said the word; 0: not all of it; -EPROTO: something else. Errors of
 * recv(2) that are this end's. */
static int listen_to(const struct guests *g, struct guest *guest)
{
    ssize_t n;

    n = recv(guest->fd, guest->said + guest->said_size,
             g->word_size - guest->said_size, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return clock_ns() < guest->until_ns ? 0 : -EPROTO;
    if (n <= 0)
        return n < 0 && is_lasting(errno) ? -errno : -EPROTO;
    guest->said_size += (size_t)n;
    if (guest->said_size < g->word_size)
        return 0;
    return CRYPTO_memcmp(guest->said, g->word, g->word_size) == 0 ? 1 : -EPROTO;
}

/* Until the first has to leave, or the limit. */
static int wait_ms(const struct guests *g, int limit_ms)
{
    const uint64_t now_ns = clock_ns();
    uint64_t left_ms;

    if (g->count == 0)
        return limit_ms;
    if (g->guest[0].until_ns <= now_ns)
        return 0;
    left_ms = (g->guest[0].until_ns - now_ns) / 1000000 + 1;
    return limit_ms < 0 || left_ms < (uint64_t)limit_ms ? (int)left_ms
                                                        : limit_ms;
}

/* Who is here is heard before others are let in: one that has to make room has
 * had its say. */
int guests_await(struct guests *g, int listener, int limit_ms,
                 struct guest *ret_guest)
{
    struct pollfd polled[GUESTS_MAX + 1];
    int r;

    for (unsigned i = 0; i < g->count; i++)
        polled[i] = (struct pollfd){ .fd = g->guest[i].fd, .events = POLLIN };
    polled[g->count] = (struct pollfd){ .fd = listener, .events = POLLIN };
    if (poll(polled, g->count + 1, wait_ms(g, limit_ms)) < 0)
        return errno == EINTR ? 0 : -errno;
    for (unsigned i = 0; i < g->count; i++) {
        r = listen_to(g, &g->guest[i]);
        if (r == 0)
            continue;
        *ret_guest = take_out(g, i);
        if (r < 0)
            fd_close(&ret_guest->fd);
        return r;
    }
    return polled[g->count].revents ? let_in(g, listener) : 0;
}

int guests_find(struct guests *g, int listener, int *ret_fd)
{
    struct guest guest;
    int r;

    do
        r = guests_await(g, listener, -1, &guest);
    while (r == 0 || r == -EPROTO);
    if (r < 0)
        return r;
    *ret_fd = guest.fd;
    return 0;
}

void guests_close(struct guests *g)
{
    while (g->count > 0)
        send_away(g, g->count - 1);
}
