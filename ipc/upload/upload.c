/* SPDX-License-Identifier: MIT */
#include "ipc/upload/upload.h"

#include "ipc/upload/libraries.h"
#include "shared/base/clock.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIGEST_BASE64 = 44,    /* characters for 32 bytes */
    CURL_BUFFER = 1 << 20, /* fewer, larger writes */
    MS_NS = 1000000,
};

/* That one turn waits, whatever the caller's limit is. */
static const uint64_t longest_ns = UINT64_C(60000) * MS_NS;

struct transfers {
    CURLM *multi;
    struct curl_slist *headers; /* of every request */
};

/* One request that is under way. */
struct attempt {
    CURL *easy;
    size_t sent; /* bytes of the upload */
    char error[CURL_ERROR_SIZE];
    char url[UPLOAD_URL_MAX];
};

struct upload_target upload_target_default(void)
{
    return (struct upload_target){
        .timeout_ns = UINT64_C(10000) * MS_NS,
        .attempts = 5,
        .back_off_ns = UINT64_C(50) * MS_NS,
    };
}

/* "Expect: 100-continue" would cost a round trip. */
static int make_headers(struct uploads *u)
{
    struct curl_slist *list = libcurl()->slist_append(NULL, "Expect:"), *longer;
    char text[UPLOAD_URL_MAX];

    if (list && u->target->token) {
        (void)snprintf(text, sizeof(text), "Authorization: Bearer %s",
                       u->target->token);
        longer = libcurl()->slist_append(list, text);
        if (!longer)
            libcurl()->slist_free_all(list);
        list = longer;
    }
    u->transfers->headers = list;
    return list ? 0 : -ENOMEM;
}

int uploads_open(struct uploads *u, const struct upload_target *target)
{
    *u = (struct uploads){ .target = target };
    if (!libcurl())
        return -ELIBACC;
    u->transfers = calloc(1, sizeof(*u->transfers));
    if (!u->transfers)
        return -ENOMEM;
    u->transfers->multi = libcurl()->multi_init();
    return u->transfers->multi ? make_headers(u) : -ENOMEM;
}

static void end_attempt(struct uploads *u, struct upload *upload)
{
    if (!upload->attempt)
        return;
    (void)libcurl()->multi_remove_handle(u->transfers->multi,
                                         upload->attempt->easy);
    libcurl()->easy_cleanup(upload->attempt->easy);
    free(upload->attempt);
    upload->attempt = NULL;
}

static void append(struct upload **list, struct upload *upload)
{
    while (*list)
        list = &(*list)->next;
    upload->next = NULL;
    *list = upload;
}

static void remove_from(struct upload **list, const struct upload *upload)
{
    while (*list != upload)
        list = &(*list)->next;
    *list = upload->next;
}

void uploads_close(struct uploads *u)
{
    if (!u->transfers)
        return;
    while (u->active) {
        end_attempt(u, u->active);
        u->active = u->active->next;
    }
    if (u->transfers->multi)
        (void)libcurl()->multi_cleanup(u->transfers->multi);
    libcurl()->slist_free_all(u->transfers->headers);
    free(u->transfers);
    *u = (struct uploads){ 0 };
}

/* Called by libcurl for the next bytes of a body. */
static size_t give_bytes(char *to, size_t size, size_t count, void *arg)
{
    struct upload *upload = arg;
    struct attempt *attempt = upload->attempt;
    size_t n = size * count;

    if (n > upload->size - attempt->sent)
        n = upload->size - attempt->sent;
    memcpy(to, (const char *)upload->bytes + attempt->sent, n);
    attempt->sent += n;
    return n;
}

