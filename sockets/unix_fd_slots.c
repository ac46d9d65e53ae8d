/* SPDX-License-Identifier: MIT */
#include "sockets/unix_fd_slots.h"

enum { FEW = 3 }; /* of large frames: another one would not stay in a cache */

size_t unix_fd_slots(size_t depth)
{
    const size_t slots = depth > FEW ? depth + depth / 2 : depth;

    return slots < UNIX_FD_SLOTS_MAX ? slots : UNIX_FD_SLOTS_MAX;
}

size_t unix_fd_kept_back(size_t slots)
{
    return slots > FEW ? slots / 3 : 0;
}
