/* SPDX-License-Identifier: MIT */
/*
 * url.h -- where to meet beyond this machine: SCHEME://[USER:PASSWORD@]HOST
 * [:PORT][/PATH], after RFC 3986; an IPv6 address in brackets
 */
#ifndef SHARED_NET_URL_H
#define SHARED_NET_URL_H

#include <stdbool.h>

enum { URL_HOST_MAX = 256, URL_TEXT_MAX = 128, URL_PATH_MAX = 108 };

struct trust; /* shared/net/trust.h */

struct url {
    char scheme[16];
    char user[URL_TEXT_MAX]; /* "": none */
    char password[URL_TEXT_MAX];
    char host[URL_HOST_MAX];
    unsigned port;           /* 0: not given */
    char path[URL_PATH_MAX]; /* with its slash; "": none */
    /* The caller's. NULL: nobody has to prove who it is. */
    const struct trust *trust;
};

/* url_is: whether a text is meant as one. */
bool url_is(const char *text);

/* url_parse: -EINVAL for what makes no sense or is too long. */
int url_parse(const char *text, struct url *ret_url);

/* url_hide overwrites, in a text that is one, what stands before an @ for user
 * and password. */
void url_hide(char *text);

#endif
