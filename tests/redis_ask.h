/* SPDX-License-Identifier: MIT */
/*
 * redis_ask.h -- asks a server of Redis' a thing or two, as a person does who
 * types: without hiredis, which a build can be without
 */
#ifndef TESTS_REDIS_ASK_H
#define TESTS_REDIS_ASK_H

#include "shared/net/url.h"

#include <sys/types.h>

enum { REDIS_ANSWER_MAX = 1 << 14 };

/* redis_ask sends lines, each "COMMAND ARGUMENT ...\r\n", to the server of a
 * run in dir, or to that of `at` unless that is NULL. Returns all it answers,
 * as it comes over the wire; valid until the next call. */
__attribute__((format(printf, 3, 4))) const char *redis_ask(
    const char *dir, const struct url *at, const char *format, ...);

/* redis_start starts a server as a user has one, with a password unless that
 * is "", and returns when it listens. Its directory is the one that is current,
 * in which it writes nothing. Pair with redis_stop. */
pid_t redis_start(const struct url *at);
void redis_stop(pid_t server);

#endif
