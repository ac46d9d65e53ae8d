/* SPDX-License-Identifier: MIT */
/*
 * tree.h -- remove a directory and all that is in it
 */
#ifndef SHARED_TREE_H
#define SHARED_TREE_H

/* tree_remove removes what can be removed at path, a file as well. Links are
 * not followed, other file systems not entered. */
void tree_remove(const char *path);

#endif
