/* SPDX-License-Identifier: MIT */
#include "queues/sqlite_database.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

enum {
    SHORT_PAUSES = 100,
    SHORT_PAUSE_NS = 100000,
    LONG_PAUSE_NS = 10000000,
};

int sqlite_error(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_CANTOPEN:
        return -ENOENT;
    case SQLITE_TOOBIG:
        return -EMSGSIZE;
    case SQLITE_ERROR: /* no such table */
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_SCHEMA:
    case SQLITE_READONLY: /* these only somebody else's says, */
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH: /* of itself or of a table in it */
        return -EPROTO;
    default:
        return -EIO;
    }
}

static bool is_shortage(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EMFILE ||
           error == ENFILE || error == ENOMEM;
}

/* If the system has no more of something, SQLite calls it an input error, or a
 * file that cannot be opened. */
static int error_of(sqlite3 *db, int code)
{
    const int r = sqlite_error(code), system = sqlite3_system_errno(db);

    return (r == -EIO || r == -ENOENT) && is_shortage(system) ? -system : r;
}

/* The holder of the lock is done in a moment, unless it was stopped. */
static int wait_for_others(void *arg, int times)
{
    const struct timespec pause = {
        .tv_nsec = times < SHORT_PAUSES ? SHORT_PAUSE_NS : LONG_PAUSE_NS,
    };

    (void)arg;
    (void)nanosleep(&pause, NULL);
    return 1; /* try again */
}

static int set_up(sqlite3 *db, int sync)
{
    char sql[200];

    (void)sqlite3_busy_handler(db, wait_for_others, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)snprintf(sql, sizeof(sql),
                   "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                   "PRAGMA temp_store = MEMORY; " /* a kill leaves no file */
                   "PRAGMA journal_mode = WAL; PRAGMA synchronous = %d",
                   sync);
    return sqlite_run(db, sql);
}

/* Without opening it: to close any descriptor of a database ends the locks that
 * this process has on it. */
static int check_file(const char *path)
{
    struct stat status;

    if (lstat(path, &status) < 0)
        return -errno;
    return S_ISREG(status.st_mode) ? 0 : -EPROTO;
}

int sqlite_open(const char *path, int sync, sqlite3 **ret_db)
{
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    sqlite3 *db = NULL;
    int r;

    r = check_file(path);
    if (r < 0)
        return r;
    r = sqlite3_open_v2(path, &db, flags, NULL);
    r = db ? error_of(db, r) : sqlite_error(r);
    if (r == 0)
        r = set_up(db, sync);
    if (r < 0) {
        (void)sqlite3_close(db);
        return r;
    }
    *ret_db = db;
    return 0;
}

int sqlite_run(sqlite3 *db, const char *sql)
{
    return error_of(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

int sqlite_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement)
{
    return error_of(db,
                    sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                       ret_statement, NULL));
}

int sqlite_next(sqlite3_stmt *statement)
{
    const int code = sqlite3_step(statement);

    if (code == SQLITE_ROW)
        return 1;
    /* Without it the next step would run the statement once more. */
    (void)sqlite3_reset(statement);
    return error_of(sqlite3_db_handle(statement), code);
}

int sqlite_finish(sqlite3_stmt *statement)
{
    int r;

    do
        r = sqlite_next(statement);
    while (r == 1);
    return r;
}
