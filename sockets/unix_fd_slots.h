/* SPDX-License-Identifier: MIT */
/*
 * unix_fd_slots.h -- how many pieces of memory go to and fro, and when each
 *
 * A slot is a memfd that both ends have mapped, known by its index. The sender
 * fills it, the receiver reads it and gives it back.
 */
#ifndef SOCKETS_UNIX_FD_SLOTS_H
#define SOCKETS_UNIX_FD_SLOTS_H

#include "sockets/unix_fd_memory.h"

/* A packet that gives some back has a bit for each. */
enum { UNIX_FD_SLOTS_MAX = 64 };

struct unix_fd_slots {
    struct memfd slot[UNIX_FD_SLOTS_MAX];
    size_t depth; /* how many of them are used */
    size_t frame_max;
    bool fresh;    /* a new memfd for each message, which nobody can write */
    uint64_t busy; /* sender: slots on loan or with the receiver, a bit each */
};

/* unix_fd_slot_count returns how many there are where so many messages shall be
 * in flight. */
size_t unix_fd_slot_count(size_t depth);

/* unix_fd_kept_back returns how many may lie read at the receiver before it
 * gives them back: in bunches, since each packet may wake the sender. */
size_t unix_fd_kept_back(size_t slots);

/* unix_fd_find_slot returns a slot that is not with the receiver, and waits
 * until it gives some back: -EPROTO when it gives what it does not have. */
int unix_fd_find_slot(struct unix_fd_slots *s, int socket);

/* unix_fd_take_slot maps the slot that a packet names, where its memory came
 * with it: `passed`, which is closed; 0: it came before. -EPROTO: there is no
 * such slot, or its memory is shorter than the message. */
int unix_fd_take_slot(struct unix_fd_slots *s,
                      const struct memfd_packet *packet, int passed);

#endif
