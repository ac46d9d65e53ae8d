/* SPDX-License-Identifier: MIT */
/*
 * fuzz_tcp.c -- strangers come to a port of tcp's before the peer does
 *
 * Bytes        u8: odd: both ends have a secret; then up to eight strangers:
 *              u8, what one does: it says something and stays, or goes; it
 *              answers, then says something; or many come and are silent. Then
 *              u8: how many, or which byte of a right answer is changed; u8, by
 *              what; u8, how much is said, and that.
 * Must hold    none is let in, and none is told a proof; the peer is, and the
 *              channel is its alone
 */
#include "shared/base/fd.h"
#include "shared/net/token.h"
#include "shared/net/trust.h"
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"
#include "tests/sockets.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { STRANGERS = 8, CROWD = 40, SOCKETS = STRANGERS + CROWD };
enum { FRAME_MAX = 4096, HEALTHY = 77, VALUE = 0xa5, TRIES = 5 };
enum { STAYS, GOES, ANSWERS, MANY, KINDS };

struct scene {
    struct far_end far;
    struct address address;
    char token[TOKEN_SIZE + 1];
    int fd[SOCKETS]; /* of those who stay */
    size_t count;
};

/* Its port is free at once, so that millions of them find one. */
static int come(const struct scene *s)
{
    const struct linger at_once = { .l_onoff = 1 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    fuzz_require(fd >= 0 && socket_connect(fd, &s->address) == 0);
    fuzz_require(
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) == 0);
    return fd;
}

static void say(int fd, const uint8_t *bytes, size_t size)
{
    (void)send(fd, bytes, size, MSG_NOSIGNAL);
}

/* Reads until so many bytes are there, or the end; returns how many. */
static size_t hear(int fd, unsigned char *room, size_t size)
{
    size_t used = 0;
    ssize_t n = 1;

    while (n > 0 && used < size) {
        fuzz_await(fd);
        n = recv(fd, room + used, size - used, MSG_DONTWAIT);
        fuzz_require(n >= 0 || errno == ECONNRESET);
        used += n > 0 ? (size_t)n : 0;
    }
    return used;
}

/* As the peer does it, but for a byte. */
static void answer(const struct scene *s, int fd, size_t at, uint8_t change)
{
    unsigned char key[SECRET_SIZE], talk[PROOF_TALK];

    fuzz_require(hear(fd, talk, PROOF_NUMBER) == PROOF_NUMBER);
    fuzz_require(token_key(s->token, s->far.config.at, key) == 0);
    fuzz_require(proof_answer(key, talk) == 0);
    talk[PROOF_NUMBER + at % PROOF_ANSWER] ^= change;
    say(fd, talk + PROOF_NUMBER, PROOF_ANSWER);
}

static void keep(struct scene *s, int fd)
{
    if (s->count == SOCKETS)
        fd_close(&fd);
    else
        s->fd[s->count++] = fd;
}

static void play_stranger(struct scene *s, struct hostile *h)
{
    const unsigned kind = hostile_u8(h) % KINDS, at = hostile_u8(h);
    const uint8_t change = hostile_change(h);
    size_t size = hostile_u8(h);
    const uint8_t *bytes = hostile_some(h, &size);
    int fd = come(s);

    if (kind == ANSWERS)
        answer(s, fd, at, change);
    for (unsigned i = 0; kind == MANY && i < at % CROWD; i++)
        keep(s, come(s));
    say(fd, bytes, size);
    if (kind == GOES)
        fd_close(&fd);
    else
        keep(s, fd);
}

/* Who stayed has been asked, and no more, and is sent away. */
static void send_away(struct scene *s)
{
    unsigned char told[PROOF_NUMBER + 1];

    while (s->count > 0) {
        s->count--;
        fuzz_require(hear(s->fd[s->count], told, sizeof(told)) <= PROOF_NUMBER);
        fd_close(&s->fd[s->count]);
    }
}

/* The peer, again where a machine was so slow that it had to leave. */
static void send_healthy(struct far_end *f)
{
    int r = -EPIPE;

    for (int i = 0; i < TRIES && r == -EPIPE; i++)
        r = far_end_send(f, VALUE, HEALTHY);
    fuzz_require(r == 0);
}

static void serve(struct scene *s, struct hostile *h)
{
    struct far_end *f = &s->far;
    const void *block;
    size_t size;

    far_end_start(f);
    fuzz_require(
        token_find(f->dir, "jobs", f->config.at, &s->address, s->token) == 0);
    for (int i = 0; i < STRANGERS && h->left > 0; i++)
        play_stranger(s, h);
    send_healthy(f);
    fuzz_require(far_end_join(f) == 0);
    send_away(s);
    far_end_expect(f, VALUE, HEALTHY);
    fuzz_require(far_end_acquire(f, &block, &size) == -EPIPE);
}

int fuzz_tcp(const uint8_t *data, size_t size)
{
    const struct trust trust = { .has_secret = true, .secret = { VALUE } };
    const struct url at = {
        .scheme = "tcp",
        .host = "127.0.0.1",
        .trust = &trust,
    };
    struct hostile h = { data, size };
    const bool has_secret = hostile_u8(&h) & 1;
    struct scene s = { .count = 0 };

    if (!far_end_prepare(&s.far, "tcp", FRAME_MAX, 0, NULL))
        return 0;
    if (has_secret)
        s.far.config.at = &at;
    far_end_make(&s.far);
    serve(&s, &h);
    far_end_close(&s.far);
    return 0;
}
