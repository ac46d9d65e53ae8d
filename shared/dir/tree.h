/* SPDX-License-Identifier: MIT */
/*
 * tree.h -- remove a directory and all that is in it
 */
#ifndef SHARED_DIR_TREE_H
#define SHARED_DIR_TREE_H

/* tree_remove removes all that can be removed at path, a file as well. Links
 * are not followed, other file systems not entered. 0, also when nothing was
 * there; else why the first thing that is left could not be removed. A process
 * that is about to end may still put files there: for half a second it is tried
 * again, then that is -ENOTEMPTY. */
int tree_remove(const char *path);

#endif
