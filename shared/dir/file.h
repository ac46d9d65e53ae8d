/* SPDX-License-Identifier: MIT */
/*
 * file.h -- open what has a name that others may have taken
 */
#ifndef SHARED_DIR_FILE_H
#define SHARED_DIR_FILE_H

/*
 * file_open opens a plain file by open(2)'s flags, close-on-exec, with mode
 * 0600 if it makes one. Whatever else has that name, a FIFO or a link, it
 * neither waits for nor follows: -EPROTO.
 */
int file_open(const char *path, int flags, int *ret_fd);

/* file_check_owner: -EACCES unless what is open is this user's. For names that
 * other users can see, and take when they are free. */
int file_check_owner(int fd);

#endif
