/* SPDX-License-Identifier: MIT */
#include "queues/zeromq_admit.h"

#include "shared/base/thread.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define DOOR "inproc://zeromq.zap.01" /* where libzmq asks */

static const char version[] = "1.0", domain[] = "ipc-showcase";

/* The parts of a request, and how long each may be. */
enum part { VERSION, ID, DOMAIN, ADDRESS, IDENTITY, MECHANISM, USER, PASSWORD };

enum { PARTS = PASSWORD + 1, PART_MAX = 255 };

struct request {
    char part[PARTS][PART_MAX + 1];
    size_t size[PARTS];
    size_t count; /* also of those there is no room for */
};

/* All parts of one request: -ETERM when the context ends. */
static int take_request(void *door, struct request *ret_request)
{
    struct request request = { .count = 0 };
    int more = 1, n;
    char spare[PART_MAX] = "", *part;
    size_t size = sizeof(more);

    while (more) {
        part = request.count < PARTS ? request.part[request.count] : spare;
        n = zmq_recv(door, part, PART_MAX, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (request.count < PARTS)
            request.size[request.count] = (size_t)n;
        request.count++;
        if (zmq_getsockopt(door, ZMQ_RCVMORE, &more, &size) < 0)
            return -errno;
    }
    *ret_request = request;
    return 0;
}

/* A part that was cut is as long as none of ours. */
static bool is(const struct request *r, enum part part, const char *text)
{
    return r->size[part] == strlen(text) &&
           memcmp(r->part[part], text, r->size[part]) == 0;
}

static bool is_of_this_run(const struct zeromq_admit *a,
                           const struct request *r)
{
    if (a->curve)
        return r->count == USER + 1 && is(r, VERSION, version) &&
               is(r, MECHANISM, "CURVE") && r->size[USER] == ZEROMQ_KEY &&
               CRYPTO_memcmp(r->part[USER], a->guest, ZEROMQ_KEY) == 0;
    return r->count == PARTS && is(r, VERSION, version) &&
           is(r, MECHANISM, "PLAIN") && is(r, USER, a->session) &&
           is(r, PASSWORD, a->channel);
}

static void answer(void *door, const struct request *r, bool admitted)
{
    const char *code = admitted ? "200" : "400";
    const char *text = admitted ? "" : "of another run";

    (void)zmq_send(door, version, strlen(version), ZMQ_SNDMORE);
    (void)zmq_send(door, r->part[ID], r->size[ID] < PART_MAX ? r->size[ID] : 0,
                   ZMQ_SNDMORE);
    (void)zmq_send(door, code, strlen(code), ZMQ_SNDMORE);
    (void)zmq_send(door, text, strlen(text), ZMQ_SNDMORE);
    (void)zmq_send(door, "", 0, ZMQ_SNDMORE);
    (void)zmq_send(door, "", 0, 0);
}

/* Until the context ends. */
static void *run(void *arg)
{
    const struct zeromq_admit *a = arg;
    struct request request;

    while (take_request(a->door, &request) == 0)
        answer(a->door, &request, is_of_this_run(a, &request));
    (void)zmq_close(a->door);
    return NULL;
}

static int start(struct zeromq_admit *a)
{
    const int r = thread_start(&a->thread, run, a);

    a->running = r == 0;
    return r;
}

static int open_door(struct zeromq_admit *a, void *context)
{
    int r;

    a->door = zmq_socket(context, ZMQ_REP);
    if (!a->door)
        return -errno;
    r = zmq_bind(a->door, DOOR) < 0 ? -errno : start(a);
    if (r < 0)
        (void)zmq_close(a->door);
    return r;
}

int zeromq_admit_open(struct zeromq_admit *a, void *context, void *socket,
                      const struct channel_config *config)
{
    const int on = 1;
    int r = 0;

    a->channel = config->name;
    a->curve = zeromq_curve_is_on(config->at);
    (void)snprintf(a->session, sizeof(a->session), "%016" PRIx64, config->seed);
    if (zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain, strlen(domain)) < 0)
        return -errno;
    if (a->curve)
        r = zeromq_curve_host(socket, config->at, config->seed, config->name,
                              a->guest);
    else if (zmq_setsockopt(socket, ZMQ_PLAIN_SERVER, &on, sizeof(on)) < 0)
        r = -errno;
    return r < 0 ? r : open_door(a, context);
}

void zeromq_admit_close(struct zeromq_admit *a)
{
    if (a->running)
        (void)pthread_join(a->thread, NULL);
    a->running = false;
}

int zeromq_admit_ask(void *socket, const struct channel_config *config)
{
    const char *channel = config->name;
    char text[17];

    if (zeromq_curve_is_on(config->at))
        return zeromq_curve_guest(socket, config->at, config->seed, channel);
    (void)snprintf(text, sizeof(text), "%016" PRIx64, config->seed);
    if (zmq_setsockopt(socket, ZMQ_PLAIN_USERNAME, text, strlen(text)) < 0 ||
        zmq_setsockopt(socket, ZMQ_PLAIN_PASSWORD, channel, strlen(channel)) <
            0)
        return -errno;
    return 0;
}
