/* SPDX-License-Identifier: MIT */
#include "sockets/udp_wire.h"

#include "shared/base/bytes.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <xxhash.h>

enum {
    CALL_AGAIN_MS = 100,
    DATAGRAM_MAX = RELIABLE_HEADER + PROOF_TALK, /* of these */
};

uint64_t reliable_tag(const char *token)
{
    return XXH3_64bits(token, TOKEN_SIZE);
}

void reliable_put_header(unsigned char *datagram, uint64_t tag,
                         enum reliable_kind kind, uint64_t sequence)
{
    put_u64(datagram, tag);
    put_u64(datagram + 8, kind);
    put_u64(datagram + 16, sequence);
}

static bool is_kind(const unsigned char *datagram, ssize_t size,
                    enum reliable_kind kind, size_t more)
{
    return size == (ssize_t)(RELIABLE_HEADER + more) &&
           get_u64(datagram + 8) == kind;
}

static int say(int fd, const char *token, enum reliable_kind kind,
               const unsigned char *more, size_t size)
{
    unsigned char datagram[DATAGRAM_MAX];

    reliable_put_header(datagram, reliable_tag(token), kind, 0);
    if (size > 0)
        memcpy(datagram + RELIABLE_HEADER, more, size);
    return send(fd, datagram, RELIABLE_HEADER + size, 0) < 0 ? -errno : 0;
}

/* ---------------------------------------------------------------- the owner */

/* What a caller is asked depends on where it calls from: so nobody can say its
 * answer from elsewhere, and nothing is kept of those who never answer. */
static int number_for(const unsigned char *drawn,
                      const struct sockaddr_storage *from,
                      unsigned char ret_number[static PROOF_NUMBER])
{
    struct sockaddr_in in;
    char caller[32];

    memcpy(&in, from, sizeof(in));
    (void)snprintf(caller, sizeof(caller), "%08x:%04x", in.sin_addr.s_addr,
                   in.sin_port);
    return secret_derive(drawn, "caller", caller, ret_number);
}

int reliable_welcome(int fd, const char *token, const unsigned char *datagram,
                     size_t size)
{
    const unsigned char *talk = datagram + RELIABLE_HEADER;
    unsigned char key[SECRET_SIZE], proof[PROOF_SIZE];
    int r;

    if (!is_kind(datagram, (ssize_t)size, RELIABLE_PROOF, PROOF_TALK))
        return -EPROTO;
    r = token_key(token, NULL, key);
    if (r == 0)
        r = proof_check_guest(key, talk);
    if (r == 0)
        r = proof_of_host(key, talk, "", proof);
    return r < 0 ? r : say(fd, token, RELIABLE_WELCOME, proof, PROOF_SIZE);
}

/* 1: the socket is connected to one who knows the token. */
static int hear_caller(int fd, const char *token, const unsigned char *drawn)
{
    unsigned char datagram[DATAGRAM_MAX + 1], number[PROOF_NUMBER];
    unsigned char key[SECRET_SIZE];
    struct sockaddr_storage from;
    socklen_t length = sizeof(from);
    ssize_t n;
    int r;

    n = recvfrom(fd, datagram, sizeof(datagram), 0, (struct sockaddr *)&from,
                 &length);
    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    r = number_for(drawn, &from, number);
    if (r == 0)
        r = token_key(token, NULL, key);
    if (r < 0)
        return r;
    if (is_kind(datagram, n, RELIABLE_HELLO, 0)) {
        reliable_put_header(datagram, reliable_tag(token), RELIABLE_QUESTION,
                            0);
        memcpy(datagram + RELIABLE_HEADER, number, PROOF_NUMBER);
        (void)sendto(fd, datagram, RELIABLE_HEADER + PROOF_NUMBER, 0,
                     (struct sockaddr *)&from, length);
        return 0;
    }
    if (!is_kind(datagram, n, RELIABLE_PROOF, PROOF_TALK) ||
        memcmp(datagram + RELIABLE_HEADER, number, PROOF_NUMBER) != 0 ||
        proof_check_guest(key, datagram + RELIABLE_HEADER) < 0)
        return 0;
    if (connect(fd, (struct sockaddr *)&from, length) < 0)
        return -errno;
    r = reliable_welcome(fd, token, datagram, (size_t)n);
    return r < 0 ? r : 1;
}

int reliable_answer(int fd, const char *token)
{
    unsigned char drawn[PROOF_NUMBER];
    int r;

    r = proof_draw(drawn);
    while (r == 0)
        r = hear_caller(fd, token, drawn);
    return r < 0 ? r : 0;
}

/* --------------------------------------------------------------- the caller */

/* What the caller knows of the talk so far. */
struct call {
    const char *token;
    unsigned char key[SECRET_SIZE];
    unsigned char talk[PROOF_TALK];
    bool asked;
};

/* 1: the owner has proven itself. */
static int hear_owner(struct call *c, const unsigned char *datagram, ssize_t n)
{
    const unsigned char *more = datagram + RELIABLE_HEADER;

    if (is_kind(datagram, n, RELIABLE_QUESTION, PROOF_NUMBER) &&
        !(c->asked && memcmp(c->talk, more, PROOF_NUMBER) == 0)) {
        memcpy(c->talk, more, PROOF_NUMBER);
        c->asked = true;
        return proof_answer(c->key, c->talk);
    }
    return c->asked && is_kind(datagram, n, RELIABLE_WELCOME, PROOF_SIZE) &&
           proof_check_host(c->key, c->talk, "", more) == 0;
}

static int say_again(const struct call *c, int fd)
{
    return c->asked ? say(fd, c->token, RELIABLE_PROOF, c->talk, PROOF_TALK)
                    : say(fd, c->token, RELIABLE_HELLO, NULL, 0);
}

int reliable_call(int fd, const char *token)
{
    struct pollfd input = { .fd = fd, .events = POLLIN };
    unsigned char datagram[DATAGRAM_MAX + 1];
    struct call c = { .token = token };
    ssize_t n;
    int r;

    r = token_key(token, NULL, c.key);
    while (r == 0) {
        r = say_again(&c, fd);
        if (r == 0)
            r = poll(&input, 1, CALL_AGAIN_MS) < 0 ? -errno : 0;
        if (r == 0 && input.revents) {
            n = recv(fd, datagram, sizeof(datagram), MSG_DONTWAIT);
            r = n < 0 ? -errno : hear_owner(&c, datagram, n);
        }
        if (r == -EINTR || r == -EAGAIN)
            r = 0;
    }
    return r == -ECONNREFUSED ? -EPIPE : r < 0 ? r : 0;
}
