/* SPDX-License-Identifier: MIT */
/*
 * record.h -- small facts that one process leaves for another in a directory
 *
 * In this room: files and directories, found again and removed.
 *
 * A record is the file <dir>/<name>.<kind> with one short text: a port, a pid,
 * the name of a message queue. It appears whole (written under another name,
 * then linked). Records of names outside the directory are also how leftovers
 * of a killed run are found (ipc/exchange/rundir).
 */
#ifndef SHARED_DIR_RECORD_H
#define SHARED_DIR_RECORD_H

#include <stddef.h>

enum { RECORD_TEXT_MAX = 1024 };

/* record_write makes the record. -EEXIST, -ENAMETOOLONG, errors of open,
 * write, link. */
int record_write(const char *dir, const char *name, const char *kind,
                 const char *text);

/* record_read: -ENOENT when there is none, -EPROTO when it does not fit. */
int record_read(const char *dir, const char *name, const char *kind,
                char ret_text[static RECORD_TEXT_MAX]);

/* record_wait is record_read that blocks until there is one. */
int record_wait(const char *dir, const char *name, const char *kind,
                char ret_text[static RECORD_TEXT_MAX]);

void record_remove(const char *dir, const char *name, const char *kind);

#endif
