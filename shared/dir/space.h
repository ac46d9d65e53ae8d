/* SPDX-License-Identifier: MIT */
/*
 * space.h -- what "no space left" is about: which file system, how much
 */
#ifndef SHARED_DIR_SPACE_H
#define SHARED_DIR_SPACE_H

#include <stddef.h>

/*
 * space_explain says in one line that the file system at `path` has too little
 * room for `wanted` bytes, what it has, and the cure, which is the caller's
 * words. -ENOENT: it has room, so that is not what was short.
 */
int space_explain(const char *path, size_t wanted, const char *cure,
                  char *ret_text, size_t room);

#endif
