/* SPDX-License-Identifier: MIT */
/*
 * ring_mirror.h -- shared memory whose main part appears twice in a row
 *
 *      file      front  size
 *      memory    front  size  size
 *                         \____/ the same bytes
 *
 * What goes round and round in the main part and runs over its end goes on in
 * the second mapping, and so is one contiguous block all the same.
 */
#ifndef QUEUES_RING_MIRROR_H
#define QUEUES_RING_MIRROR_H

#include <stddef.h>

enum { MIRROR_PAGE = 65536 }; /* the largest of any Linux machine */

/* mirror_map: -EPROTO when the file is not front + size bytes long, both of
 * them multiples of MIRROR_PAGE. Its memory is taken already (file_allocate).
 * All pages are there at once: one found at its first use costs ten times as
 * much as to copy it. */
int mirror_map(int fd, size_t front, size_t size, void **ret_memory);

/* mirror_unmap does nothing for NULL. */
void mirror_unmap(void *memory, size_t front, size_t size);

#endif
