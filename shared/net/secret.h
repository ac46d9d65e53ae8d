/* SPDX-License-Identifier: MIT */
/*
 * secret.h -- a key that two sides share: a file that only its owner can read
 *
 * One line of 64 hexadecimal digits. From it both sides derive a key for each
 * purpose, so that what one purpose gives away is of no use to another.
 */
#ifndef SHARED_NET_SECRET_H
#define SHARED_NET_SECRET_H

#include <stddef.h>

enum { SECRET_SIZE = 32, SECRET_DIGITS = 2 * SECRET_SIZE };

/* secret_make draws one from the kernel into a new file of mode 0600. -EEXIST:
 * there is something of that name already; errors of open(2), write(2). */
int secret_make(const char *path);

/* secret_open opens, to be read, a file with what nobody else may know; the
 * descriptor is the caller's. -EPROTO: not a plain file, or a link to one;
 * -EACCES: another user's; -EPERM: others have rights to it. */
int secret_open(const char *path, int *ret_fd);

/* secret_read: as secret_open; -EBADMSG: not what secret_make writes. */
int secret_read(const char *path, unsigned char ret_secret[static SECRET_SIZE]);

/* secret_derive makes the key for a purpose, one word, and for what `about`
 * says. -ENOMEM. */
int secret_derive(const unsigned char secret[static SECRET_SIZE],
                  const char *purpose, const char *about,
                  unsigned char ret_key[static SECRET_SIZE]);

/* secret_to_digits writes SECRET_DIGITS digits and a NUL; secret_from_digits
 * reads them: -EBADMSG. */
void secret_to_digits(const unsigned char secret[static SECRET_SIZE],
                      char ret_digits[static SECRET_DIGITS + 1]);
int secret_from_digits(const char *digits,
                       unsigned char ret_secret[static SECRET_SIZE]);

#endif