/* And when a connection broke under it, to begin anew. */
static int seek_bytes(void *arg, curl_off_t offset, int origin)
{
    struct upload *upload = arg;

    if (origin != SEEK_SET || offset < 0 || (size_t)offset > upload->size)
        return CURL_SEEKFUNC_FAIL;
    upload->attempt->sent = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static size_t ignore_bytes(char *bytes, size_t size, size_t count, void *arg)
{
    (void)bytes;
    (void)arg;
    return size * count;
}

/* The URL with the name in its place. */
static int make_url(const char *url, const char *name,
                    char ret_url[static UPLOAD_URL_MAX])
{
    const char *place = strstr(url, "{name}");
    int n;

    if (place)
        n = snprintf(ret_url, UPLOAD_URL_MAX, "%.*s%s%s", (int)(place - url),
                     url, name, place + strlen("{name}"));
    else
        n = snprintf(ret_url, UPLOAD_URL_MAX, "%s/%s", url, name);
    return n < UPLOAD_URL_MAX ? 0 : -ENAMETOOLONG;
}

static void set_request(struct uploads *u, struct upload *upload)
{
    struct attempt *attempt = upload->attempt;
    CURL *easy = attempt->easy;

    (void)libcurl()->easy_setopt(easy, CURLOPT_PRIVATE, upload);
    (void)libcurl()->easy_setopt(easy, CURLOPT_ERRORBUFFER, attempt->error);
    (void)libcurl()->easy_setopt(easy, CURLOPT_URL, attempt->url);
    (void)libcurl()->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    if (u->target->socket)
        (void)libcurl()->easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH,
                                     u->target->socket);
    (void)libcurl()->easy_setopt(easy, CURLOPT_HTTPHEADER,
                                 u->transfers->headers);
    (void)libcurl()->easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    (void)libcurl()->easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE,
                                 (long)CURL_BUFFER);
    (void)libcurl()->easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
                                 (curl_off_t)upload->size);
    (void)libcurl()->easy_setopt(easy, CURLOPT_READFUNCTION, give_bytes);
    (void)libcurl()->easy_setopt(easy, CURLOPT_READDATA, upload);
    (void)libcurl()->easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_bytes);
    (void)libcurl()->easy_setopt(easy, CURLOPT_SEEKDATA, upload);
    (void)libcurl()->easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore_bytes);
    (void)libcurl()->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)libcurl()->easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                                 (long)(u->target->timeout_ns / MS_NS));
}

static int start_attempt(struct uploads *u, struct upload *upload)
{
    struct attempt *attempt = calloc(1, sizeof(*attempt));
    int r;

    if (!attempt)
        return -ENOMEM;
    r = make_url(u->target->url, upload->name, attempt->url);
    if (r == 0)
        attempt->easy = libcurl()->easy_init();
    if (r == 0 && !attempt->easy)
        r = -ENOMEM;
    if (r < 0) {
        free(attempt);
        return r;
    }
    upload->attempt = attempt;
    upload->attempts++;
    set_request(u, upload);
    (void)libcurl()->multi_add_handle(u->transfers->multi, attempt->easy);
    return 0;
}

int uploads_begin(struct uploads *u, struct upload *upload)
{
    int r;

    upload->error = 0;
    upload->text[0] = '\0';
    upload->has_sha256 = false;
    upload->attempts = 0;
    r = start_attempt(u, upload);
    if (r == 0)
        append(&u->active, upload);
    return r;
}

/* "sha-256=:BASE64:", among others perhaps (RFC 9530). */
static void read_digest(struct upload *upload)
{
    unsigned char bytes[DIGEST_BASE64]; /* 33, with the padding's */
    struct curl_header *header;
    const char *text;

    if (libcurl()->easy_header(upload->attempt->easy, "Repr-Digest", 0,
                               CURLH_HEADER, -1, &header) != CURLHE_OK)
        return;
    text = strstr(header->value, "sha-256=:");
    if (!text)
        return;
    text += strlen("sha-256=:");
    if (strcspn(text, ":") != DIGEST_BASE64 ||
        EVP_DecodeBlock(bytes, (const unsigned char *)text, DIGEST_BASE64) < 0)
        return;
    memcpy(upload->sha256, bytes, UPLOAD_SHA256_SIZE);
    upload->has_sha256 = true;
}

__attribute__((format(printf, 3, 4))) static int fail(struct upload *upload,
                                                      int error,
                                                      const char *format, ...)
{
    va_list args;
    int n;

    n = snprintf(upload->text, sizeof(upload->text),
                 "upload of %s: ", upload->name);
    va_start(args, format);
    (void)vsnprintf(upload->text + n, sizeof(upload->text) - (size_t)n, format,
                    args);
    va_end(args);
    return error;
}

/* What a response means; -EAGAIN: another attempt may have more luck. */
static int read_response(const struct uploads *u, struct upload *upload)
{
    long code = 0;

    (void)libcurl()->easy_getinfo(upload->attempt->easy, CURLINFO_RESPONSE_CODE,
                                  &code);
    if (code >= 200 && code < 300) {
        read_digest(upload);
        if (u->target->digest && !upload->has_sha256)
            return fail(upload, -EPROTO,
                        "the answer does not say what arrived");
        return 0;
    }
    if (code == 507)
        return fail(upload, -ENOSPC, "the server has no room left");
    if (code == 408 || code == 429 || code >= 500)
        return fail(upload, -EAGAIN, "the server answered %ld", code);
    return fail(upload, -EACCES, "the server answered %ld", code);
}

