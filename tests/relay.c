/* SPDX-License-Identifier: MIT */
#include "tests/relay.h"

#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "tests/sockets.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORTS = 3, LINES_MAX = 16 };

/* A connection and its other half, side by side. */
struct lines {
    int fd[2 * LINES_MAX];
    unsigned count;
};

static void add_line(struct lines *l, int guest, unsigned port)
{
    const struct url there = { .host = "127.0.0.1" };
    struct address address;
    int host = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (guest < 0 || l->count == 2 * LINES_MAX ||
        address_find(&there, port, &address) < 0 ||
        socket_connect(host, &address) < 0) {
        fd_close(&host);
        (void)close(guest);
        return;
    }
    l->fd[l->count++] = guest;
    l->fd[l->count++] = host;
}

static void end_line(struct lines *l, unsigned i)
{
    i -= i % 2;
    (void)close(l->fd[i]);
    (void)close(l->fd[i + 1]);
    l->count -= 2;
    l->fd[i] = l->fd[l->count];
    l->fd[i + 1] = l->fd[l->count + 1];
}

/* False: this line is over. */
static bool pass(const struct relay *relay, struct lines *l, unsigned i,
                 size_t *passed, int heard)
{
    unsigned char bytes[65536];
    const ssize_t n = read(l->fd[i], bytes, sizeof(bytes));
    const size_t before = *passed;

    if (n <= 0)
        return false;
    *passed += (size_t)n;
    if (relay->change_at > before && relay->change_at <= *passed)
        bytes[relay->change_at - before - 1] ^= 1;
    if (heard > 0)
        (void)write_all(heard, bytes, (size_t)n);
    return write_all(l->fd[i ^ 1], bytes, (size_t)n) == 0;
}

__attribute__((noreturn)) static void work(const struct relay *relay,
                                           const int *listener, unsigned port)
{
    struct pollfd polled[PORTS + 2 * LINES_MAX];
    struct lines lines = { .count = 0 };
    size_t passed = 0;
    int heard = relay->heard ? open(relay->heard, O_WRONLY | O_APPEND) : 0;

    while (relay->cut_after == 0 || passed < relay->cut_after) {
        for (unsigned i = 0; i < PORTS; i++)
            polled[i] = (struct pollfd){ listener[i], POLLIN, 0 };
        for (unsigned i = 0; i < lines.count; i++)
            polled[PORTS + i] = (struct pollfd){ lines.fd[i], POLLIN, 0 };
        (void)poll(polled, PORTS + lines.count, -1);
        for (unsigned i = lines.count; i > 0; i--)
            if (polled[PORTS + i - 1].revents &&
                !pass(relay, &lines, i - 1, &passed, heard)) {
                end_line(&lines, i - 1);
                break;
            }
        for (unsigned i = 0; i < PORTS; i++)
            if (polled[i].revents)
                add_line(&lines, accept(listener[i], NULL, NULL), port + i);
    }
    _exit(0);
}

pid_t relay_start(const struct relay *relay, unsigned port)
{
    const struct url here = { .host = RELAY_HOST };
    int listener[PORTS];
    pid_t pid;

    for (unsigned i = 0; i < PORTS; i++) {
        ck_assert_int_eq(
            socket_bind(&here, port + i, SOCK_STREAM, &listener[i]), 0);
        ck_assert_int_eq(listen(listener[i], 4), 0);
    }
    if (relay->heard)
        (void)fclose(fopen(relay->heard, "we"));
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)signal(SIGPIPE, SIG_IGN);
        work(relay, listener, port);
    }
    for (unsigned i = 0; i < PORTS; i++)
        fd_close(&listener[i]);
    return pid;
}

void relay_stop(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}
