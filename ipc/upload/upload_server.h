/* SPDX-License-Identifier: MIT */
/*
 * upload_server.h -- a server for uploads, by libmicrohttpd, in a process
 *
 *   PUT /NAME.EXT  stores the body as <sha256>.EXT (ipc/job/store), and answers
 *                  201 with "Repr-Digest: sha-256=:BASE64:" (RFC 9530)
 *
 * EXT is jpg or png. It listens on a Unix socket in a private directory, so
 * that nobody else reaches it, and can pretend to be far away. It answers 507
 * when the disk is full, 413 to a body over the limit, 400, 404 and 405 to what
 * it does not know. The process dies with the one that started it.
 */
#ifndef IPC_UPLOAD_UPLOAD_SERVER_H
#define IPC_UPLOAD_UPLOAD_SERVER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct upload_server_options {
    const char *store;         /* directory */
    bool sync;                 /* an answer means that the disk has it */
    size_t max;                /* largest body */
    uint64_t latency_ns;       /* from the end of a body to the answer */
    uint64_t bytes_per_second; /* of each connection; 0: as fast as it goes */
    unsigned fail_every;       /* each n-th request gets 503; 0: none */
    unsigned drop_every;       /* each n-th is done, but gets no answer */
};

struct upload_server {
    char socket[PATH_MAX];
    pid_t pid; /* 0: there is none */
};

/* upload_server_start makes dir/upload.sock and listens when it returns. dir is
 * private to the caller and short enough for a socket's name: -ENAMETOOLONG;
 * -ELIBACC: libmicrohttpd cannot be loaded; errors of store_open, socket(2),
 * bind(2), fork(2). */
int upload_server_start(const char *dir,
                        const struct upload_server_options *options,
                        struct upload_server *ret_server);

/* upload_server_stop ends the process and removes the socket. Safe on a zeroed
 * server. */
void upload_server_stop(struct upload_server *server);

#endif
