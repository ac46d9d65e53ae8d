/* SPDX-License-Identifier: MIT */
/*
 * lock.h -- one holder at a time of an open file: OFD locks, fcntl(2)
 *
 * The lock is on the whole file, and for writing. The kernel frees it when the
 * last copy of the descriptor is gone, SIGKILL included.
 */
#ifndef SHARED_DIR_LOCK_H
#define SHARED_DIR_LOCK_H

#include <stdbool.h>

/* lock_take blocks, through signals; lock_try returns -EAGAIN when another
 * holds it. -ENOLCK. */
int lock_take(int fd);
int lock_try(int fd);
int lock_give(int fd);

/* lock_is_held only looks: nobody finds the lock taken because of it. */
bool lock_is_held(int fd);

#endif
