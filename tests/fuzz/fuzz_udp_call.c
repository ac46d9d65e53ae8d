/* SPDX-License-Identifier: MIT */
/*
 * fuzz_udp_call.c -- two ends find each other over UDP, and others speak, too
 *
 * Bytes        u8: what is tried. Strangers send up to 12 datagrams to the
 *              owner before its peer calls, or to the caller as if they were
 *              the owner: u8, what it is (bytes as they are, or with the
 *              right tag; a hello; a proof that would be right but for a byte);
 *              u8, of that tag the kind, or which byte; u8, its number, or by
 *              what; and bytes. Or the peer is let in, and sends up to eight
 *              packets, which are bytes. Of these u16 is how many there are,
 *              u8 how many of them come here: the rest are as the last.
 * Must hold    the two find each other, and nobody else; what the peer sends
 *              is refused with -EPROTO, or a frame is whole, and then comes
 *              the end
 */
#include "shared/base/bytes.h"
#include "shared/base/fd.h"
#include "shared/frame/packet.h"
#include "shared/net/socket_buffer.h"
#include "sockets/udp_reliable.h"
#include "sockets/udp_wire.h"
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"
#include "tests/sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum { DATAGRAMS = 12, PACKETS = 8, HEALTHY = 77, VALUE = 0xa5 };
enum { FRAME_MAX = 20000, MESSAGE_MAX = 15360, BYTES_MAX = 20000 };
enum { TO_OWNER, TO_CALLER, BY_PEER, TRIALS };
enum { RAW, TAGGED, HELLO, PROOF, KINDS };

