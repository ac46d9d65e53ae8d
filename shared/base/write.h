/* SPDX-License-Identifier: MIT */
/*
 * write.h -- write(2) until every byte is written
 *
 * Both block, also where the descriptor does not, and go on after a signal.
 * Errors of write(2); a part may have been written then.
 */
#ifndef SHARED_BASE_WRITE_H
#define SHARED_BASE_WRITE_H

#include <stddef.h>

int write_all(int fd, const void *bytes, size_t size);

/* write_parts does the same, with at most `part` bytes a call. */
int write_parts(int fd, const void *bytes, size_t size, size_t part);

#endif
