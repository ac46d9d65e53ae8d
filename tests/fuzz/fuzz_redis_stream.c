/* SPDX-License-Identifier: MIT */
/*
 * fuzz_redis_stream.c -- a server of Redis' replies what it likes
 *
 * Bytes        u8: who asks, a receiver, a sender, or one of two sides that
 *              meet, and how; then the replies, one behind the other, whoever
 *              has asked what. Behind the last the server hangs up.
 * Must hold    what is lent is a string of the server's, whole, and so is what
 *              an entry is acknowledged by; a text that was found; else an
 *              error that fits, again and again; who asks another server then
 *              is served
 *
 * Not tried: arrays of millions. hiredis (seen with 0.14.1) makes room for as
 * many elements as are announced, before there is one.
 */
#include "queues/redis_stream_meeting.h"
#include "shared/base/fd.h"
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"
#include "tests/sockets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { FRAME_MAX = 64, VALUE = 'a', BYTES_MAX = 8192, HEARD_MAX = 1 << 16 };
enum { LOANS = 32, DIGITS = 6, ID_MAX = 47, PIPELINE = 1, GOES = 128 };
enum { RECEIVER, SENDER, FINDS, JOINS, AWAITS, TRIALS };
enum { JOIN_MAX = 48 }; /* who joins looks again and again, and sleeps */

static const char text[] = "ipc-showcase 1 tcp://127.0.0.1";

/* ------------------------------------------------------------ the server */

struct server {
    int listener;
    pthread_t thread;
    const void *replies;
    size_t size;
    bool goes;             /* without a hearing */
    char heard[HEARD_MAX]; /* what it is asked, or the first of it */
    size_t used;
};

/* One connection: it says all that it has to say, and hears until the end. */
static void *serve(void *arg)
{
    struct server *s = arg;
    int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
    char rest[4096];
    ssize_t n;

    fuzz_require(fd >= 0);
    n = send(fd, s->replies, s->size, MSG_NOSIGNAL);
    fuzz_require(n == (ssize_t)s->size || errno == EPIPE);
    (void)shutdown(fd, SHUT_WR);
    while (!s->goes && (n = recv(fd, rest, sizeof(rest), 0)) > 0)
        if ((size_t)n <= sizeof(s->heard) - s->used) {
            memcpy(s->heard + s->used, rest, (size_t)n);
            s->used += (size_t)n;
        }
    fd_close(&fd);
    return NULL;
}

static void start_server(struct server *s, const void *replies, size_t size)
{
    s->replies = replies;
    s->size = size;
    s->used = 0;
    fuzz_require(pthread_create(&s->thread, NULL, serve, s) == 0);
}

static void join_server(struct server *s)
{
    fuzz_require(pthread_join(s->thread, NULL) == 0);
}

/* Whether the server has said these bytes, as one string. What ends it hiredis
 * does not look at. */
static bool has_said(const struct server *s, const void *bytes, size_t size)
{
    char whole[32 + BYTES_MAX];
    const int n = snprintf(whole, 32, "$%zu\r\n", size);

    fuzz_require(size < BYTES_MAX);
    memcpy(whole + n, bytes, size);
    return memmem(s->replies, s->size, whole, (size_t)n + size);
}

/* An entry is acknowledged by its id: the fourth word of XACK. */
static void check_acknowledged(const struct server *s)
{
    static const char before[] = "$4\r\nXACK\r\n";
    const char *at = s->heard, *end = s->heard + s->used;
    size_t length;
    int skipped;

    while ((at = memmem(at, (size_t)(end - at), before, sizeof(before) - 1))) {
        at += sizeof(before) - 1;
        skipped = 0;
        fuzz_require(sscanf(at, "$%*d\r\n%*s\r\n$9\r\nreceivers\r\n$%zu%n",
                            &length, &skipped) == 1);
        at += skipped + 2;
        fuzz_require(skipped > 0 && length <= ID_MAX);
        fuzz_require(has_said(s, at, length));
    }
}

/* ------------------------------------------------------ both ends, on it */

static bool is_error_of_ours(int r)
{
    return r == -EPIPE || r == -EPROTO || r == -EIO || r == -EEXIST ||
           r == -EACCES || r == -ENOENT || r == -ENOSPC || r == -ENOMEM;
}

static void receive(struct far_end *f, struct server *s)
{
    const void *block;
    size_t size;
    int r = 0;

    fuzz_require(far_end_attach(f, false) == 0);
    for (int i = 0; i < LOANS && r == 0; i++) {
        r = far_end_acquire(f, &block, &size);
        if (r == -EPIPE)
            fuzz_require(far_end_acquire(f, &block, &size) == -EPIPE);
        if (r < 0)
            break;
        fuzz_require(has_said(s, block, size));
        r = far_end_release(f);
    }
    fuzz_require(r == 0 || is_error_of_ours(r));
    far_end_detach(f);
}

