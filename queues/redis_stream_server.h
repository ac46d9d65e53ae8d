/* SPDX-License-Identifier: MIT */
/*
 * redis_stream_server.h -- a server of Redis (or Valkey) for one run
 *
 * All of it lies in <dir>/redis: the socket `sock` (mode 0600) at which it
 * listens, and at no port; the append-only file; its log. It is a child of the
 * process that started it, and dies with it.
 */
#ifndef QUEUES_REDIS_STREAM_SERVER_H
#define QUEUES_REDIS_STREAM_SERVER_H

#include <limits.h>
#include <sys/types.h>

struct redis_server {
    pid_t pid; /* 0: none */
    char dir[PATH_MAX];
};

/* redis_server_is_installed returns the program's path, NULL: there is none.
 * The text is valid until the next call. */
const char *redis_server_is_installed(void);

/* redis_server_path: -ENAMETOOLONG, a socket's path holds 107 bytes. */
int redis_server_path(const char *dir, char ret_path[static PATH_MAX]);

/*
 * redis_server_start starts one and waits until it listens; or finds that
 * another part of the program has started one there, and then *server, zeroed
 * before, stays so. `sync` is Redis' appendfsync: 0 no, 1 everysec, 2 always.
 * Pair with redis_server_stop, also after a failure: -ENOENT when it is not
 * installed, -EIO when it ended at once (its log says why), -ETIMEDOUT, -EINTR
 * when a signal that asks to stop is pending, errors of mkdir(2), fork(2).
 */
int redis_server_start(struct redis_server *server, const char *dir,
                       unsigned sync);

/* redis_server_stop ends it, and removes its files. Safe on zeroed memory. */
void redis_server_stop(struct redis_server *server);

#endif
