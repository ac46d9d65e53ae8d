/* SPDX-License-Identifier: MIT */
/*
 * sqlite.c -- a durable queue in an SQLite database
 *
 * Rendezvous   a database file by its path, in WAL mode
 * Framing      one message a row, as a blob
 * Copies       4: sender's buffer -> log -> page cache -> SQLite -> receiver
 * Waiting      inotify(7) until the log changes; a look every 500 ms
 * End          not seen: a file knows nothing of processes
 * Limits       depth rows; a row taken is given to another after 10 minutes
 * Leftovers    what was not taken, until destroy; survives crashes (see sync)
 * Trust        whoever may enter the directory; rows are checked
 * Manual       sqlite.org/wal.html, sqlite.org/lang_returning.html
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "queues/sqlite_database.h"
#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/dir/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SYNC }; /* options */

/* How long a message is its receiver's: longer than any job. */
static const int64_t lease_ns = INT64_C(600) * 1000000000;

static const char table[] =
    "CREATE TABLE message(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " leased_until INTEGER NOT NULL, payload BLOB NOT NULL)";
static const char insert[] =
    "INSERT INTO message(leased_until, payload) SELECT 0, ?1"
    " WHERE (SELECT count(*) FROM message) < ?2";
static const char take[] =
    "UPDATE message SET leased_until = ?2 WHERE id ="
    " (SELECT id FROM message WHERE leased_until < ?1 ORDER BY id LIMIT 1)"
    " RETURNING id, payload";
static const char drop[] = "DELETE FROM message WHERE id = ?1";

struct state {
    char path[PATH_MAX];
    bool created; /* this process made the file, destroy removes it */
    sqlite3 *db;
    sqlite3_stmt *first;  /* insert or take */
    sqlite3_stmt *second; /* the receiver's drop */
    int watch;
    size_t frame_max;
    size_t depth;
    void *buffer; /* owned: the loan */
    int64_t id;   /* of the receiver's loan */
};

static const struct channel_option options[] = {
    [SYNC] = { "sync", "0: off, 1: survives crashes, 2: and power cuts", 1,
               .most = 2 },
    { 0 },
};

