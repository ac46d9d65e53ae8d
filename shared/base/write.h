/* SPDX-License-Identifier: MIT */
/*
 * write.h -- write(2) until every byte is written
 */
#ifndef SHARED_BASE_WRITE_H
#define SHARED_BASE_WRITE_H

#include <stddef.h>

/* write_all blocks, also where the descriptor does not, and goes on after a
 * signal. Errors of write(2); some bytes may have been written then. */
int write_all(int fd, const void *bytes, size_t size);

#endif
