/* SPDX-License-Identifier: MIT */
#include "shared/net/token.h"

#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/dir/record.h"
#include "shared/net/trust.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int token_publish(int fd, const char *dir, const char *name,
                  char ret_token[static TOKEN_SIZE + 1])
{
    unsigned char random[PROOF_NUMBER];
    char text[RECORD_TEXT_MAX];
    int port, r;

    port = address_port(fd);
    if (port < 0)
        return port;
    r = proof_draw(random);
    if (r < 0)
        return r;
    secret_to_digits(random, ret_token);
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

/* That of a token alone, or of a secret and the channel that it names. */
int token_key(const char *token, const struct url *at,
              unsigned char ret_key[static SECRET_SIZE])
{
    if (at && at->trust && at->trust->has_secret)
        return secret_derive(at->trust->secret, "channel", token, ret_key);
    return secret_from_digits(token, ret_key);
}

static int receive(int fd, unsigned char *next, size_t size)
{
    ssize_t n;
    int r = 0;

    while (r == 0 && size > 0) {
        n = recv(fd, next, size, 0);
        if (n > 0) {
            next += n;
            size -= (size_t)n;
        } else if (n == 0)
            r = -EPIPE;
        else if (errno != EINTR)
            r = fd_error(errno);
    }
    return r;
}

int token_show(int fd, const char *token, const struct url *at)
{
    unsigned char key[SECRET_SIZE], talk[PROOF_TALK], proof[PROOF_SIZE];
    int r;

    r = token_key(token, at, key);
    if (r == 0)
        r = receive(fd, talk, PROOF_NUMBER);
    if (r == 0)
        r = proof_answer(key, talk);
    if (r == 0)
        r = fd_error(-write_all(fd, talk + PROOF_NUMBER, PROOF_ANSWER));
    if (r == 0)
        r = receive(fd, proof, PROOF_SIZE);
    if (r == 0)
        r = proof_check_host(key, talk, "", proof);
    return r == -EKEYREJECTED ? -EPERM : r;
}

int token_answer(int fd, const char *token, const struct url *at,
                 const unsigned char talk[static PROOF_TALK])
{
    unsigned char key[SECRET_SIZE], proof[PROOF_SIZE];
    int r;

    r = token_key(token, at, key);
    if (r == 0)
        r = proof_check_guest(key, talk);
    if (r == 0)
        r = proof_of_host(key, talk, "", proof);
    return r < 0 ? r : fd_error(-write_all(fd, proof, PROOF_SIZE));
}
