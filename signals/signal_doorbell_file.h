/* SPDX-License-Identifier: MIT */
/*
 * signal_doorbell_file.h -- the file in which the messages lie
 */
#ifndef SIGNALS_SIGNAL_DOORBELL_FILE_H
#define SIGNALS_SIGNAL_DOORBELL_FILE_H

#include <stddef.h>

/* bell_file_make makes the file, with all its blocks: a sparse file on a full
 * disk would be a SIGBUS when a message is written. -EEXIST, -ENOSPC, -EFBIG,
 * and then no file of this process is left. */
int bell_file_make(const char *path, size_t frame_max, size_t depth);

/* bell_file_map maps it: -EPROTO when it is shorter or longer than it must be,
 * because beyond its end lies SIGBUS, too. The caller unmaps it. */
int bell_file_map(const char *path, size_t frame_max, size_t depth,
                  void **ret_memory, size_t *ret_bytes);

#endif
