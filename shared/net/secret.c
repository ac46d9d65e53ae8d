/* SPDX-License-Identifier: MIT */
#include "shared/net/secret.h"

#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/dir/file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MAX_SIZE = SECRET_DIGITS + 1, ABOUT_MAX = 256 };

void secret_to_digits(const unsigned char secret[static SECRET_SIZE],
                      char ret_digits[static SECRET_DIGITS + 1])
{
    for (size_t i = 0; i < SECRET_SIZE; i++)
        (void)snprintf(ret_digits + 2 * i, 3, "%02x", secret[i]);
}

/* A digit's value, -1: it is none. The time that it takes tells nothing of a
 * good one but that it is good. */
static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 87 : -1;
}

int secret_from_digits(const char *digits,
                       unsigned char ret_secret[static SECRET_SIZE])
{
    unsigned char secret[SECRET_SIZE];
    int high, low;

    if (strlen(digits) != SECRET_DIGITS)
        return -EBADMSG;
    for (size_t i = 0; i < SECRET_SIZE; i++) {
        high = digit(digits[2 * i]);
        low = digit(digits[2 * i + 1]);
        if (high < 0 || low < 0)
            return -EBADMSG;
        secret[i] = (unsigned char)(high * 16 + low);
    }
    memcpy(ret_secret, secret, SECRET_SIZE);
    return 0;
}

int secret_make(const char *path)
{
    unsigned char secret[SECRET_SIZE];
    char line[SECRET_DIGITS + 2];
    int fd, r;

    if (getrandom(secret, sizeof(secret), 0) < 0)
        return -errno;
    secret_to_digits(secret, line);
    line[SECRET_DIGITS] = '\n';
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    r = write_all(fd, line, SECRET_DIGITS + 1);
    if (r < 0)
        (void)unlink(path);
    fd_close(&fd);
    return r;
}

int secret_open(const char *path, int *ret_fd)
{
    struct stat status;
    int fd, r;

    r = file_open(path, O_RDONLY, &fd);
    if (r < 0)
        return r;
    r = file_check_owner(fd);
    if (r == 0 && fstat(fd, &status) < 0)
        r = -errno;
    if (r == 0 && status.st_mode & (S_IRWXG | S_IRWXO))
        r = -EPERM;
    if (r < 0)
        fd_close(&fd);
    else
        *ret_fd = fd;
    return r;
}

int secret_read(const char *path, unsigned char ret_secret[static SECRET_SIZE])
{
    char line[LINE_MAX_SIZE + 2] = "";
    ssize_t n;
    int fd, r;

    r = secret_open(path, &fd);
    if (r < 0)
        return r;
    n = read(fd, line, sizeof(line) - 1);
    r = n < 0 ? -errno : 0;
    fd_close(&fd);
    if (r < 0)
        return r;
    if (n == LINE_MAX_SIZE && line[n - 1] == '\n')
        line[--n] = '\0';
    return n == SECRET_DIGITS ? secret_from_digits(line, ret_secret) : -EBADMSG;
}

int secret_derive(const unsigned char secret[static SECRET_SIZE],
                  const char *purpose, const char *about,
                  unsigned char ret_key[static SECRET_SIZE])
{
    unsigned char text[ABOUT_MAX];
    int n;

    n = snprintf((char *)text, sizeof(text), "ipc-showcase key 1 %s %s",
                 purpose, about);
    if (n >= (int)sizeof(text) || !HMAC(EVP_sha256(), secret, SECRET_SIZE, text,
                                        (size_t)n, ret_key, NULL))
        return -ENOMEM;
    return 0;
}