static int read_error(struct upload *upload, CURLcode code)
{
    const char *text = upload->attempt->error[0]
                           ? upload->attempt->error
                           : libcurl()->easy_strerror(code);

    switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return fail(upload, -EINVAL, "%s", text);
    case CURLE_OUT_OF_MEMORY:
        return fail(upload, -ENOMEM, "%s", text);
    default:
        return fail(upload, -EAGAIN, "%s", text);
    }
}

/* When to try again: each pause is twice the one before, or what the server
 * asks for. */
static uint64_t due_ns(const struct uploads *u, const struct upload *upload)
{
    const unsigned doublings = upload->attempts - 1;
    uint64_t pause = u->target->back_off_ns
                     << (doublings < 10 ? doublings : 10);
    curl_off_t asked_s = 0;

    (void)libcurl()->easy_getinfo(upload->attempt->easy, CURLINFO_RETRY_AFTER,
                                  &asked_s);
    if (asked_s > 0 && (uint64_t)asked_s * 1000 * MS_NS > pause)
        pause = (uint64_t)asked_s * 1000 * MS_NS;
    return clock_ns() +
           (pause < u->target->timeout_ns ? pause : u->target->timeout_ns);
}

static void end_upload(struct uploads *u, struct upload *upload, int error)
{
    const size_t length = strlen(upload->text);

    if (error == -EAGAIN)
        error = -EIO;
    if (error < 0 && upload->attempts > 1)
        (void)snprintf(upload->text + length, sizeof(upload->text) - length,
                       ", %u times", upload->attempts);
    if (error == 0)
        upload->text[0] = '\0';
    upload->error = error;
    remove_from(&u->active, upload);
    append(&u->done, upload);
}

static void note_end(struct uploads *u, const CURLMsg *message)
{
    struct upload *upload = NULL;
    int r;

    (void)libcurl()->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
                                  &upload);
    r = message->data.result == CURLE_OK
            ? read_response(u, upload)
            : read_error(upload, message->data.result);
    upload->due_ns = due_ns(u, upload);
    end_attempt(u, upload);
    if (r != -EAGAIN || upload->attempts >= u->target->attempts)
        end_upload(u, upload, r);
}

/* Starts again what is due; returns when the next one is, or UINT64_MAX. */
static uint64_t start_due(struct uploads *u)
{
    const uint64_t now = clock_ns();
    uint64_t next = UINT64_MAX;
    struct upload *after;
    int r;

    for (struct upload *upload = u->active; upload; upload = after) {
        after = upload->next;
        if (upload->attempt)
            continue;
        if (upload->due_ns > now) {
            next = upload->due_ns < next ? upload->due_ns : next;
            continue;
        }
        r = start_attempt(u, upload);
        if (r < 0)
            end_upload(u, upload, r);
    }
    return next;
}

bool uploads_turn(struct uploads *u, uint64_t limit_ns)
{
    CURLM *multi = u->transfers->multi;
    const uint64_t due = start_due(u), now = clock_ns();
    int running, messages, ready = 0;
    const CURLMsg *message;
    bool ended = false;
    long ms = -1;

    (void)libcurl()->multi_perform(multi, &running);
    while ((message = libcurl()->multi_info_read(multi, &messages))) {
        note_end(u, message);
        ended = true;
    }
    (void)libcurl()->multi_timeout(multi, &ms);
    if (ended || ms == 0)
        return true;
    if (limit_ns > longest_ns)
        limit_ns = longest_ns;
    if (due != UINT64_MAX && (due <= now || due - now < limit_ns))
        limit_ns = due <= now ? 0 : due - now;
    (void)libcurl()->multi_poll(multi, NULL, 0,
                                (int)((limit_ns + MS_NS - 1) / MS_NS), &ready);
    return ready > 0;
}

bool uploads_sending(const struct uploads *u)
{
    curl_off_t sent = 0;

    for (const struct upload *upload = u->active; upload;
         upload = upload->next) {
        if (!upload->attempt)
            continue;
        (void)libcurl()->easy_getinfo(upload->attempt->easy,
                                      CURLINFO_SIZE_UPLOAD_T, &sent);
        if ((size_t)sent < upload->size)
            return true;
    }
    return false;
}

void uploads_wake(struct uploads *u)
{
    (void)libcurl()->multi_wakeup(u->transfers->multi);
}

struct upload *uploads_take(struct uploads *u)
{
    struct upload *upload = u->done;

    if (upload)
        u->done = upload->next;
    return upload;
}

struct upload *uploads_await(struct uploads *u)
{
    const uint64_t limit_ns = UINT64_C(1000) * MS_NS;

    while (!u->done && u->active)
        (void)uploads_turn(u, limit_ns);
    return uploads_take(u);
}
