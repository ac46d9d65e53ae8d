/* SPDX-License-Identifier: MIT */
/*
 * fuzz_url.c -- a place beyond this machine, as somebody typed it
 *
 * Bytes        the text
 * Must hold    0 or -EINVAL, and then the result is as it was; a port is none
 *              or one that exists; put together again the parts are read as the
 *              same; what hides a password keeps the length and all other parts
 */
#include "shared/net/url.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHOLE_MAX = sizeof(struct url) + 16 };

/* Brackets are always right, but around one of their own. */
static void put_together(const struct url *url, char text[static WHOLE_MAX])
{
    const char *close = strchr(url->host, ']');
    char user[2 * URL_TEXT_MAX + 2] = "", port[12] = "";

    if (url->user[0] || url->password[0])
        (void)snprintf(user, sizeof(user), "%s:%s@", url->user, url->password);
    if (url->port > 0)
        (void)snprintf(port, sizeof(port), ":%u", url->port);
    (void)snprintf(text, WHOLE_MAX, "%s://%s%s%s%s%s%s", url->scheme, user,
                   close ? "" : "[", url->host, close ? "" : "]", port,
                   url->path);
}

static void check_again(const struct url *url)
{
    char text[WHOLE_MAX];
    struct url again;

    put_together(url, text);
    fuzz_require(url_parse(text, &again) == 0);
    fuzz_require(strcmp(again.scheme, url->scheme) == 0);
    fuzz_require(strcmp(again.user, url->user) == 0);
    fuzz_require(strcmp(again.password, url->password) == 0);
    fuzz_require(strcmp(again.host, url->host) == 0);
    fuzz_require(strcmp(again.path, url->path) == 0);
    fuzz_require(again.port == url->port);
}

static void check_hidden(char *text, const struct url *url)
{
    const size_t length = strlen(text);
    struct url hidden;

    url_hide(text);
    fuzz_require(strlen(text) == length);
    if (!url)
        return;
    fuzz_require(url_parse(text, &hidden) == 0 || length > URL_TEXT_MAX);
    if (length > URL_TEXT_MAX)
        return;
    fuzz_require(strspn(hidden.user, "*") == strlen(hidden.user));
    fuzz_require(strspn(hidden.password, "*") == strlen(hidden.password));
    fuzz_require(strcmp(hidden.host, url->host) == 0);
    fuzz_require(strcmp(hidden.path, url->path) == 0);
    fuzz_require(hidden.port == url->port);
}

int fuzz_url(const uint8_t *data, size_t size)
{
    struct hostile h = { data, size };
    char *text = hostile_text(&h);
    struct url url = { .port = 77777 };
    int r = url_parse(text, &url);

    fuzz_require(r == 0 || r == -EINVAL);
    if (r < 0) {
        fuzz_require(url.port == 77777);
    } else {
        fuzz_require(url_is(text) && url.scheme[0]);
        fuzz_require(url.port <= UINT16_MAX);
        check_again(&url);
    }
    check_hidden(text, r == 0 ? &url : NULL);
    free(text);
    return 0;
}
