/* SPDX-License-Identifier: MIT */
#include "shared/net/tls_pump.h"

#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/base/thread.h"
#include "shared/net/tls_reason.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
    RECORD = 16384, /* bytes: the most that TLS encrypts at once */
    LINGER_MS = 10000,
    AWAIT_MS = 2000,
};

/* Bytes on their way in one direction. */
struct load {
    unsigned char bytes[RECORD];
    size_t start, end;
};

struct pump {
    SSL *ssl;
    int plain;
    struct load up;         /* from plain to the network */
    struct load down;       /* and back */
    bool plain_ended;       /* no more comes from there */
    bool wire_ended;        /* likewise */
    short wants;            /* of the network: poll(2)'s events */
    uint64_t lingers_until; /* once plain has ended; ns */
};

/* ------------------------------------------------------- threads and forks */

/* A thread of OpenSSL's user may hold a lock of it, which a child would find
 * held for ever: so it does nothing there while another thread forks. */
static pthread_rwlock_t forking = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The threads that there are. */
static _Atomic unsigned alive;

static void before_fork(void)
{
    (void)pthread_rwlock_wrlock(&forking);
}

static void after_fork(void)
{
    (void)pthread_rwlock_unlock(&forking);
}

/* The child is another thread than the one that took the lock, and alone. */
static void in_child(void)
{
    (void)pthread_rwlock_init(&forking, NULL);
    alive = 0;
}

static void watch_forks(void)
{
    (void)pthread_atfork(before_fork, after_fork, in_child);
}

/* --------------------------------------------------------------- handshake */

/* The events to wait for before a call is made again; 0: it failed. */
static short wanted(SSL *ssl, int result)
{
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return POLLIN;
    case SSL_ERROR_WANT_WRITE:
        return POLLOUT;
    default:
        return 0;
    }
}

/* 1: it is complete; 0: not before one of these events. */
static int step(SSL *ssl, short *ret_events)
{
    int r;

    (void)pthread_rwlock_rdlock(&forking);
    ERR_clear_error();
    r = SSL_do_handshake(ssl);
    *ret_events = r == 1 ? 0 : wanted(ssl, r);
    if (r != 1 && *ret_events)
        r = 0;
    else if (r != 1)
        r = tls_note(ssl, SSL_get_fd(ssl)) ? -EKEYREJECTED : -EPIPE;
    (void)pthread_rwlock_unlock(&forking);
    return r;
}

int tls_shake_hands(SSL *ssl, int plain)
{
    const uint64_t limit_ns = clock_ns() + TLS_HANDSHAKE_MS * 1000000ull;
    struct pollfd polled[] = { { .fd = SSL_get_fd(ssl) }, { .fd = plain } };
    int left_ms, r;

    while ((r = step(ssl, &polled[0].events)) == 0) {
        left_ms = (int)((int64_t)(limit_ns - clock_ns()) / 1000000);
        if (left_ms <= 0) {
            tls_note_late(polled[0].fd);
            return -ETIMEDOUT;
        }
        if (poll(polled, 2, left_ms) < 0 && errno != EINTR)
            return -errno;
        if (polled[1].revents)
            return -ECANCELED;
    }
    return r < 0 ? r : 0;
}

/* -------------------------------------------------------------------- pump */

static bool is_empty(const struct load *load)
{
    return load->start == load->end;
}

static void fill(struct load *load, size_t size)
{
    load->start = 0;
    load->end = size;
}

/* Each returns whether it moved any bytes. */

static bool take_plain(struct pump *p)
{
    const ssize_t n =
        recv(p->plain, p->up.bytes, sizeof(p->up.bytes), MSG_DONTWAIT);

    if (n > 0)
        fill(&p->up, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        p->plain_ended = true;
        p->lingers_until = clock_ns() + LINGER_MS * 1000000ull;
    }
    return n > 0;
}

