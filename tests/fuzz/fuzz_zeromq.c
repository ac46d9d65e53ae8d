/* SPDX-License-Identifier: MIT */
/*
 * fuzz_zeromq.c -- who comes to a socket of ZeroMQ's, and what one says there
 *
 * Bytes        u8: a stranger says the bytes behind it, from the first on, or
 *              once it has greeted as one of the run does; or it names a run:
 *              u8, how the session is changed (not, a NUL more, a byte less,
 *              another), u8, how the channel is, and sends up to 16 parts of
 *              messages: u8, what fills it, odd: another part follows; u16, how
 *              long it is
 * Must hold    who names another run is not let in; a message of one part
 *              comes whole, of several, or none, or a larger one, -EPROTO;
 *              the healthy peer is served
 */
#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/net/guests.h"
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"
#include "tests/sockets.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { FRAME_MAX = 300, HEALTHY = 77, VALUE = 0xa5, PARTS = 16 };
enum { FROM_THE_FIRST, GREETED, NAMES, TRIALS };
enum { RIGHT, LONGER, SHORTER, OTHER, CHANGES };
enum { GREETING = 64, COMMAND_MAX = 255, NAME_MAX_HERE = 32 };
enum { MORE = 1, LONG = 2, COMMAND = 4 }; /* flags of a frame: ZMTP 3.0 */
enum { BYTES_MAX = 8192, LOANS_MAX = BYTES_MAX };

/* What a stranger that was let in has sent, and must come. */
struct message {
    size_t size; /* 0: it is refused */
    uint8_t value;
};

struct stranger {
    int fd;
    bool admitted;
    bool late; /* so that it may have had to leave */
    struct message message[PARTS];
    unsigned sent, come;
};

static void say(const struct stranger *s, const void *bytes, size_t size)
{
    (void)send(s->fd, bytes, size, MSG_NOSIGNAL);
}

static void say_frame(const struct stranger *s, unsigned flags,
                      const void *body, size_t size)
{
    uint8_t head[9] = { (uint8_t)flags, (uint8_t)size };

    if (size > UINT8_MAX) {
        head[0] |= LONG;
        head[1] = 0;
        head[7] = (uint8_t)(size >> 8);
        head[8] = (uint8_t)size;
    }
    say(s, head, size > UINT8_MAX ? sizeof(head) : 2);
    say(s, body, size);
}

static void greet(const struct stranger *s)
{
    static const uint8_t greeting[GREETING] = {
        0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0, 'P', 'L', 'A', 'I', 'N',
    };

    say(s, greeting, sizeof(greeting));
}

static bool hear(const struct stranger *s, uint8_t *room, size_t size)
{
    size_t used = 0;
    ssize_t n = 1;

    while (n > 0 && used < size) {
        fuzz_await(s->fd);
        n = recv(s->fd, room + used, size - used, MSG_DONTWAIT);
        used += n > 0 ? (size_t)n : 0;
    }
    return used == size;
}

/* Whether it is welcome. */
static bool hear_welcome(const struct stranger *s)
{
    uint8_t greeting[GREETING], head[2], body[COMMAND_MAX];

    return hear(s, greeting, sizeof(greeting)) && hear(s, head, sizeof(head)) &&
           head[0] == COMMAND && hear(s, body, head[1]) && head[1] >= 8 &&
           memcmp(body, "\007WELCOME", 8) == 0;
}

/* A name as it is told, behind its length. */
static size_t put_name(uint8_t *at, const char *name, unsigned change)
{
    char whole[NAME_MAX_HERE] = "";
    size_t size = strlen(name);

    memcpy(whole, name, size);
    whole[0] ^= change == OTHER;
    size += (size_t)(change == LONGER) - (size_t)(change == SHORTER);
    at[0] = (uint8_t)size;
    memcpy(at + 1, whole, size);
    return 1 + size;
}

