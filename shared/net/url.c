/* SPDX-License-Identifier: MIT */
#include "shared/net/url.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

bool url_is(const char *text)
{
    return strstr(text, "://") != NULL;
}

/* Copies what lies before `end`; false when it does not fit. */
static bool copy(const char *start, const char *end, char *to, size_t room)
{
    const size_t length = (size_t)(end - start);

    if (length >= room)
        return false;
    memcpy(to, start, length);
    to[length] = '\0';
    return true;
}

/* USER:PASSWORD or PASSWORD, before the @. */
static bool parse_user(const char *text, const char *end, struct url *url)
{
    const char *colon = memchr(text, ':', (size_t)(end - text));

    if (!colon)
        return copy(text, end, url->password, sizeof(url->password));
    return copy(text, colon, url->user, sizeof(url->user)) &&
           copy(colon + 1, end, url->password, sizeof(url->password));
}

static bool parse_port(const char *text, const char *end, struct url *url)
{
    char digits[6];
    long port;

    if (!copy(text, end, digits, sizeof(digits)) ||
        strspn(digits, "0123456789") != strlen(digits) || !digits[0])
        return false;
    port = strtol(digits, NULL, 10);
    url->port = (unsigned)port;
    return port >= 1 && port <= 65535;
}

/* HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT. */
static bool parse_host(const char *text, const char *end, struct url *url)
{
    const char *stop;

    if (*text == '[') {
        stop = memchr(text, ']', (size_t)(end - text));
        if (!stop || !copy(text + 1, stop, url->host, sizeof(url->host)))
            return false;
        stop++;
    } else {
        stop = memchr(text, ':', (size_t)(end - text));
        stop = stop ? stop : end;
        if (!copy(text, stop, url->host, sizeof(url->host)))
            return false;
    }
    return stop == end || (*stop == ':' && parse_port(stop + 1, end, url));
}

int url_parse(const char *text, struct url *ret_url)
{
    const char *scheme_end = strstr(text, "://");
    const char *start, *end, *at;
    struct url url = { 0 };

    if (!scheme_end || scheme_end == text ||
        !copy(text, scheme_end, url.scheme, sizeof(url.scheme)))
        return -EINVAL;
    start = scheme_end + strlen("://");
    end = strchrnul(start, '/');
    at = memrchr(start, '@', (size_t)(end - start));
    if (at && !parse_user(start, at, &url))
        return -EINVAL;
    if (!parse_host(at ? at + 1 : start, end, &url) ||
        !copy(end, strchr(end, '\0'), url.path, sizeof(url.path)) ||
        (!url.host[0] && !url.path[0]))
        return -EINVAL;
    *ret_url = url;
    return 0;
}

void url_hide(char *text)
{
    char *start = strstr(text, "://"), *at;

    if (!start)
        return;
    start += strlen("://");
    at = memrchr(start, '@', strcspn(start, "/"));
    if (at)
        memset(start, '*', (size_t)(at - start));
}
