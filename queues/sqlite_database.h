/* SPDX-License-Identifier: MIT */
/*
 * sqlite_database.h -- a connection to a database that others can write, too
 *
 * Results are 0 or a negative errno: -ENOSPC, -ENOMEM, -EPROTO for a damaged
 * database or one of another shape, -ENOENT, -EIO for all the rest. While
 * another connection writes, calls wait: SQLite knows of no queue for that, so
 * they sleep for 0.1 ms and try again. Built only where SQLite is installed.
 */
#ifndef QUEUES_SQLITE_DATABASE_H
#define QUEUES_SQLITE_DATABASE_H

#include <sqlite3.h>

/* sqlite_error turns a result code of SQLite's into one of ours. */
int sqlite_error(int code);

/*
 * sqlite_open opens a file that exists, in WAL mode (sqlite.org/wal.html), and
 * believes nothing that is in it. sync is PRAGMA synchronous: 0 off, 1 normal,
 * 2 full. A connection must not cross fork(2). -EPROTO: no plain file, or no
 * database.
 */
int sqlite_open(const char *path, int sync, sqlite3 **ret_db);

/* sqlite_run runs statements that return nothing. */
int sqlite_run(sqlite3 *db, const char *sql);

/* sqlite_prepare: -EPROTO when the database has no such tables. */
int sqlite_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement);

/* sqlite_next runs a statement to its next row: 1, and sqlite_finish must
 * follow; or to its end: 0, ready for another time. */
int sqlite_next(sqlite3_stmt *statement);

/* sqlite_finish runs a statement to its end and makes it ready for another
 * time. */
int sqlite_finish(sqlite3_stmt *statement);

#endif
