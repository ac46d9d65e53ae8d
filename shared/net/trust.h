/* SPDX-License-Identifier: MIT */
/*
 * trust.h -- by what two sides that meet at a URL prove who they are
 */
#ifndef SHARED_NET_TRUST_H
#define SHARED_NET_TRUST_H

#include "shared/net/secret.h"

#include <stdbool.h>

struct ssl_ctx_st; /* OpenSSL's */

struct trust {
    bool has_secret;
    unsigned char secret[SECRET_SIZE]; /* the same on both sides */
    /* Of an encrypted URL (shared/net/tls.h); NULL: what is sent is not. */
    struct ssl_ctx_st *tls;
    const char *host; /* the caller's: whose certificate a guest expects */
};

#endif
