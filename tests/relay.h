/* SPDX-License-Identifier: MIT */
/*
 * relay.h -- someone on the way between two sides, who listens, cuts or changes
 *
 * It takes what comes to ports of RELAY_HOST to the same ports of 127.0.0.1,
 * and back.
 */
#ifndef TESTS_RELAY_H
#define TESTS_RELAY_H

#include <stddef.h>
#include <sys/types.h>

#define RELAY_HOST "127.0.0.2"

struct relay {
    const char *heard; /* a file for all that goes by, or NULL */
    size_t cut_after;  /* bytes: then all connections end; 0: never */
    size_t change_at;  /* which byte arrives as another; 0: none */
};

/* relay_start listens at a port and the two behind it, and works in a process
 * of its own until relay_stop. */
pid_t relay_start(const struct relay *relay, unsigned port);
void relay_stop(pid_t pid);

#endif
