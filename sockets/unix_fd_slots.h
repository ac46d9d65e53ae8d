/* SPDX-License-Identifier: MIT */
/*
 * unix_fd_slots.h -- how many pieces of memory go to and fro, and when each
 *
 * A slot is a memfd that both ends have mapped, known by its index. The sender
 * fills it, the receiver reads it and gives it back.
 */
#ifndef SOCKETS_UNIX_FD_SLOTS_H
#define SOCKETS_UNIX_FD_SLOTS_H

#include <stddef.h>

enum {
    UNIX_FD_SLOTS_MAX =
        64, /* a bit for each in a packet that gives some back */
    UNIX_FD_LARGE = 256 << 10, /* bytes that are worth a call to find them in a
                                  cache */
};

/* unix_fd_slots returns how many there are where so many messages shall be in
 * flight. */
size_t unix_fd_slots(size_t depth);

/* unix_fd_kept_back returns how many may lie read at the receiver before it
 * gives them back: in bunches, since each packet may wake the sender. */
size_t unix_fd_kept_back(size_t slots);

#endif