static void send_some(struct far_end *f)
{
    const struct channel_end end = { .role = CHANNEL_SENDER };
    void *block;
    int r = 0;

    f->sender = calloc(1, f->ops->state_size);
    fuzz_require(f->sender);
    fuzz_require(f->ops->attach(f->sender, &f->config, &end) == 0);
    for (size_t i = 0; i < LOANS && r == 0; i++) {
        r = f->ops->reserve(f->sender, 1 + i, &block);
        fuzz_require(r == 0);
        memset(block, VALUE, 1 + i);
        r = f->ops->commit(f->sender, 1 + i);
    }
    fuzz_require(r == 0 || is_error_of_ours(r));
    f->ops->detach(f->sender);
    free(f->sender);
    f->sender = NULL;
}

/* An earlier holder of this end has left nothing. Nothing is there at first,
 * nor left over by others; then there is. */
static void receive_healthy(struct far_end *f, struct server *s)
{
    static const char replies[] =
        "*1\r\n*2\r\n$1\r\nk\r\n*0\r\n"
        "*-1\r\n*3\r\n$3\r\n0-0\r\n*0\r\n*0\r\n"
        "*1\r\n*2\r\n$1\r\nk\r\n*0\r\n"
        "*2\r\n$3\r\n0-0\r\n*0\r\n"
        "*1\r\n*2\r\n$1\r\nk\r\n*1\r\n*2\r\n$3\r\n1-1\r\n"
        "*2\r\n$1\r\nm\r\n$3\r\naaa\r\n"
        ":1\r\n:1\r\n:1\r\n";

    s->goes = false;
    start_server(s, replies, sizeof(replies) - 1);
    fuzz_require(far_end_attach(f, false) == 0);
    far_end_expect(f, VALUE, 3);
    far_end_detach(f);
    join_server(s);
    check_acknowledged(s);
}

/* ------------------------------------------------------ sides that meet */

static int ask(struct meeting *m, unsigned trial, const struct server *s)
{
    int r;

    r = m->ops->open(m);
    if (r == 0 && trial == FINDS)
        r = m->ops->find(m);
    if (r == 0 && trial == FINDS) {
        fuzz_require(strnlen(m->text, sizeof(m->text)) < sizeof(m->text));
        fuzz_require(has_said(s, m->text, strlen(m->text)));
    }
    if (r == 0 && trial == JOINS)
        r = m->ops->join(m);
    if (r == 0 && trial == AWAITS)
        r = m->ops->await(m, 1);
    if (r == 1)
        fuzz_require(trial == AWAITS && has_said(s, text, strlen(text)));
    m->spoke_ns = 0; /* it is time for a sign of life */
    return r < 0 ? r : m->ops->beat(m);
}

static void meet(const char *path, unsigned trial, struct server *s)
{
    struct url at = { .scheme = "redis" };
    struct meeting m = {
        .ops = &redis_meeting,
        .at = &at,
        .owner = trial == AWAITS,
    };
    int r;

    (void)snprintf(m.text, sizeof(m.text), "%s", trial == FINDS ? "" : text);
    fuzz_require(strlen(path) < sizeof(at.path));
    memcpy(at.path, path, strlen(path) + 1);
    r = ask(&m, trial, s);
    fuzz_require(r == 0 || r == -EAGAIN || r == -EADDRINUSE || r == -EBUSY ||
                 is_error_of_ours(r));
    m.ops->close(&m);
}

/* --------------------------------------------------------------- all of it */

/* Whether an array of so many elements is announced, or what looks like it. */
static bool is_vast(const uint8_t *bytes, size_t size)
{
    size_t digits = 0;
    bool counts = false;

    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '*')
            digits = 0;
        counts = bytes[i] == '*' ||
                 (counts && ((bytes[i] >= '0' && bytes[i] <= '9') ||
                             bytes[i] == '-' || bytes[i] == '+'));
        digits += counts;
        if (counts && digits > DIGITS + 1)
            return true;
    }
    return false;
}

static void try_one(struct far_end *f, const char *path, struct server *s,
                    unsigned how, struct hostile h)
{
    const unsigned trial = how % TRIALS;

    s->goes = how >= GOES;
    if (trial == JOINS && h.left > JOIN_MAX)
        h.left = JOIN_MAX;
    start_server(s, h.at, h.left);
    if (trial == RECEIVER)
        receive(f, s);
    else if (trial == SENDER)
        send_some(f);
    else
        meet(path, trial, s);
    join_server(s);
    if (trial == RECEIVER)
        check_acknowledged(s);
    receive_healthy(f, s);
}

int fuzz_redis_stream(const uint8_t *data, size_t size)
{
    static struct server server;
    struct hostile h = { data, size };
    const unsigned how = hostile_u8(&h);
    char path[PATH_MAX];
    struct far_end f;

    if (size > BYTES_MAX || is_vast(data, size) ||
        !far_end_prepare(&f, "redis-stream", FRAME_MAX, 0, NULL))
        return 0;
    f.align = 1; /* what is lent is hiredis' */
    f.config.options[PIPELINE] = 0;
    fuzz_require(mkdir(far_end_path(&f, "redis", path), 0700) == 0);
    (void)far_end_path(&f, "redis/sock", path);
    fuzz_require(unix_bind(path, SOCK_STREAM, &server.listener) == 0);
    fuzz_require(listen(server.listener, 1) == 0);
    try_one(&f, path, &server, how, h);
    fd_close(&server.listener);
    far_end_close(&f);
    return 0;
}
