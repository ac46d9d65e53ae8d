/* SPDX-License-Identifier: MIT */
/*
 * fuzz_secret.c -- files that hold a secret, or a channel's port and token
 *
 * Bytes        the file
 * Must hold    a secret is 64 digits and at most a newline, and what is read
 *              says it again; a token stands behind a port that there can be;
 *              all else is refused
 */
#include "shared/net/token.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UNTOUCHED = 0x5a };

static const char *place(void)
{
    const char *dir = getenv("TMPDIR");

    return dir ? dir : "/tmp";
}

static void write_file(const char *path, const uint8_t *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    fuzz_require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    (void)close(fd);
}

static bool is_secret(const uint8_t *data, size_t size)
{
    size -= size == SECRET_DIGITS + 1 && data[SECRET_DIGITS] == '\n';
    if (size != SECRET_DIGITS)
        return false;
    for (size_t i = 0; i < SECRET_DIGITS; i++)
        if (!data[i] || !strchr("0123456789abcdef", data[i]))
            return false;
    return true;
}

static void read_secret(const char *path, const uint8_t *data, size_t size)
{
    unsigned char secret[SECRET_SIZE + 1];
    char digits[SECRET_DIGITS + 1];
    int r;

    memset(secret, UNTOUCHED, sizeof(secret));
    r = secret_read(path, secret);
    fuzz_require(r == (is_secret(data, size) ? 0 : -EBADMSG));
    fuzz_require(secret[SECRET_SIZE] == UNTOUCHED);
    if (r < 0)
        return;
    secret_to_digits(secret, digits);
    fuzz_require(memcmp(digits, data, SECRET_DIGITS) == 0);
}

static void read_token(const char *dir, const uint8_t *data, size_t size)
{
    char token[TOKEN_SIZE + 2] = "", text[TOKEN_SIZE + 32];
    struct address address;
    struct sockaddr_in in;
    int r, n;

    token[TOKEN_SIZE + 1] = UNTOUCHED;
    r = token_find(dir, "fuzz", NULL, &address, token);
    fuzz_require(r == 0 || r == -EPROTO);
    fuzz_require(token[TOKEN_SIZE + 1] == UNTOUCHED);
    if (r < 0)
        return;
    memcpy(&in, &address.storage, sizeof(in));
    fuzz_require(in.sin_port != 0 && strlen(token) == TOKEN_SIZE);
    n = snprintf(text, sizeof(text), "%s", token);
    fuzz_require(memmem(data, size, text, (size_t)n));
}

int fuzz_secret(const uint8_t *data, size_t size)
{
    char dir[PATH_MAX], path[PATH_MAX + 16];

    (void)snprintf(dir, sizeof(dir), "%s", place());
    (void)snprintf(path, sizeof(path), "%s/fuzz.port", dir);
    write_file(path, data, size);
    read_secret(path, data, size);
    read_token(dir, data, size);
    fuzz_require(unlink(path) == 0);
    return 0;
}