static const char fixed_token[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* The next bytes, of any length. */
static const uint8_t *read_bytes(struct hostile *h, size_t *ret_size)
{
    static uint8_t bytes[BYTES_MAX];
    const size_t size = hostile_u16(h) % (BYTES_MAX + 1);
    size_t given = hostile_u8(h);
    const uint8_t *at = hostile_some(h, &given);

    if (given > size)
        given = size;
    memset(bytes, given > 0 ? at[given - 1] : 0, size);
    memcpy(bytes, at, given);
    *ret_size = size;
    return bytes;
}

/* ------------------------------------------------------------- strangers */

/* One who has the token's tag, but not the token; or the owner's place. */
struct stranger {
    int fd;
    const char *token;
    struct address to;
    bool is_asked; /* whether a hello is answered */
    unsigned char asked[PROOF_NUMBER];
};

static void say(const struct stranger *s, const uint8_t *datagram, size_t size)
{
    fuzz_require(sendto(s->fd, datagram, size, 0,
                        (const struct sockaddr *)&s->to.storage,
                        s->to.length) == (ssize_t)size);
}

static void say_hello(struct stranger *s)
{
    uint8_t datagram[RELIABLE_HEADER + PROOF_NUMBER] = { 0 };

    reliable_put_header(datagram, reliable_tag(s->token), RELIABLE_HELLO, 0);
    say(s, datagram, RELIABLE_HEADER);
    if (!s->is_asked)
        return;
    fuzz_await(s->fd);
    fuzz_require(recv(s->fd, datagram, sizeof(datagram), 0) ==
                 sizeof(datagram));
    memcpy(s->asked, datagram + RELIABLE_HEADER, PROOF_NUMBER);
}

/* Of another number it is right; of its own it is not. */
static void say_proof(struct stranger *s, size_t at, uint8_t change)
{
    uint8_t datagram[RELIABLE_HEADER + PROOF_TALK];
    unsigned char key[SECRET_SIZE], *talk = datagram + RELIABLE_HEADER;

    at %= PROOF_TALK;
    reliable_put_header(datagram, reliable_tag(s->token), RELIABLE_PROOF, 0);
    memcpy(talk, s->asked, PROOF_NUMBER);
    if (at < PROOF_NUMBER)
        talk[at] ^= change;
    fuzz_require(token_key(s->token, NULL, key) == 0);
    fuzz_require(proof_answer(key, talk) == 0);
    if (at >= PROOF_NUMBER)
        talk[at] ^= change;
    say(s, datagram, sizeof(datagram));
}

static void speak(struct stranger *s, struct hostile *h)
{
    const unsigned kind = hostile_u8(h) % KINDS, at = hostile_u8(h);
    const uint8_t change = hostile_change(h);
    uint8_t datagram[RELIABLE_HEADER + BYTES_MAX];
    const uint8_t *bytes;
    size_t size;

    if (kind == HELLO)
        say_hello(s);
    else if (kind == PROOF)
        say_proof(s, at, change);
    else {
        bytes = read_bytes(h, &size);
        reliable_put_header(datagram, reliable_tag(s->token), at, change);
        memcpy(datagram + RELIABLE_HEADER, bytes, size);
        if (kind == RAW)
            say(s, bytes, size);
        else
            say(s, datagram, RELIABLE_HEADER + size);
    }
}

static void speak_to_owner(struct far_end *f, struct hostile *h)
{
    char token[TOKEN_SIZE + 1];
    struct stranger s = { .token = token, .is_asked = true };
    const void *block;
    size_t size;

    fuzz_require(token_find(f->dir, "jobs", NULL, &s.to, token) == 0);
    fuzz_require(socket_bind(NULL, 0, SOCK_DGRAM, &s.fd) == 0);
    far_end_start(f);
    for (int i = 0; i < DATAGRAMS && h->left > 0; i++)
        speak(&s, h);
    fuzz_require(far_end_send(f, VALUE, HEALTHY) == 0);
    fuzz_require(far_end_join(f) == 0);
    fd_close(&s.fd);
    far_end_expect(f, VALUE, HEALTHY);
    fuzz_require(far_end_acquire(f, &block, &size) == -EPIPE);
}

/* -------------------------------------------------------------- the caller */

struct owner {
    int fd, answered;
    const char *token;
};

static void *answer_run(void *arg)
{
    struct owner *o = arg;

    o->answered = reliable_answer(o->fd, o->token);
    return NULL;
}

static struct address address_of(int fd, bool peer)
{
    struct address address = { .length = sizeof(address.storage) };
    struct sockaddr *at = (struct sockaddr *)&address.storage;

    fuzz_require((peer ? getpeername(fd, at, &address.length)
                       : getsockname(fd, at, &address.length)) == 0);
    return address;
}

static void speak_to_caller(struct hostile *h)
{
    struct owner owner = { .token = fixed_token };
    struct stranger s = { .token = fixed_token };
    struct address address;
    pthread_t thread;
    int caller;

    fuzz_require(socket_bind(NULL, 0, SOCK_DGRAM, &owner.fd) == 0);
    fuzz_require(socket_bind(NULL, 0, SOCK_DGRAM, &caller) == 0);
    address = address_of(owner.fd, false);
    fuzz_require(socket_connect(caller, &address) == 0);
    s.fd = owner.fd;
    s.to = address_of(caller, false);
    for (int i = 0; i < DATAGRAMS && h->left > 0; i++)
        speak(&s, h);
    fuzz_require(pthread_create(&thread, NULL, answer_run, &owner) == 0);
    fuzz_require(reliable_call(caller, fixed_token) == 0);
    fuzz_require(pthread_join(thread, NULL) == 0);
    fuzz_require(owner.answered == 0);
    address = address_of(owner.fd, true);
    fuzz_require(memcmp(&address, &s.to, sizeof(address)) == 0);
    fd_close(&owner.fd);
    fd_close(&caller);
}

/* ---------------------------------------------------------------- the peer */

struct peer {
    struct hostile h;
    int fd;
    struct reliable_config config;
};

static void *send_packets(void *arg)
{
    struct peer *p = arg;
    const uint8_t *bytes;
    struct reliable r;
    size_t size;

    fuzz_require(reliable_call(p->fd, p->config.token) == 0);
    fuzz_require(reliable_open(&r, p->fd, true, false, &p->config) == 0);
    for (int i = 0; i < PACKETS && p->h.left > 0; i++) {
        bytes = read_bytes(&p->h, &size);
        if (size > MESSAGE_MAX)
            size = MESSAGE_MAX;
        if (size > 0)
            fuzz_require(reliable_send(&r, bytes, size) == 0);
    }
    reliable_close(&r);
    return NULL;
}

static void receive_all(struct far_end *f)
{
    const void *block;
    size_t size;
    int r = 0;

    for (int i = 0; i <= PACKETS && r != -EPIPE; i++) {
        r = far_end_acquire(f, &block, &size);
        fuzz_require(r == 0 || r == -EPROTO || r == -EPIPE);
        if (r == 0)
            fuzz_require(far_end_release(f) == 0);
    }
    fuzz_require(r == -EPIPE);
}

/* As long as the owner's, or the two do not understand each other. */
static unsigned window(const struct far_end *f)
{
    const size_t fit = socket_frames_held(
        f->config.options[0], PACKET_PREFIX + MESSAGE_MAX, MESSAGE_MAX);

    return fit < 1                     ? 1
           : fit > RELIABLE_WINDOW_MAX ? RELIABLE_WINDOW_MAX
                                       : (unsigned)fit;
}

static void speak_by_peer(struct far_end *f, struct hostile h)
{
    char token[TOKEN_SIZE + 1];
    struct peer p = {
        .h = h,
        .config = { token, MESSAGE_MAX, window(f), .sent = 100 },
    };
    struct address address;
    pthread_t thread;

    fuzz_require(token_find(f->dir, "jobs", NULL, &address, token) == 0);
    fuzz_require(socket_bind(NULL, 0, SOCK_DGRAM, &p.fd) == 0);
    fuzz_require(socket_connect(p.fd, &address) == 0);
    fuzz_require(pthread_create(&thread, NULL, send_packets, &p) == 0);
    fuzz_require(far_end_attach(f, true) == 0);
    receive_all(f);
    fuzz_require(pthread_join(thread, NULL) == 0);
    fd_close(&p.fd);
}

int fuzz_udp_call(const uint8_t *data, size_t size)
{
    struct hostile h = { data, size };
    const unsigned trial = hostile_u8(&h) % TRIALS;
    struct far_end f;

    if (trial == TO_CALLER) {
        speak_to_caller(&h);
        return 0;
    }
    if (!far_end_create(&f, "udp", FRAME_MAX, 0, 0))
        return 0;
    if (trial == TO_OWNER)
        speak_to_owner(&f, &h);
    else
        speak_by_peer(&f, h);
    far_end_close(&f);
    return 0;
}
