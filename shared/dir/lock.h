/* SPDX-License-Identifier: MIT */
/*
 * lock.h -- one holder at a time of an open file: OFD locks, fcntl(2)
 *
 * The lock is on the whole file, and for writing. The kernel frees it when the
 * last copy of the descriptor is gone, SIGKILL included. Descriptor 0 stands
 * for none: nobody else wants that lock, and it is always this process's.
 */
#ifndef SHARED_DIR_LOCK_H
#define SHARED_DIR_LOCK_H

#include <stdbool.h>

/* lock_open opens the file, and makes it if it is not there. A link is not
 * followed: -ELOOP; other errors of open(2). Close with fd_close. */
int lock_open(const char *path, int *ret_fd);

/* lock_take blocks, through signals; lock_try returns -EAGAIN when another
 * holds it. -ENOLCK. */
int lock_take(int fd);
int lock_try(int fd);
int lock_give(int fd);

/* lock_is_held only looks: nobody finds the lock taken because of it. */
bool lock_is_held(int fd);

#endif
