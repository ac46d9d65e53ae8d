/* SPDX-License-Identifier: MIT */
/*
 * unnamed.h -- a new file that appears whole under its name, or not at all
 *
 *      unnamed_open   write to u.fd   unnamed_name   unnamed_close
 *
 * A file without a name (O_TMPFILE), linked when it is complete. Where the file
 * system has none, or no /proc is mounted, by which such a file is linked, a
 * hidden file with a random name stands in: that, a kill -9 can leave behind.
 */
#ifndef SHARED_DIR_UNNAMED_H
#define SHARED_DIR_UNNAMED_H

#include <sys/types.h>

enum { UNNAMED_DRAFT_MAX = 24 };

struct unnamed {
    int fd;
    int dir_fd;                    /* the caller's, which stays open */
    char draft[UNNAMED_DRAFT_MAX]; /* the hidden name; "": it has none */
};

/* unnamed_open: errors of openat(2). */
int unnamed_open(int dir_fd, mode_t mode, struct unnamed *ret_file);

/* unnamed_name gives the file its name in the directory. -EEXIST, and nothing
 * is changed, when there is one of that name; errors of linkat(2). */
int unnamed_name(struct unnamed *file, const char *name);

/* unnamed_replace gives the file its name, in the place of what has it: nobody
 * ever finds none of them, or a part. -EISDIR: that is a directory; errors of
 * linkat(2), renameat(2). */
int unnamed_replace(struct unnamed *file, const char *name);

/* unnamed_close ends it, and what has no name is gone. Safe on a zeroed one. */
void unnamed_close(struct unnamed *file);

#endif