static bool give_plain(struct pump *p)
{
    const ssize_t n =
        send(p->plain, p->down.bytes + p->down.start,
             p->down.end - p->down.start, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (n > 0)
        p->down.start += (size_t)n;
    else if (errno != EAGAIN && errno != EINTR)
        p->wire_ended = p->plain_ended = true; /* nobody takes it any more */
    return n > 0;
}

/* A call on the network brought nothing: what it waits for, or that all is over
 * there. */
static void note_wire(struct pump *p, int result)
{
    const short events = wanted(p->ssl, result);

    p->wants |= events;
    if (events)
        return;
    (void)tls_note(p->ssl, SSL_get_fd(p->ssl));
    p->wire_ended = true;
}

static bool take_wire(struct pump *p)
{
    size_t size = 0;
    int r;

    ERR_clear_error();
    r = SSL_read_ex(p->ssl, p->down.bytes, sizeof(p->down.bytes), &size);
    if (r > 0)
        fill(&p->down, size);
    else
        note_wire(p, r);
    return r > 0;
}

static bool give_wire(struct pump *p)
{
    size_t size = 0;
    int r;

    ERR_clear_error();
    r = SSL_write_ex(p->ssl, p->up.bytes + p->up.start, p->up.end - p->up.start,
                     &size);
    if (r > 0)
        p->up.start += size;
    else
        note_wire(p, r);
    return r > 0;
}

static bool move(struct pump *p)
{
    bool moved = false;

    p->wants = 0;
    if (is_empty(&p->up) && !p->plain_ended)
        moved |= take_plain(p);
    if (!is_empty(&p->up) && !p->wire_ended)
        moved |= give_wire(p);
    if (is_empty(&p->down) && !p->wire_ended)
        moved |= take_wire(p);
    if (!is_empty(&p->down))
        moved |= give_plain(p);
    return moved;
}

static bool is_over(const struct pump *p)
{
    return (p->plain_ended && (is_empty(&p->up) || p->wire_ended ||
                               clock_ns() > p->lingers_until)) ||
           (p->wire_ended && is_empty(&p->down));
}

/* What nothing is wanted of is left out: it would call all the time. */
static void await(const struct pump *p)
{
    struct pollfd polled[] = {
        { .fd = p->plain },
        { .fd = SSL_get_fd(p->ssl), .events = p->wants },
    };

    if (is_empty(&p->up) && !p->plain_ended)
        polled[0].events |= POLLIN;
    if (!is_empty(&p->down))
        polled[0].events |= POLLOUT;
    for (size_t i = 0; i < 2; i++)
        if (!polled[i].events)
            polled[i].fd = -1;
    (void)poll(polled, 2, p->plain_ended ? LINGER_MS : -1);
}

static void carry(struct pump *p)
{
    bool moved;

    while (!is_over(p)) {
        (void)pthread_rwlock_rdlock(&forking);
        moved = move(p);
        (void)pthread_rwlock_unlock(&forking);
        if (!moved && !is_over(p))
            await(p);
    }
}

/* Who holds the other end of plain sees it end last: nothing is left then. */
static void *run(void *arg)
{
    struct pump *p = arg;
    int wire = SSL_get_fd(p->ssl), plain = p->plain;

    if (SSL_is_init_finished(p->ssl) || tls_shake_hands(p->ssl, p->plain) == 0)
        carry(p);
    (void)pthread_rwlock_rdlock(&forking);
    (void)SSL_shutdown(p->ssl);
    SSL_free(p->ssl);
    (void)pthread_rwlock_unlock(&forking);
    free(p);
    OPENSSL_thread_stop();
    fd_close(&wire);
    fd_close(&plain);
    alive--;
    return NULL;
}

void tls_pump_await(void)
{
    const uint64_t limit_ns = clock_ns() + AWAIT_MS * 1000000ull;
    const struct timespec pause = { .tv_nsec = 1000000 };

    while (alive > 0 && clock_ns() < limit_ns)
        (void)nanosleep(&pause, NULL);
}

int tls_pump_start(SSL *ssl, int plain)
{
    struct pump *p = calloc(1, sizeof(*p));
    pthread_t thread;
    int r;

    if (!p)
        return -ENOMEM;
    p->ssl = ssl;
    p->plain = plain;
    (void)pthread_once(&once, watch_forks);
    alive++;
    r = thread_start(&thread, run, p);
    if (r == 0) {
        (void)pthread_detach(thread);
        return 0;
    }
    alive--;
    free(p);
    return r;
}
