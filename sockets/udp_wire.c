/* SPDX-License-Identifier: MIT */
#include "sockets/udp_wire.h"

#include "shared/base/bytes.h"

#include <errno.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <xxhash.h>

enum { CALL_AGAIN_MS = 100 };

uint64_t reliable_tag(const char *token)
{
    return XXH3_64bits(token, TOKEN_SIZE);
}

void reliable_put_header(unsigned char *datagram, uint64_t tag,
                         enum reliable_kind kind, uint64_t sequence)
{
    put_u64(datagram, tag);
    put_u64(datagram + 8, kind);
    put_u64(datagram + 16, sequence);
}

int reliable_say_hello(int fd, const char *token, bool answer)
{
    unsigned char datagram[RELIABLE_HELLO_SIZE];

    reliable_put_header(datagram, reliable_tag(token), RELIABLE_HELLO, 0);
    memcpy(datagram + RELIABLE_HEADER, token + (answer ? RELIABLE_HALF : 0),
           RELIABLE_HALF);
    return send(fd, datagram, sizeof(datagram), 0) < 0 ? -errno : 0;
}

static bool is_hello(const unsigned char *datagram, ssize_t size,
                     const char *half)
{
    return size == RELIABLE_HELLO_SIZE &&
           get_u64(datagram + 8) == RELIABLE_HELLO &&
           CRYPTO_memcmp(datagram + RELIABLE_HEADER, half, RELIABLE_HALF) == 0;
}

int reliable_answer(int fd, const char *token)
{
    unsigned char datagram[RELIABLE_HELLO_SIZE + 1];
    struct sockaddr_storage from;
    socklen_t length;
    ssize_t n;

    do {
        length = sizeof(from);
        n = recvfrom(fd, datagram, sizeof(datagram), 0,
                     (struct sockaddr *)&from, &length);
        if (n < 0 && errno != EINTR)
            return -errno;
    } while (!is_hello(datagram, n, token));
    if (connect(fd, (struct sockaddr *)&from, length) < 0)
        return -errno;
    return reliable_say_hello(fd, token, true);
}

int reliable_call(int fd, const char *token)
{
    struct pollfd input = { .fd = fd, .events = POLLIN };
    unsigned char datagram[RELIABLE_HELLO_SIZE + 1];
    ssize_t n = -1;
    int r;

    do {
        r = reliable_say_hello(fd, token, false);
        if (r == 0)
            r = poll(&input, 1, CALL_AGAIN_MS) < 0 ? -errno : 0;
        if (r == 0 && input.revents) {
            n = recv(fd, datagram, sizeof(datagram), MSG_DONTWAIT);
            r = n < 0 ? -errno : 0;
        }
        if (r < 0 && r != -EINTR && r != -EAGAIN)
            return r == -ECONNREFUSED ? -EPIPE : r;
    } while (!is_hello(datagram, n, token + RELIABLE_HALF));
    return 0;
}
