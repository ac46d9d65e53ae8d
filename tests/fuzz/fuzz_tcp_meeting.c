/* SPDX-License-Identifier: MIT */
/*
 * fuzz_tcp_meeting.c -- what is said at a TCP port where two sides meet
 *
 * Bytes        u8: whose end hears it, the consumer's or the producer's, and
 *              whether that one has a secret. To a consumer come up to eight
 *              strangers: u8, whether one stays, goes, or proves that it knows
 *              the secret, but for one byte, or quite, and then stays; u8,
 *              which byte; and what it says. To the producer speaks who has the
 *              consumer's port. What is said: pieces, of which u8 tells how
 *              long, and whether each byte comes, or one sixteen times as often
 * Must hold    a producer finds what a plain reading of it finds, and else an
 *              error that fits; a consumer meets the healthy producer behind
 *              the strangers, unless one of them did join; and hears it
 */
#include "shared/base/fd.h"
#include "shared/net/address.h"
#include "shared/net/proof.h"
#include "shared/net/tcp_meeting.h"
#include "shared/net/tls_reason.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"
#include "tests/sockets.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { SAID_MAX = 8192, STRANGERS = 8, SECRET = 2, PRODUCER = 1 };
enum { STAYS, GOES, PROVES_NEARLY, PROVES, KINDS };
enum { HANG_S = 15, LOOK_MS = 20, LOOKS = HANG_S * 1000 / LOOK_MS };
enum { REPEATED = 128, TIMES = 16, JOIN = 5, TRIES = 5 };

static const char text[] = "jobs of 64 bytes";
static const char join[] = "join\n";
static const char question[] = "ipc-showcase asks for a secret: ";
static const struct trust trust = { .has_secret = true, .secret = { 0xa5 } };

static size_t read_said(struct hostile *h, uint8_t said[static SAID_MAX])
{
    size_t used = 0, length, size;
    const uint8_t *bytes;
    unsigned how;

    while ((how = hostile_u8(h)) > 0) {
        size = how % REPEATED;
        length = size * (how >= REPEATED ? TIMES : 1);
        if (used + length > SAID_MAX)
            break;
        if (how >= REPEATED) {
            memset(said + used, (int)hostile_u8(h), length);
        } else {
            bytes = hostile_some(h, &size);
            memcpy(said + used, bytes, size);
            length = size;
        }
        used += length;
    }
    return used;
}

static void make_url(struct url *ret_at, bool has_secret, unsigned port)
{
    *ret_at = (struct url){
        .scheme = "tcp",
        .host = "127.0.0.1",
        .port = port,
        .trust = has_secret ? &trust : NULL,
    };
}

/* Its port is then free at once. */
static void reset_at_end(int fd)
{
    const struct linger at_once = { .l_onoff = 1 };

    fuzz_require(
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) == 0);
}

/* ------------------------------------------------------------ the producer */

/* A line of what is said, as a plain reading finds it. */
static int read_line(struct hostile *h, size_t room, struct hostile *ret_line)
{
    const uint8_t *end = memchr(h->at, '\n', h->left);
    const size_t size = end ? (size_t)(end - h->at) + 1 : h->left;

    if (size >= (end ? room : room - 1))
        return -EPROTO;
    if (!end)
        return -EPIPE;
    *ret_line = (struct hostile){ h->at, size - 1 };
    *h = (struct hostile){ end + 1, h->left - size };
    return 0;
}

static bool is_digits(const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++)
        if (!bytes[i] || !strchr(digits, bytes[i]))
            return false;
    return size == SECRET_DIGITS;
}

/* What a line says as a text. */
static struct hostile text_of(struct hostile line)
{
    const uint8_t *nul = memchr(line.at, '\0', line.left);

    if (nul)
        line.left = (size_t)(nul - line.at);
    return line;
}

static bool is_question(struct hostile line)
{
    return line.left >= strlen(question) &&
           memcmp(line.at, question, strlen(question)) == 0;
}

/* Nobody can make the consumer's proof. */
static int read_proven(struct hostile *h, struct hostile first)
{
    const size_t asked = strlen(question);
    struct hostile proof, line;
    int r;

    if (!is_question(first))
        return -EOPNOTSUPP;
    if (!is_digits(first.at + asked, first.left - asked))
        return -EPROTO;
    r = read_line(h, SECRET_DIGITS + 2, &proof);
    if (r < 0)
        return r == -EPIPE ? -EKEYREJECTED : r;
    proof = text_of(proof);
    r = read_line(h, MEETING_TEXT_MAX, &line);
    if (r < 0)
        return r;
    return is_digits(proof.at, proof.left) ? -EKEYREJECTED : -EPROTO;
}

