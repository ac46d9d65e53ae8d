/* SPDX-License-Identifier: MIT */
/*
 * absent.c -- stands in for uploads where libcurl or libmicrohttpd is missing
 *
 * No model is built then, and so nothing of this is ever called but to say so.
 */
#include "ipc/upload/upload.h"
#include "ipc/upload/upload_server.h"

#include <errno.h>

struct upload_target upload_target_default(void)
{
    return (struct upload_target){ 0 };
}

int uploads_open(struct uploads *u, const struct upload_target *target)
{
    *u = (struct uploads){ .target = target };
    return -ENOSYS;
}

void uploads_close(struct uploads *u)
{
    *u = (struct uploads){ 0 };
}

int uploads_begin(struct uploads *u, struct upload *upload)
{
    (void)u;
    (void)upload;
    return -ENOSYS;
}

bool uploads_turn(struct uploads *u, uint64_t limit_ns)
{
    (void)u;
    (void)limit_ns;
    return false;
}

bool uploads_sending(const struct uploads *u)
{
    (void)u;
    return false;
}

void uploads_wake(struct uploads *u)
{
    (void)u;
}

struct upload *uploads_take(struct uploads *u)
{
    (void)u;
    return NULL;
}

struct upload *uploads_await(struct uploads *u)
{
    (void)u;
    return NULL;
}

int upload_server_start(const char *dir,
                        const struct upload_server_options *options,
                        struct upload_server *ret_server)
{
    (void)dir;
    (void)options;
    (void)ret_server;
    return -ENOSYS;
}

void upload_server_stop(struct upload_server *server)
{
    (void)server;
}
