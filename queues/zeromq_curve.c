/* SPDX-License-Identifier: MIT */
#include "queues/zeromq_curve.h"

#include "shared/net/trust.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

enum { TEXT_KEY = 41, ABOUT_MAX = 128 }; /* in Z85, with its NUL */

struct pair {
    unsigned char public_key[ZEROMQ_KEY];
    unsigned char secret_key[ZEROMQ_KEY];
};

bool zeromq_curve_is_on(const struct url *at)
{
    return at && at->trust && at->trust->has_secret;
}

/* Any 32 bytes are a secret key of Curve25519. */
static int make_pair(const struct url *at, const char *role, uint64_t session,
                     const char *channel, struct pair *ret_pair)
{
    char about[ABOUT_MAX], public_text[TEXT_KEY], secret_text[TEXT_KEY];
    int r;

    if (!zmq_has("curve"))
        return -ENOTSUP;
    (void)snprintf(about, sizeof(about), "%s %016" PRIx64 " %s", role, session,
                   channel);
    r = secret_derive(at->trust->secret, "curve", about, ret_pair->secret_key);
    if (r < 0)
        return r;
    if (!zmq_z85_encode(secret_text, ret_pair->secret_key, ZEROMQ_KEY) ||
        zmq_curve_public(public_text, secret_text) < 0 ||
        !zmq_z85_decode(ret_pair->public_key, public_text))
        return -EIO;
    return 0;
}

static int set_key(void *socket, int option, const unsigned char *key)
{
    return zmq_setsockopt(socket, option, key, ZEROMQ_KEY) < 0 ? -errno : 0;
}

int zeromq_curve_host(void *socket, const struct url *at, uint64_t session,
                      const char *channel,
                      unsigned char ret_guest[static ZEROMQ_KEY])
{
    struct pair host, guest;
    const int on = 1;
    int r;

    r = make_pair(at, "host", session, channel, &host);
    if (r == 0)
        r = make_pair(at, "guest", session, channel, &guest);
    if (r < 0)
        return r;
    memcpy(ret_guest, guest.public_key, ZEROMQ_KEY);
    if (zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &on, sizeof(on)) < 0)
        return -errno;
    return set_key(socket, ZMQ_CURVE_SECRETKEY, host.secret_key);
}

int zeromq_curve_guest(void *socket, const struct url *at, uint64_t session,
                       const char *channel)
{
    struct pair host, guest;
    int r;

    r = make_pair(at, "host", session, channel, &host);
    if (r == 0)
        r = make_pair(at, "guest", session, channel, &guest);
    if (r == 0)
        r = set_key(socket, ZMQ_CURVE_SERVERKEY, host.public_key);
    if (r == 0)
        r = set_key(socket, ZMQ_CURVE_PUBLICKEY, guest.public_key);
    return r < 0 ? r : set_key(socket, ZMQ_CURVE_SECRETKEY, guest.secret_key);
}