/* What is left behind the line is heard when it has joined. */
static void hear_the_rest(struct meeting *m, struct hostile rest)
{
    const bool farewell =
        rest.left > 1 && memchr(rest.at + 1, '!', rest.left - 1);
    int r = 0;

    fuzz_require(m->ops->join(m) == (rest.left > 0 ? 0 : -EBUSY));
    if (rest.left == 0)
        return;
    for (int i = 0; r == 0 && i < LOOKS; i++) {
        r = m->ops->beat(m);
        (void)poll(&(struct pollfd){ m->fd, POLLIN, 0 }, 1, LOOK_MS);
    }
    fuzz_require(r == -EPIPE && m->farewell == farewell);
}

static void hear_as_producer(struct meeting *m, struct hostile h)
{
    const bool has_secret = meeting_has_secret(m->at);
    struct hostile line = { h.at, 0 };
    char reason[TLS_TEXT_MAX];
    int r;

    (void)tls_reason(reason); /* of a target before this one */
    r = read_line(&h, MEETING_TEXT_MAX, &line);
    line = text_of(line);
    if (r == 0 && has_secret)
        r = read_proven(&h, line);
    else if (r == 0 && is_question(line))
        r = -ENOKEY;
    fuzz_require(m->ops->find(m) == r);
    if (r < 0)
        return;
    fuzz_require(strlen(m->text) == line.left);
    fuzz_require(memcmp(m->text, line.at, line.left) == 0);
    hear_the_rest(m, h);
}

static void speak_to_producer(bool has_secret, struct hostile h)
{
    static uint8_t said[SAID_MAX];
    const size_t size = read_said(&h, said);
    struct meeting m = { .ops = &tcp_meeting };
    int listener, port, fd;
    struct url at;

    fuzz_require(socket_bind(NULL, 0, SOCK_STREAM, &listener) == 0);
    fuzz_require(listen(listener, 1) == 0);
    port = address_port(listener);
    fuzz_require(port > 0);
    make_url(&at, has_secret, (unsigned)port);
    m.at = &at;
    fuzz_require(m.ops->open(&m) == 0);
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    fuzz_require(fd >= 0);
    reset_at_end(fd);
    fuzz_require(send(fd, said, size, MSG_NOSIGNAL) == (ssize_t)size);
    fuzz_require(shutdown(fd, SHUT_WR) == 0);
    hear_as_producer(&m, (struct hostile){ said, size });
    m.ops->close(&m);
    fd_close(&fd);
    fd_close(&listener);
}

/* ------------------------------------------------------------ the consumer */

struct scene {
    struct meeting m; /* the consumer's */
    struct url at;    /* where it is */
    int stranger[STRANGERS];
    int count;
    bool may_join; /* one of those who have gone */
    bool joined;
};

static void await(struct scene *s)
{
    const int r = s->joined ? 0 : s->m.ops->await(&s->m, LOOK_MS);

    fuzz_require(r == 0 || r == 1 || r == -EPROTO || r == -EKEYREJECTED);
    s->joined |= r == 1;
}

/* Reads the question while the consumer asks; false: it asks nobody more. */
static bool hear_question(struct scene *s, int fd,
                          unsigned char ret_number[static PROOF_NUMBER])
{
    char line[sizeof(question) + SECRET_DIGITS + 1] = "";
    const ssize_t size = sizeof(question) + SECRET_DIGITS;
    ssize_t n = 0;

    for (int i = 0; i < LOOKS && n < size && !s->joined; i++) {
        await(s);
        n = recv(fd, line, (size_t)size, MSG_PEEK | MSG_DONTWAIT);
    }
    if (n < size)
        return false;
    line[size - 1] = '\0'; /* its newline */
    fuzz_require(secret_from_digits(line + strlen(question), ret_number) == 0);
    return true;
}

static void prove(struct scene *s, int fd, size_t at, unsigned change)
{
    unsigned char key[SECRET_SIZE], talk[PROOF_TALK];

    if (!hear_question(s, fd, talk))
        return;
    fuzz_require(secret_derive(trust.secret, "meeting", "", key) == 0);
    fuzz_require(proof_answer(key, talk) == 0);
    talk[PROOF_NUMBER + at % PROOF_ANSWER] ^= (uint8_t)change;
    (void)send(fd, talk + PROOF_NUMBER, PROOF_ANSWER, MSG_NOSIGNAL);
}

