/* SPDX-License-Identifier: MIT */
#include "shared/net/tcp_meeting.h"

#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/net/address.h"
#include "shared/net/proof.h"
#include "shared/net/tls.h"
#include "shared/net/trust.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECT_MS = 5000,
    LOOK_MS = 10,
    LINGERS_MS = 1000, /* as long as a consumer's processes take to end */
};

static const char joined[] = "join\n";
static const char farewell = '!';
static const char question[] = "ipc-showcase asks for a secret: ";

/* 1: there is something to read, or room to write; 0: not in time. */
static int await_event(int fd, short events, int limit_ms)
{
    struct pollfd polled = { .fd = fd, .events = events };
    int n;

    do
        n = poll(&polled, 1, limit_ms);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static int listen_at(struct meeting *m)
{
    struct address address;
    const int on = 1;
    int r;

    r = address_find(m->at, m->at->port, &address);
    if (r < 0)
        return r;
    m->listener = socket(address.storage.ss_family,
                         SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (m->listener < 0)
        return -errno;
    /* The port that somebody chose is in use again at once. */
    if (setsockopt(m->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) <
            0 ||
        bind(m->listener, (struct sockaddr *)&address.storage, address.length) <
            0 ||
        listen(m->listener, SOMAXCONN) < 0)
        return -errno;
    return 0;
}

/* Within bounded time: without an answer connect(2) waits for minutes. */
static int connect_to(int fd, const struct addrinfo *address)
{
    socklen_t length = sizeof(int);
    int error = 0, r;

    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return -errno;
    r = await_event(fd, POLLOUT, CONNECT_MS);
    if (r <= 0)
        return r < 0 ? r : -ETIMEDOUT;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        return -errno;
    return -error;
}

static int try_address(struct meeting *m, const struct addrinfo *address)
{
    int fd, r;

    fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                0);
    if (fd < 0)
        return -errno;
    r = connect_to(fd, address);
    if (r < 0) {
        fd_close(&fd);
        return r;
    }
    r = tls_begin(m->at, false, &fd);
    if (r < 0) {
        fd_close(&fd);
        return r;
    }
    /* As digits, so that what follows goes to the same machine. */
    (void)getnameinfo(address->ai_addr, address->ai_addrlen, m->peer,
                      sizeof(m->peer), NULL, 0, NI_NUMERICHOST);
    m->fd = fd;
    return 0;
}

/* Takes the first of several addresses that answers. */
static int connect_at(struct meeting *m)
{
    struct addrinfo *found;
    int r;

    r = address_look_up(m->at, m->at->port, &found);
    if (r < 0)
        return r;
    for (struct addrinfo *a = found; a; a = a->ai_next) {
        r = try_address(m, a);
        if (r == 0)
            break;
    }
    freeaddrinfo(found);
    return r == -ECONNREFUSED ? -EAGAIN : r;
}

static int open_meeting(struct meeting *m)
{
    return m->owner ? listen_at(m) : connect_at(m);
}

/* Reads one line, whole, within a bounded time: -EPROTO when it does not fit,
 * -EPIPE when the connection ends before. */
static int read_line(int fd, char *text, size_t room)
{
    const uint64_t limit_ns = clock_ns() + MEETING_STRANGER_MS * 1000000ull;
    size_t used = 0;
    ssize_t n;
    int r;

    while (used + 1 < room) {
        r = clock_ns() < limit_ns ? await_event(fd, POLLIN, MEETING_TICK_MS)
                                  : -ETIMEDOUT;
        if (r < 0)
            return r;
        n = r > 0 ? recv(fd, text + used, 1, MSG_DONTWAIT) : 0;
        if (r > 0 && n <= 0)
            return -EPIPE;
        if (r > 0 && text[used++] == '\n') {
            text[used] = '\0';
            return 0;
        }
    }
    return -EPROTO;
}

static void set_nodelay(int fd)
{
    const int on = 1;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static int tell(int fd, const char *text)
{
    const size_t size = strlen(text);

    if (send(fd, text, size, MSG_DONTWAIT) != (ssize_t)size ||
        send(fd, "\n", 1, MSG_DONTWAIT) != 1)
        return -EPIPE;
    return 0;
}

/* Where TLS has not asked already. */
static bool asks_for_proof(const struct meeting *m)
{
    return meeting_has_secret(m->at) && !tls_is_on(m->at);
}

/* The key of a meeting: that of a channel is another. */
static int make_key(const struct meeting *m,
                    unsigned char ret_key[static SECRET_SIZE])
{
    return secret_derive(m->at->trust->secret, "meeting", "", ret_key);
}

/* What it is asked begins what it says. If it has gone again, that shows. */
static int ask(struct meeting *m, int fd)
{
    char text[sizeof(question) + SECRET_DIGITS];
    struct guest *guest;
    int r;

    r = guests_add(&m->strangers, fd);
    if (r < 0 || fd < 0)
        return r;
    guest = &m->strangers.guest[m->strangers.count - 1];
    r = proof_draw(guest->said);
    guest->said_size = PROOF_NUMBER;
    memcpy(text, question, sizeof(question));
    secret_to_digits(guest->said, text + strlen(question));
    (void)tell(fd, text);
    return r;
}

/* The text goes to who knows the secret only, and with a proof of it. */
static int tell_proven(struct meeting *m, int fd, const unsigned char *talk)
{
    unsigned char key[SECRET_SIZE], proof[PROOF_SIZE];
    char digits[SECRET_DIGITS + 1];
    int r;

    r = make_key(m, key);
    if (r == 0)
        r = proof_check_guest(key, talk);
    if (r == 0)
        r = proof_of_host(key, talk, m->text, proof);
    if (r < 0)
        return r;
    secret_to_digits(proof, digits);
    r = tell(fd, digits);
    return r < 0 ? r : tell(fd, m->text);
}

/* Who has gone again may have been refused by TLS before it was told. */
static int note_gone(struct meeting *m, int *fd)
{
    fd_close(fd);
    return tls_is_on(m->at) && tls_has_reason() ? -EKEYREJECTED : 0;
}

static int let_in(struct meeting *m)
{
    int fd;

    fd = accept4(m->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd > 0)
        set_nodelay(fd);
    if (fd > 0 && tls_begin(m->at, true, &fd) < 0) {
        fd_close(&fd);
        return 0;
    }
    if (asks_for_proof(m))
        return ask(m, fd);
    if (fd < 0 || tell(fd, m->text) == 0)
        return guests_add(&m->guests, fd);
    return note_gone(m, &fd);
}

static void note_peer(struct meeting *m, int fd)
{
    struct address peer = { .length = sizeof(peer.storage) };

    m->peer[0] = '\0';
    if (getpeername(fd, (struct sockaddr *)&peer.storage, &peer.length) == 0 &&
        peer.storage.ss_family != AF_UNIX) /* which TLS puts before it */
        (void)getnameinfo((struct sockaddr *)&peer.storage, peer.length,
                          m->peer, sizeof(m->peer), NULL, 0, NI_NUMERICHOST);
}

/* Once it has been told so, it is the only one. */
static int welcome(struct meeting *m, int fd)
{
    if (send(fd, ".", 1, MSG_DONTWAIT) != 1) {
        fd_close(&fd);
        return 0;
    }
    m->fd = fd;
    fd_close(&m->listener);
    guests_close(&m->strangers);
    guests_close(&m->guests);
    m->spoke_ns = m->heard_ns = clock_ns();
    return 1;
}

/* One who has proven itself is a guest like others, and may yet join. */
static int await_stranger(struct meeting *m, int limit_ms)
{
    struct guests *g = &m->strangers;
    int fd, r;

    g->word_size = PROOF_TALK;
    r = guests_await(g, m->listener, limit_ms, &fd);
    if (r == GUESTS_FOUND) {
        r = tell_proven(m, fd, g->guest[g->count].said);
        if (r == 0 || r == -EPIPE)
            return guests_add(&m->guests, fd);
        g->turned_away = fd;
    }
    if (r == -EPROTO || r == -EKEYREJECTED)
        note_peer(m, g->turned_away);
    return r;
}

static int await_guest(struct meeting *m, int listener, int limit_ms)
{
    int fd, r;

    m->guests.word = joined;
    m->guests.word_size = strlen(joined);
    r = guests_await(&m->guests, listener, limit_ms, &fd);
    if (r == GUESTS_FOUND || r == -EPROTO)
        note_peer(m, r == GUESTS_FOUND ? fd : m->guests.turned_away);
    return r == GUESTS_FOUND ? welcome(m, fd) : r;
}

static int await(struct meeting *m, int limit_ms)
{
    int r = 0;

    if (!asks_for_proof(m))
        r = await_guest(m, m->listener, limit_ms);
    else if (m->guests.count > 0)
        r = await_guest(m, -1, LOOK_MS);
    if (r == 0 && asks_for_proof(m))
        r = await_stranger(m, m->guests.count > 0 ? LOOK_MS : limit_ms);
    return r == GUESTS_KNOCK ? let_in(m) : r;
}

static int find_line(struct meeting *m, char *text, size_t room)
{
    int r;

    r = read_line(m->fd, text, room);
    if (r == 0)
        text[strcspn(text, "\n")] = '\0';
    return r;
}

/* Proves that this side knows the secret, and finds out whether what is told
 * comes from one that does. */
static int find_proven(struct meeting *m)
{
    unsigned char key[SECRET_SIZE], talk[PROOF_TALK], proof[PROOF_SIZE];
    char digits[SECRET_DIGITS + 2];
    int r;

    if (strncmp(m->text, question, strlen(question)) != 0)
        return -EOPNOTSUPP;
    r = secret_from_digits(m->text + strlen(question), talk);
    if (r < 0)
        return -EPROTO;
    r = make_key(m, key);
    if (r == 0)
        r = proof_answer(key, talk);
    if (r == 0)
        r = write_all(m->fd, talk + PROOF_NUMBER, PROOF_ANSWER);
    if (r < 0)
        return r;
    r = find_line(m, digits, sizeof(digits));
    if (r < 0)
        return r == -EPIPE ? -EKEYREJECTED : r;
    r = find_line(m, m->text, sizeof(m->text));
    if (r == 0 && secret_from_digits(digits, proof) < 0)
        r = -EPROTO;
    return r < 0 ? r : proof_check_host(key, talk, m->text, proof);
}

static int find(struct meeting *m)
{
    int r;

    r = find_line(m, m->text, sizeof(m->text));
    if (r < 0)
        return r == -EPIPE && tls_has_reason() ? -EKEYREJECTED : r;
    if (asks_for_proof(m))
        return find_proven(m);
    return strncmp(m->text, question, strlen(question)) == 0 ? -ENOKEY : 0;
}

/* Several may have read the text: the first that joins is answered. */
static int join(struct meeting *m)
{
    char answer;
    int r;

    if (write_all(m->fd, joined, strlen(joined)) < 0)
        return -EBUSY;
    r = await_event(m->fd, POLLIN, MEETING_STRANGER_MS);
    if (r <= 0)
        return r < 0 ? r : -ETIMEDOUT;
    if (recv(m->fd, &answer, 1, MSG_DONTWAIT) != 1)
        return -EBUSY;
    m->spoke_ns = m->heard_ns = clock_ns();
    return 0;
}

/* It hardly matters what comes, but that something does. A peer that sends
 * more than signs of life is not heard out. */
static int hear(struct meeting *m)
{
    char signs[4096];
    ssize_t n;

    n = recv(m->fd, signs, sizeof(signs), MSG_DONTWAIT);
    if (n > 0) {
        m->heard_ns = clock_ns();
        m->farewell |= memchr(signs, farewell, (size_t)n) != NULL;
    }
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        return -EPIPE;
    return 0;
}

static int beat(struct meeting *m)
{
    const uint64_t now_ns = clock_ns();
    int r;

    r = hear(m);
    if (r < 0)
        return r;
    if (now_ns - m->spoke_ns >= MEETING_TICK_MS * 1000000ull) {
        m->spoke_ns = now_ns;
        if (send(m->fd, ".", 1, MSG_DONTWAIT) < 0 && errno != EAGAIN &&
            errno != EINTR)
            return -EPIPE;
    }
    if (now_ns > m->heard_ns + MEETING_SILENCE_MS * 1000000ull)
        return -ETIMEDOUT;
    return 0;
}

static void close_meeting(struct meeting *m)
{
    if (m->owner && m->farewell && m->fd > 0)
        (void)send(m->fd, &farewell, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    guests_close(&m->strangers);
    guests_close(&m->guests);
    fd_close(&m->listener);
    fd_close(&m->fd);
}

const struct meeting_ops tcp_meeting = {
    .scheme = "tcp",
    .encrypted_scheme = "tcp+tls",
    .lingers_ms = LINGERS_MS,
    .open = open_meeting,
    .await = await,
    .find = find,
    .join = join,
    .beat = beat,
    .close = close_meeting,
};

const struct meeting_ops curve_meeting = {
    .scheme = "tcp",
    .secret_encrypts = true,
    .lingers_ms = LINGERS_MS,
    .open = open_meeting,
    .await = await,
    .find = find,
    .join = join,
    .beat = beat,
    .close = close_meeting,
};
