/* SPDX-License-Identifier: MIT */
#include "queues/zeromq_place.h"

#include "shared/base/fd.h"
#include "shared/dir/record.h"
#include "shared/net/address.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

enum { BACKLOG = 8, KIND_MAX = 16, ENDPOINT_MAX = PATH_MAX + URL_HOST_MAX };

static int find_path(const struct zeromq_place *p, unsigned index,
                     char ret_path[static PATH_MAX])
{
    struct sockaddr_un address;
    int n;

    if (index == 0)
        n = snprintf(ret_path, PATH_MAX, "%s/%s.zmq", p->dir, p->name);
    else
        n = snprintf(ret_path, PATH_MAX, "%s/%s.zmq-%u", p->dir, p->name,
                     index);
    return (size_t)n < sizeof(address.sun_path) ? 0 : -ENAMETOOLONG;
}

/* libzmq would take a name from whoever has it. So an empty file claims it, and
 * bind puts the socket in its place. */
static int claim_path(const struct zeromq_place *p)
{
    char path[PATH_MAX];
    int fd, r;

    r = find_path(p, p->claimed, path);
    if (r < 0)
        return r;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    fd_close(&fd);
    return 0;
}

static const char *record_kind(unsigned index, char ret_kind[static KIND_MAX])
{
    (void)snprintf(ret_kind, KIND_MAX, index ? "port-%u" : "port", index);
    return ret_kind;
}

/* Listens already, since libzmq would only in the process that binds, and
 * others could not know the port before. */
static int claim_port(struct zeromq_place *p, unsigned port)
{
    int *listener = &p->listener[p->claimed];
    char kind[KIND_MAX], text[16];
    struct address address;
    const int on = 1;
    int r;

    r = address_find(p->at, port, &address);
    if (r < 0)
        return r;
    *listener =
        socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*listener < 0)
        return -errno;
    /* A port that somebody chose is in use again at once. */
    if ((port > 0 && setsockopt(*listener, SOL_SOCKET, SO_REUSEADDR, &on,
                                sizeof(on)) < 0) ||
        bind(*listener, (struct sockaddr *)&address.storage, address.length) <
            0 ||
        listen(*listener, BACKLOG) < 0)
        return -errno;
    r = address_port(*listener);
    if (r < 0)
        return r;
    (void)snprintf(text, sizeof(text), "%d", r);
    return record_write(p->dir, p->name, record_kind(p->claimed, kind), text);
}

int zeromq_place_claim(struct zeromq_place *p, unsigned port)
{
    int r;

    if (p->claimed == ZEROMQ_PLACES_MAX)
        return -EINVAL;
    r = p->at ? claim_port(p, port) : claim_path(p);
    if (r == 0)
        p->claimed++;
    return r;
}

static int make_endpoint(const struct zeromq_place *p, unsigned index,
                         char ret_endpoint[static ENDPOINT_MAX])
{
    const bool digits = p->at && strchr(p->at->host, ':'); /* IPv6 */
    char path[PATH_MAX], kind[KIND_MAX], text[RECORD_TEXT_MAX];
    unsigned port;
    int r;

    if (!p->at) {
        r = find_path(p, index, path);
        (void)snprintf(ret_endpoint, ENDPOINT_MAX, "ipc://%s", path);
        return r;
    }
    r = record_read(p->dir, p->name, record_kind(index, kind), text);
    if (r == 0 && (sscanf(text, "%5u", &port) != 1 || port > UINT16_MAX))
        r = -EPROTO;
    if (r < 0)
        return r;
    (void)snprintf(ret_endpoint, ENDPOINT_MAX,
                   digits ? "tcp://[%s]:%u" : "tcp://%s:%u", p->at->host, port);
    return 0;
}

int zeromq_place_bind(struct zeromq_place *p, unsigned index, void *socket)
{
    char endpoint[ENDPOINT_MAX];
    int r;

    r = make_endpoint(p, index, endpoint);
    if (r < 0)
        return r;
    if (p->at && zmq_setsockopt(socket, ZMQ_USE_FD, &p->listener[index],
                                sizeof(p->listener[index])) < 0)
        return -errno;
    if (zmq_bind(socket, endpoint) < 0)
        return -errno;
    p->listener[index] = 0;
    return 0;
}

int zeromq_place_connect(const struct zeromq_place *p, unsigned index,
                         void *socket)
{
    char endpoint[ENDPOINT_MAX];
    int r;

    r = make_endpoint(p, index, endpoint);
    if (r < 0)
        return r;
    return zmq_connect(socket, endpoint) < 0 ? -errno : 0;
}

void zeromq_place_close(struct zeromq_place *p)
{
    for (unsigned i = 0; i < ZEROMQ_PLACES_MAX; i++)
        fd_close(&p->listener[i]);
}

void zeromq_place_remove(struct zeromq_place *p)
{
    char path[PATH_MAX], kind[KIND_MAX];

    for (; p->claimed > 0; p->claimed--) {
        if (p->at)
            record_remove(p->dir, p->name, record_kind(p->claimed - 1, kind));
        else if (find_path(p, p->claimed - 1, path) == 0)
            (void)unlink(path);
    }
}