static void hear_farewell(struct scene *s)
{
    for (int i = 0; !s->m.farewell && i < LOOKS; i++) {
        fuzz_require(s->m.ops->beat(&s->m) == 0);
        (void)poll(&(struct pollfd){ s->m.fd, POLLIN, 0 }, 1, LOOK_MS);
    }
    fuzz_require(s->m.farewell);
}

/* Who says what a producer says is one, and what it says then is heard. */
static void expect_joined(struct scene *s, const uint8_t *more, size_t size)
{
    for (int i = 0; i < LOOKS && !s->joined; i++)
        await(s);
    fuzz_require(s->joined);
    if (memchr(more, '!', size))
        hear_farewell(s);
}

static void play_stranger(struct scene *s, struct hostile *h)
{
    static uint8_t said[SAID_MAX];
    const bool has_secret = meeting_has_secret(&s->at);
    const unsigned kind = hostile_u8(h) % KINDS, which = hostile_u8(h);
    const size_t size = read_said(h, said);
    struct address address;
    bool joins;
    int fd;

    fuzz_require(address_find(&s->at, s->at.port, &address) == 0);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    fuzz_require(fd >= 0);
    if (s->joined || socket_connect(fd, &address) < 0) {
        fd_close(&fd);
        return;
    }
    reset_at_end(fd);
    if (has_secret && kind >= PROVES_NEARLY)
        prove(s, fd, which, kind == PROVES_NEARLY);
    joins = (!has_secret || kind == PROVES) && size >= JOIN &&
            memcmp(said, join, JOIN) == 0;
    (void)send(fd, said, size, MSG_NOSIGNAL);
    await(s);
    if (kind == GOES) {
        s->may_join |= joins;
        fd_close(&fd);
        return;
    }
    s->stranger[s->count++] = fd;
    if (joins && !s->may_join)
        expect_joined(s, said + JOIN, size - JOIN);
}

struct producer {
    struct meeting m;
    int result;
};

static int try_to_meet(struct meeting *m)
{
    int r;

    r = m->ops->open(m);
    if (r == 0)
        r = m->ops->find(m);
    return r < 0 ? r : m->ops->join(m);
}

/* Again where a machine was so slow that it had to leave. */
static void *meet_run(void *arg)
{
    struct producer *p = arg;
    struct meeting *m = &p->m;

    p->result = try_to_meet(m);
    for (int i = 0; i < TRIES && (p->result == -EPIPE || p->result == -EBUSY ||
                                  p->result == -ETIMEDOUT);
         i++) {
        m->ops->close(m);
        p->result = try_to_meet(m);
    }
    return NULL;
}

static void meet(struct scene *s)
{
    struct producer p = { .m = { .ops = &tcp_meeting, .at = &s->at } };
    const bool other = s->joined;
    pthread_t thread;

    fuzz_require(pthread_create(&thread, NULL, meet_run, &p) == 0);
    for (int i = 0; i < LOOKS && !s->joined; i++)
        await(s);
    fuzz_require(s->joined);
    fuzz_require(pthread_join(thread, NULL) == 0);
    fuzz_require((p.result == 0) == !other || s->may_join);
    if (p.result == 0) {
        fuzz_require(strcmp(p.m.text, text) == 0);
        fuzz_require(send(p.m.fd, "!", 1, MSG_NOSIGNAL) == 1);
        hear_farewell(s);
    }
    p.m.ops->close(&p.m);
}

static void speak_to_consumer(bool has_secret, struct hostile h)
{
    struct scene s = { .m = { .ops = &tcp_meeting, .owner = true } };
    int port;

    make_url(&s.at, has_secret, 0);
    s.m.at = &s.at;
    (void)snprintf(s.m.text, sizeof(s.m.text), "%s", text);
    fuzz_require(s.m.ops->open(&s.m) == 0);
    port = address_port(s.m.listener);
    fuzz_require(port > 0);
    s.at.port = (unsigned)port;
    while (s.count < STRANGERS && h.left > 0)
        play_stranger(&s, &h);
    meet(&s);
    s.m.ops->close(&s.m);
    while (s.count > 0)
        fd_close(&s.stranger[--s.count]);
}

int fuzz_tcp_meeting(const uint8_t *data, size_t size)
{
    struct hostile h = { data, size };
    const unsigned how = hostile_u8(&h);

    if (how & PRODUCER)
        speak_to_producer(how & SECRET, h);
    else
        speak_to_consumer(how & SECRET, h);
    return 0;
}
