/* SPDX-License-Identifier: MIT */
#include "shared/net/guests.h"

#include "shared/base/clock.h"
#include "shared/base/fd.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

enum { LOOK_MS = 100 };

/* Takes a guest out of the list, and leaves its descriptor open. */
static int take_out(struct guests *g, unsigned i)
{
    const struct guest out = g->guest[i];

    g->count--;
    memmove(&g->guest[i], &g->guest[i + 1], (g->count - i) * sizeof(out));
    g->guest[g->count] = out;
    return out.fd;
}

static void send_away(struct guests *g, unsigned i)
{
    int fd = take_out(g, i);

    fd_close(&fd);
}

/* Whether it is this end that fails, and not a guest who has gone or is none:
 * the next one would fare no better. */
static bool is_lasting(int error)
{
    return error == EBADF || error == EINVAL || error == ENOTSOCK ||
           error == ENOMEM || error == ENOBUFS || error == EMFILE ||
           error == ENFILE;
}

int guests_add(struct guests *g, int fd)
{
    if (fd < 0 && (errno == EMFILE || errno == ENFILE) && g->count > 0) {
        send_away(g, 0);
        return 0;
    }
    if (fd < 0)
        return is_lasting(errno) ? -errno : 0;
    if (g->count == GUESTS_MAX)
        send_away(g, 0);
    g->guest[g->count++] = (struct guest){
        .fd = fd,
        .until_ns = clock_ns() + GUEST_MS * 1000000ull,
    };
    return 0;
}

/* GUESTS_FOUND: it has said the word; 0: not all of it; -EPROTO: something
 * else. Errors of recv(2) that are this end's. */
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
    return !g->word || CRYPTO_memcmp(guest->said, g->word, g->word_size) == 0
               ? GUESTS_FOUND
               : -EPROTO;
}

/* The guests that are here are heard before others are let in: so one that has
 * to make room has had its say. */
int guests_await(struct guests *g, int listener, int limit_ms, int *ret_fd)
{
    struct pollfd polled[GUESTS_MAX + 1];
    int r;

    /* One that is silent is looked at now and then: until it has to leave. */
    if (g->count > 0 && (limit_ms < 0 || limit_ms > LOOK_MS))
        limit_ms = LOOK_MS;
    fd_close(&g->turned_away);
    for (unsigned i = 0; i < g->count; i++)
        polled[i] = (struct pollfd){ .fd = g->guest[i].fd, .events = POLLIN };
    polled[g->count] = (struct pollfd){ .fd = listener, .events = POLLIN };
    if (poll(polled, g->count + 1, limit_ms) < 0)
        return errno == EINTR ? 0 : -errno;
    for (unsigned i = 0; i < g->count; i++) {
        r = listen_to(g, &g->guest[i]);
        if (r == 0)
            continue;
        if (r == GUESTS_FOUND)
            *ret_fd = take_out(g, i);
        else
            g->turned_away = take_out(g, i);
        return r;
    }
    return polled[g->count].revents ? GUESTS_KNOCK : 0;
}

void guests_close(struct guests *g)
{
    fd_close(&g->turned_away);
    while (g->count > 0)
        send_away(g, g->count - 1);
}