static void name_run(struct stranger *s, const struct far_end *f,
                     unsigned session, unsigned channel)
{
    static const uint8_t initiate[] = "\010INITIATE\013Socket-Type\0\0\0\4PUSH";
    uint8_t hello[6 + 2 * NAME_MAX_HERE] = "\005HELLO";
    const uint64_t limit_ns = clock_ns() + GUEST_MS * 500000ull;
    char text[NAME_MAX_HERE];
    size_t size = 6;

    (void)snprintf(text, sizeof(text), "%016" PRIx64, f->config.seed);
    size += put_name(hello + size, text, session);
    size += put_name(hello + size, f->config.name, channel);
    greet(s);
    say_frame(s, COMMAND, hello, size);
    s->admitted = hear_welcome(s);
    fuzz_require(!s->admitted || (session == RIGHT && channel == RIGHT));
    if (s->admitted)
        say_frame(s, COMMAND, initiate, sizeof(initiate) - 1);
    s->late = clock_ns() > limit_ns;
    fuzz_require(s->admitted || s->late || session != RIGHT ||
                 channel != RIGHT);
}

static void send_parts(struct stranger *s, struct hostile *h)
{
    uint8_t body[FRAME_MAX + 1];
    unsigned value = 0, parts = 0;
    size_t size;

    for (int i = 0; i < PARTS && (h->left > 0 || value & 1); i++) {
        value = i + 1 < PARTS ? hostile_u8(h) : 0;
        size = hostile_u16(h) % (FRAME_MAX + 2);
        memset(body, (int)value, sizeof(body));
        say_frame(s, value & 1 ? MORE : 0, body, size);
        parts++;
        if (value & 1)
            continue;
        if (parts > 1 || size > FRAME_MAX)
            size = 0;
        s->message[s->sent++] = (struct message){ size, (uint8_t)value };
        parts = 0;
    }
}

static bool is_full_of(const void *block, size_t size, uint8_t value)
{
    const uint8_t *bytes = block;

    for (size_t i = 0; i < size; i++)
        if (bytes[i] != value)
            return false;
    return true;
}

/* Until all that must come has come, in order, and the healthy one among it;
 * where one may have been let in, that one at least. */
static void receive_all(struct far_end *f, struct stranger *s, bool strict)
{
    const struct message *next = s->message;
    bool healthy = false;
    const void *block;
    size_t size = 0;
    int r;

    for (int i = 0; i < LOANS_MAX; i++) {
        if (healthy && (!strict || s->come == s->sent))
            return;
        r = far_end_acquire(f, &block, &size);
        fuzz_require(r == 0 || r == -EPROTO);
        if (r == 0 && size == HEALTHY && is_full_of(block, size, VALUE))
            healthy = true;
        else if (strict) {
            fuzz_require(s->come++ < s->sent);
            fuzz_require((r == 0) == (next->size > 0));
            fuzz_require(r < 0 || (size == next->size &&
                                   is_full_of(block, size, next->value)));
            next++;
        }
        if (r == 0)
            fuzz_require(far_end_release(f) == 0);
    }
    fuzz_fail("it comes to an end", __FILE__, __LINE__);
}

static void serve(struct far_end *f, struct hostile *h)
{
    const unsigned trial = hostile_u8(h) % TRIALS;
    struct stranger s = { .sent = 0 };
    unsigned session, channel;
    char path[PATH_MAX];

    fuzz_require(unix_connect(far_end_path(f, "jobs.zmq", path), SOCK_STREAM,
                              &s.fd) == 0);
    if (trial == NAMES) {
        session = hostile_u8(h) % CHANGES;
        channel = hostile_u8(h) % CHANGES;
        name_run(&s, f, session, channel);
        if (s.admitted)
            send_parts(&s, h);
    } else {
        if (trial == GREETED)
            name_run(&s, f, RIGHT, RIGHT);
        say(&s, h->at, h->left < BYTES_MAX ? h->left : BYTES_MAX);
        (void)shutdown(s.fd, SHUT_WR);
    }
    fuzz_require(far_end_send(f, VALUE, HEALTHY) == 0);
    receive_all(f, &s, trial != GREETED && !s.late);
    fd_close(&s.fd);
}

int fuzz_zeromq(const uint8_t *data, size_t size)
{
    struct hostile h = { data, size };
    struct far_end f;

    if (!far_end_create(&f, "zeromq", FRAME_MAX, 0, 0))
        return 0;
    f.align = 1; /* what is lent is libzmq's */
    fuzz_require(far_end_attach(&f, true) == 0);
    serve(&f, &h);
    far_end_close(&f);
    return 0;
}
