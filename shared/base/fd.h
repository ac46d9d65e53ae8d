/* SPDX-License-Identifier: MIT */
/*
 * fd.h -- small helpers for descriptors
 *
 * Everywhere in this project 0 in a descriptor's place means "none", so that
 * zeroed memory holds nothing open. It is safe because a program starts by
 * making sure that 0, 1 and 2 are open (fd_reserve_standard).
 */
#ifndef SHARED_BASE_FD_H
#define SHARED_BASE_FD_H

#include <stdbool.h>
#include <stddef.h>

/* fd_reserve_standard opens /dev/null for each of 0, 1, 2 that is closed. */
void fd_reserve_standard(void);

/* fd_block gives a standard stream that somebody else, who shares its open
 * file, has made non-blocking (O_NONBLOCK) an open file of its own, which
 * blocks: of a pipe or a terminal, where /proc allows it. */
void fd_block(int fd);

/* fd_await blocks until a descriptor is ready for POLLIN or POLLOUT, as one
 * does by itself unless it is non-blocking. */
int fd_await(int fd, short events);

/* fd_close closes *fd unless it is 0 (none), and makes it 0. */
void fd_close(int *fd);

/*
 * fd_open_file opens a plain file by open(2)'s flags, close-on-exec, with mode
 * 0600 if it makes one. Whatever else has that name, a FIFO or a link, it
 * neither waits for nor follows: -EPROTO.
 */
int fd_open_file(const char *path, int flags, int *ret_fd);

/* fd_check_owner: -EACCES unless what is open is this user's. For names that
 * other users can see, and take when they are free. */
int fd_check_owner(int fd);

/* fd_write_all writes every byte, however many calls it takes. Blocks, also
 * where the descriptor does not. */
int fd_write_all(int fd, const void *bytes, size_t size);

/* fd_write_parts does the same, with at most `part` bytes a call. */
int fd_write_parts(int fd, const void *bytes, size_t size, size_t part);

/* fd_allocate makes a new file size bytes long, all zero, and takes the blocks
 * or the memory for it now. -ENOSPC. */
int fd_allocate(int fd, size_t size);

/* fd_can_open tells whether this process may have so many descriptors more: 0,
 * -EMFILE, -ENFILE. For libraries that abort when they get none. */
int fd_can_open(unsigned count);

/*
 * fd_lock takes an OFD write lock on the whole file (fcntl(2)): the kernel
 * frees it when the last copy of the descriptor is gone, SIGKILL included.
 * Blocks, through signals. fd_try_lock returns -EAGAIN when another holds it;
 * fd_is_locked only looks: nobody finds the lock taken because of it.
 */
int fd_lock(int fd);
int fd_try_lock(int fd);
int fd_unlock(int fd);
bool fd_is_locked(int fd);

#endif
