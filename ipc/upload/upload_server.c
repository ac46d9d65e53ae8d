/* SPDX-License-Identifier: MIT */
#include "ipc/upload/upload_server.h"

#include "ipc/job/store.h"
#include "ipc/upload/libraries.h"
#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/net/unix_socket.h"
#include "shared/process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 128,
    MEMORY = 1 << 18, /* of a connection: how much is read at once */
    DIGEST_TEXT_MAX = 64,
    S_NS = 1000000000,
};

struct server {
    const struct upload_server_options *options;
    struct store store;
    _Atomic unsigned requests;
};

/* A PUT that is under way. */
struct request {
    unsigned number;   /* from 1 */
    unsigned status;   /* of the answer that it will get; 0: not known yet */
    uint64_t began_ns; /* its body */
    unsigned char *body;
    size_t size;
    size_t room;
    char extension[4];
};

static void sleep_until(uint64_t at_ns)
{
    const struct timespec at = {
        .tv_sec = (time_t)(at_ns / S_NS),
        .tv_nsec = (long)(at_ns % S_NS),
    };

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        continue;
}

/* jpg or png, what a path ends with; "" for others. */
static const char *extension_of(const char *path)
{
    const char *dot = strrchr(path, '.');

    if (dot && strcmp(dot, ".jpg") == 0)
        return "jpg";
    return dot && strcmp(dot, ".png") == 0 ? "png" : "";
}

static struct request *begin_request(struct server *s, const char *path,
                                     const char *method)
{
    struct request *request = calloc(1, sizeof(*request));

    if (!request)
        return NULL;
    request->number = atomic_fetch_add(&s->requests, 1) + 1;
    request->began_ns = clock_ns();
    (void)strcpy(request->extension, extension_of(path));
    if (strcmp(method, "PUT") != 0)
        request->status = MHD_HTTP_METHOD_NOT_ALLOWED;
    else if (!request->extension[0])
        request->status = MHD_HTTP_NOT_FOUND;
    return request;
}

static void grow(struct request *request, size_t room)
{
    unsigned char *longer = realloc(request->body, room);

    if (!longer) {
        request->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        return;
    }
    request->body = longer;
    request->room = room;
}

/* Takes the next bytes of a body, as fast as the line that is imagined. */
static void take_bytes(struct server *s, struct request *request,
                       const char *bytes, size_t size)
{
    const uint64_t rate = s->options->bytes_per_second;
    const size_t whole = request->size + size;

    if (whole > s->options->max)
        request->status = MHD_HTTP_CONTENT_TOO_LARGE;
    if (request->status == 0 && whole > request->room)
        grow(request, whole < 2 * request->room ? 2 * request->room : whole);
    if (request->status == 0)
        memcpy(request->body + request->size, bytes, size);
    request->size = whole;
    if (rate > 0)
        sleep_until(request->began_ns +
                    (uint64_t)((double)whole / (double)rate * S_NS));
}

static unsigned status_of(int error)
{
    return error == -ENOSPC || error == -EDQUOT
               ? MHD_HTTP_INSUFFICIENT_STORAGE
               : MHD_HTTP_INTERNAL_SERVER_ERROR;
}

/* 201, or what is wrong. */
static unsigned store_body(struct server *s, struct request *request,
                           uint8_t sha256[static STORE_SHA256_SIZE])
{
    struct unnamed file;
    int r;

    r = store_sha256(request->body, request->size, sha256);
    if (r < 0)
        return status_of(r);
    r = store_write(&s->store, request->body, request->size, &file);
    if (r < 0)
        return status_of(r);
    r = store_publish(&s->store, &file, sha256, request->extension);
    return r < 0 ? status_of(r) : MHD_HTTP_CREATED;
}