/* A connection must not cross fork: this one is closed again. */
static int make_table(const char *path)
{
    sqlite3 *db;
    int r;

    r = sqlite_open(path, 0, &db);
    if (r < 0)
        return r;
    r = sqlite_run(db, table);
    (void)sqlite3_close(db);
    return r;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    const size_t depth = channel_depth(config);
    struct state *s = state;
    int fd, r;

    if (depth > INT_MAX)
        return -EINVAL;
    r = channel_path(config, ".db", s->path);
    if (r < 0)
        return r;
    fd = open(s->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    fd_close(&fd);
    s->created = true;
    r = make_table(s->path);
    if (r < 0)
        return r;
    ret_effective->options[SYNC] = config->options[SYNC];
    ret_effective->depth = depth;
    ret_effective->frames_held = depth;
    return 0;
}

/* The log is there as long as anybody is connected. A database that has none,
 * because it was in another mode until now, is none of ours. */
static int watch_log(struct state *s)
{
    char path[PATH_MAX + sizeof("-wal")];
    int r;

    (void)snprintf(path, sizeof(path), "%s-wal", s->path);
    r = watch_open_file(path, &s->watch);
    return r == -ENOENT ? -EPROTO : r;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    const bool sender = end->role == CHANNEL_SENDER;
    struct state *s = state;
    int r;

    s->frame_max = config->frame_max;
    s->depth = config->depth;
    r = -posix_memalign(&s->buffer, CHANNEL_ALIGN, s->frame_max);
    if (r < 0)
        return r;
    r = channel_path(config, ".db", s->path);
    if (r == 0)
        r = sqlite_open(s->path, (int)config->options[SYNC], &s->db);
    if (r == 0)
        r = sqlite_prepare(s->db, sender ? insert : take, &s->first);
    if (r == 0 && !sender)
        r = sqlite_prepare(s->db, drop, &s->second);
    return r < 0 ? r : watch_log(s);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;

    (void)size;
    *ret_block = s->buffer;
    return 0;
}

/* Nothing is inserted while depth rows are there. */
static int commit(void *state, size_t size)
{
    struct state *s = state;
    int r;

    for (;;) {
        (void)sqlite3_bind_blob64(s->first, 1, s->buffer, size, SQLITE_STATIC);
        (void)sqlite3_bind_int64(s->first, 2, (sqlite3_int64)s->depth);
        r = sqlite_finish(s->first);
        if (r < 0 || sqlite3_changes(s->db) > 0)
            return r;
        r = watch_wait(s->watch);
        if (r < 0)
            return r;
    }
}

/* Copies the row that was taken. -EPROTO when it is none of ours. */
static int copy_row(struct state *s, size_t *ret_size)
{
    const void *payload = sqlite3_column_blob(s->first, 1);
    const int size = sqlite3_column_bytes(s->first, 1);

    if (sqlite3_column_type(s->first, 1) != SQLITE_BLOB || !payload ||
        size <= 0 || (size_t)size > s->frame_max)
        return -EPROTO;
    memcpy(s->buffer, payload, (size_t)size);
    s->id = sqlite3_column_int64(s->first, 0);
    *ret_size = (size_t)size;
    return 0;
}

/* 1: a row was taken; 0: there is none. The clock is ours, and so the same for
 * everybody on this machine, whatever happens to the time of day. */
static int take_row(struct state *s, size_t *ret_size)
{
    const int64_t now_ns = (int64_t)clock_ns();
    int r, found;

    (void)sqlite3_bind_int64(s->first, 1, now_ns);
    (void)sqlite3_bind_int64(s->first, 2, now_ns + lease_ns);
    found = sqlite_next(s->first);
    if (found != 1)
        return found;
    r = copy_row(s, ret_size);
    found = sqlite_finish(s->first);
    return r < 0 ? r : found < 0 ? found : 1;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    int r;

    while ((r = take_row(s, ret_size)) == 0) {
        r = watch_wait(s->watch);
        if (r < 0)
            break;
    }
    if (r < 0)
        return r;
    *ret_block = s->buffer;
    return 0;
}

static int release(void *state)
{
    struct state *s = state;

    (void)sqlite3_bind_int64(s->second, 1, s->id);
    return sqlite_finish(s->second);
}

static void detach(void *state)
{
    struct state *s = state;

    (void)sqlite3_finalize(s->first);
    (void)sqlite3_finalize(s->second);
    (void)sqlite3_close(s->db);
    s->first = s->second = NULL;
    s->db = NULL;
    free(s->buffer);
    s->buffer = NULL;
    fd_close(&s->watch);
}

static void destroy(void *state)
{
    static const char *const suffixes[] = { "", "-wal", "-shm" };
    struct state *s = state;
    char path[PATH_MAX + sizeof("-wal")];

    for (size_t i = 0; s->created && i < 3; i++) {
        (void)snprintf(path, sizeof(path), "%s%s", s->path, suffixes[i]);
        (void)unlink(path);
    }
    s->created = false;
}

const struct channel_ops sqlite_channel = {
    .name = "sqlite",
    .traits = CHANNEL_MANY_SENDERS | CHANNEL_MANY_RECEIVERS |
              CHANNEL_SURVIVES_PROCESSES | CHANNEL_POLLABLE |
              CHANNEL_BY_DIRECTORY | CHANNEL_OTHER_LANGUAGES,
    .message_max = 0,
    .state_size = sizeof(struct state),
    .options = options,
    .libraries = "sqlite3",
    .create = create,
    .attach = attach,
    .reserve = reserve,
    .commit = commit,
    .acquire = acquire,
    .release = release,
    .detach = detach,
    .destroy = destroy,
};
