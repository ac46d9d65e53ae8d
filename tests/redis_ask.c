/* SPDX-License-Identifier: MIT */
#include "tests/redis_ask.h"

#include "queues/redis_stream_server.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "tests/helpers.h"
#include "tests/sockets.h"

#include <check.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINES_MAX = 2048, LOOK_MS = 10 };

static int call_url(const struct url *at, int *ret_fd)
{
    struct address address;
    int r;

    r = address_find(at, at->port, &address);
    ck_assert_int_eq(r, 0);
    *ret_fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_gt(*ret_fd, 0);
    r = socket_connect(*ret_fd, &address);
    if (r < 0)
        fd_close(ret_fd);
    return r;
}

static int call_server(const char *dir, const struct url *at, int *ret_fd)
{
    char path[PATH_MAX];

    if (at)
        return call_url(at, ret_fd);
    ck_assert_int_eq(redis_server_path(dir, path), 0);
    return unix_connect(path, SOCK_STREAM, ret_fd);
}

/* Up to the end, which QUIT brings. */
static void read_answer(int fd, char ret_answer[static REDIS_ANSWER_MAX])
{
    size_t size = 0;
    ssize_t n;

    do {
        n = read(fd, ret_answer + size, REDIS_ANSWER_MAX - 1 - size);
        ck_assert_int_ge(n, 0);
        size += (size_t)n;
    } while (n > 0);
    ret_answer[size] = '\0';
}

const char *redis_ask(const char *dir, const struct url *at, const char *format,
                      ...)
{
    static char answer[REDIS_ANSWER_MAX];
    char lines[LINES_MAX];
    va_list arguments;
    int fd;

    va_start(arguments, format);
    (void)vsnprintf(lines, sizeof(lines) - sizeof("QUIT\r\n"), format,
                    arguments);
    va_end(arguments);
    (void)strcat(lines, "QUIT\r\n");
    ck_assert_int_eq(call_server(dir, at, &fd), 0);
    ck_assert_int_eq(write_all(fd, lines, strlen(lines)), 0);
    read_answer(fd, answer);
    fd_close(&fd);
    return answer;
}

__attribute__((noreturn)) static void become_server(const struct url *at)
{
    const char *program = redis_server_is_installed();
    char port[16];

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)snprintf(port, sizeof(port), "%u", at->port);
    (void)execl(program, program, "--port", port, "--bind", at->host, "--save",
                "", "--logfile", "/dev/null", "--requirepass", at->password,
                (char *)NULL);
    _exit(127);
}

pid_t redis_start(const struct url *at)
{
    const pid_t server = fork();
    int fd;

    ck_assert_int_ge(server, 0);
    if (server == 0)
        become_server(at);
    while (call_url(at, &fd) < 0) { /* or the test's limit ends it */
        ck_assert_int_eq(waitpid(server, NULL, WNOHANG), 0);
        pause_ms(LOOK_MS);
    }
    fd_close(&fd);
    return server;
}

void redis_stop(pid_t server)
{
    (void)kill(server, SIGKILL);
    (void)waitpid(server, NULL, 0);
}