static enum MHD_Result answer(struct MHD_Connection *connection,
                              const struct request *request,
                              const uint8_t sha256[static STORE_SHA256_SIZE])
{
    char text[DIGEST_TEXT_MAX] = "sha-256=:";
    struct MHD_Response *response;
    enum MHD_Result r;

    response = libmicrohttpd()->create_response_from_buffer(
        0, NULL, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    if (request->status < 300) {
        (void)EVP_EncodeBlock((unsigned char *)text + strlen(text), sha256,
                              STORE_SHA256_SIZE);
        (void)strcat(text, ":");
        (void)libmicrohttpd()->add_response_header(response, "Repr-Digest",
                                                   text);
    }
    r = libmicrohttpd()->queue_response(connection, request->status, response);
    libmicrohttpd()->destroy_response(response);
    return r;
}

static bool is_nth(unsigned number, unsigned every)
{
    return every > 0 && number % every == 0;
}

/* The body is whole. */
static enum MHD_Result end_request(struct server *s,
                                   struct MHD_Connection *connection,
                                   struct request *request)
{
    const uint64_t ended_ns = clock_ns();
    uint8_t sha256[STORE_SHA256_SIZE] = { 0 };

    if (request->status == 0 && is_nth(request->number, s->options->fail_every))
        request->status = MHD_HTTP_SERVICE_UNAVAILABLE;
    if (request->status == 0)
        request->status = store_body(s, request, sha256);
    sleep_until(ended_ns + s->options->latency_ns);
    if (is_nth(request->number, s->options->drop_every))
        return MHD_NO; /* which closes the connection */
    return answer(connection, request, sha256);
}

/* libmicrohttpd calls it when a header has come, for each part of the body, and
 * without bytes at its end. */
static enum MHD_Result serve(void *arg, struct MHD_Connection *connection,
                             const char *path, const char *method,
                             const char *version, const char *bytes,
                             size_t *size, void **request)
{
    struct server *s = arg;

    (void)version;
    if (!*request) {
        *request = begin_request(s, path, method);
        return *request ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        take_bytes(s, *request, bytes, *size);
        *size = 0;
        return MHD_YES;
    }
    return end_request(s, connection, *request);
}

static void free_request(void *arg, struct MHD_Connection *connection,
                         void **request, enum MHD_RequestTerminationCode why)
{
    struct request *r = *request;

    (void)arg;
    (void)connection;
    (void)why;
    if (r)
        free(r->body);
    free(r);
    *request = NULL;
}

/* Serves until it is killed. */
static void run(struct server *s, int listener)
{
    struct MHD_Daemon *daemon;

    (void)prctl(PR_SET_NAME, "upload-server");
    daemon = libmicrohttpd()->start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
            MHD_USE_POLL,
        0, NULL, NULL, serve, s, MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
        MHD_OPTION_NOTIFY_COMPLETED, free_request, NULL, MHD_OPTION_END);
    while (daemon)
        (void)pause();
    _exit(EXIT_FAILURE);
}

static int listen_at(const char *path)
{
    struct sockaddr_un address;
    int fd, r;

    r = unix_address(path, &address);
    if (r < 0)
        return r;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(fd, BACKLOG) < 0) {
        r = -errno;
        (void)close(fd);
        return r;
    }
    return fd;
}

/* Ctrl-C reaches the whole terminal: whoever started it ends it. And it keeps
 * no end of a pipeline open. */
static void become_server(pid_t parent)
{
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null >= 0) {
        (void)dup2(null, STDIN_FILENO);
        (void)dup2(null, STDOUT_FILENO);
    }
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    child_dies_with(parent, SIGKILL);
}

int upload_server_start(const char *dir,
                        const struct upload_server_options *options,
                        struct upload_server *ret_server)
{
    const pid_t parent = getpid();
    struct upload_server server = { 0 };
    struct server s = { .options = options };
    int listener, r;

    if (snprintf(server.socket, sizeof(server.socket), "%s/upload.sock", dir) >=
        (int)sizeof(server.socket))
        return -ENAMETOOLONG;
    if (!libmicrohttpd())
        return -ELIBACC;
    r = store_open(options->store, options->sync, &s.store);
    if (r < 0)
        return r;
    listener = listen_at(server.socket);
    r = listener < 0 ? listener : 0;
    if (r == 0) {
        server.pid = fork();
        r = server.pid < 0 ? -errno : 0;
    }
    if (r == 0 && server.pid == 0) {
        become_server(parent);
        run(&s, listener);
    }
    if (listener >= 0)
        (void)close(listener);
    store_close(&s.store);
    if (r == 0)
        *ret_server = server;
    else if (listener >= 0)
        (void)unlink(server.socket);
    return r;
}

void upload_server_stop(struct upload_server *server)
{
    if (server->pid <= 0)
        return;
    child_end(server->pid);
    (void)unlink(server->socket);
    *server = (struct upload_server){ 0 };
}
