/* SPDX-License-Identifier: MIT */
#include "shared/net/token.h"

#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/dir/record.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

static int make_token(char ret_token[static TOKEN_SIZE + 1])
{
    uint64_t random[4];

    if (getrandom(random, sizeof(random), 0) < 0)
        return -errno;
    (void)snprintf(ret_token, TOKEN_SIZE + 1,
                   "%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016" PRIx64,
                   random[0], random[1], random[2], random[3]);
    return 0;
}

int token_publish(int fd, const char *dir, const char *name,
                  char ret_token[static TOKEN_SIZE + 1])
{
    char text[RECORD_TEXT_MAX];
    int port, r;

    port = address_port(fd);
    if (port < 0)
        return port;
    r = make_token(ret_token);
    if (r < 0)
        return r;
    (void)snprintf(text, sizeof(text), "%d %s", port, ret_token);
    return record_write(dir, name, "port", text);
}

int token_find(const char *dir, const char *name, const struct url *at,
               struct address *ret_address,
               char ret_token[static TOKEN_SIZE + 1])
{
    char text[RECORD_TEXT_MAX], token[TOKEN_SIZE + 1];
    unsigned port;
    int end = 0, r;

    r = record_read(dir, name, "port", text);
    if (r < 0)
        return r;
    if (sscanf(text, "%5u %64s%n", &port, token, &end) != 2 || text[end] ||
        port == 0 || port > UINT16_MAX || strlen(token) != TOKEN_SIZE)
        return -EPROTO;
    r = address_find(at, port, ret_address);
    if (r == 0)
        memcpy(ret_token, token, sizeof(token));
    return r;
}

/* A half is one segment: what is there at all is there whole. */
static int check_answer(int fd, const char *half)
{
    char shown[TOKEN_HALF];
    ssize_t n;
    int r;

    r = fd_await(fd, POLLIN);
    if (r < 0)
        return r;
    n = recv(fd, shown, TOKEN_HALF, MSG_DONTWAIT);
    if (n != TOKEN_HALF)
        return n < 0 ? fd_error(errno) : -EPIPE;
    return CRYPTO_memcmp(shown, half, TOKEN_HALF) == 0 ? 0 : -EPERM;
}

int token_show(int fd, const char *token)
{
    const int r = write_all(fd, token, TOKEN_HALF);

    return r < 0 ? fd_error(-r) : check_answer(fd, token + TOKEN_HALF);
}

int token_answer(int fd, const char *token)
{
    return fd_error(-write_all(fd, token + TOKEN_HALF, TOKEN_HALF));
}
