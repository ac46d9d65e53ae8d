/* SPDX-License-Identifier: MIT */
/*
 * spool.c -- a directory as a queue: a file for each message
 *
 * Rendezvous   a directory inside the private one
 * Framing      one message a file, which appears whole under its name
 * Copies       2: sender's buffer -> page cache -> receiver's buffer
 * Waiting      inotify(7) until files come or go; a look every 500 ms
 * End          not seen: a directory knows nothing of processes
 * Limits       depth files; with several senders up to twice as many
 * Leftovers    what was not released, until destroy; sync=1: after power cuts
 * Trust        whoever may enter the directory; other files are passed over
 * Manual       open(2), linkat(2), rename(2), inotify(7), fsync(2)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "queues/spool_directory.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/dir/unnamed.h"
#include "shared/dir/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SYNC }; /* options */

struct state {
    char path[PATH_MAX];
    bool created; /* this process made the directory, destroy removes it */
    bool sync;
    int dir_fd;
    int watch;
    size_t frame_max;
    size_t depth;
    unsigned index; /* of this end */
    void *buffer;   /* owned: the loan */
    size_t room;    /* sender: messages to send before it counts again */
    uint64_t next;  /* sender: number of the next message */
    bool claimed;   /* receiver: it has one in hand */
    struct spool spool;
};

static const struct channel_option options[] = {
    [SYNC] = { "sync", "1: on the disk before commit returns", .most = 1 },
    { 0 },
};

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    int r;

    r = channel_path(config, ".spool", s->path);
    if (r < 0)
        return r;
    if (mkdir(s->path, 0700) < 0)
        return -errno;
    s->created = true;
    ret_effective->options[SYNC] = config->options[SYNC];
    ret_effective->depth = channel_depth(config);
    ret_effective->frames_held = ret_effective->depth;
    return 0;
}

/* By this name a message in hand is kept from the other receivers. */
static const char *claimed_name(const struct state *s,
                                char name[static SPOOL_NAME_MAX])
{
    (void)snprintf(name, SPOOL_NAME_MAX, "claimed-%u", s->index);
    return name;
}

/* Goes on where an earlier holder of this end stopped. */
static int go_on(struct state *s, enum channel_role role)
{
    char name[SPOOL_NAME_MAX];

    if (role == CHANNEL_SENDER)
        return spool_next(&s->spool, s->index, &s->next);
    s->claimed = faccessat(s->dir_fd, claimed_name(s, name), F_OK, 0) == 0;
    return s->claimed || errno == ENOENT ? 0 : -errno;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    int r;

    r = channel_path(config, ".spool", s->path);
    if (r < 0)
        return r;
    s->frame_max = config->frame_max;
    s->depth = config->depth;
    s->sync = config->options[SYNC] != 0;
    s->index = end->index;
    s->dir_fd = open(s->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (s->dir_fd < 0)
        return -errno;
    r = watch_open(s->path, &s->watch);
    if (r < 0)
        return r;
    r = -posix_memalign(&s->buffer, CHANNEL_ALIGN, s->frame_max);
    if (r < 0)
        return r;
    r = spool_open(&s->spool, s->dir_fd, config->senders,
                   2 * (config->depth + config->senders));
    return r < 0 ? r : go_on(s, end->role);
}

/* Waits until fewer than depth files lie there. What is then free is shared
 * among the senders, who count at different moments: so there may be up to
 * twice as many. */
static int wait_for_room(struct state *s)
{
    const unsigned senders = s->spool.senders;
    size_t count;
    int r;

    while (s->room == 0) {
        r = spool_count(&s->spool, &count);
        if (r == 0 && count < s->depth)
            s->room = (s->depth - count + senders - 1) / senders;
        else if (r == 0)
            r = watch_wait(s->watch);
        if (r < 0)
            return r;
    }
    s->room--;
    return 0;
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;

    (void)size;
    *ret_block = s->buffer;
    return 0;
}

/* Gives the file the name of the next message. Behind the last number, where
 * only what somebody else put there can lead, nobody would look for it. */
static int give_name(struct state *s, struct unnamed *file)
{
    const struct spool_entry entry = { s->next, s->index };
    char name[SPOOL_NAME_MAX];
    int r;

    if (s->next == UINT64_MAX)
        return -EPROTO;
    r = unnamed_name(file, spool_name(&entry, name));
    if (r == 0)
        s->next++;
    return r;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;
    struct unnamed file;
    int r;

    r = wait_for_room(s);
    if (r == 0)
        r = unnamed_open(s->dir_fd, 0600, &file);
    if (r < 0)
        return r;
    r = write_all(file.fd, s->buffer, size);
    if (r == 0 && s->sync && fdatasync(file.fd) < 0)
        r = -errno;
    if (r == 0)
        r = give_name(s, &file);
    if (r == 0 && s->sync && fsync(s->dir_fd) < 0)
        r = -errno;
    unnamed_close(&file);
    return r;
}

/* Takes the oldest message that is left: of several receivers one wins. 1:
 * taken; 0: there is none. */
static int claim(struct state *s)
{
    char claimed[SPOOL_NAME_MAX], name[SPOOL_NAME_MAX];
    struct spool *spool = &s->spool;

    while (spool->next < spool->count) {
        (void)spool_name(&spool->list[spool->next++], name);
        if (renameat(s->dir_fd, name, s->dir_fd, claimed_name(s, claimed)) == 0)
            return 1;
        if (errno != ENOENT)
            return -errno;
    }
    return 0;
}

static int wait_and_claim(struct state *s)
{
    int r;

    while ((r = claim(s)) == 0) {
        r = spool_read(&s->spool);
        if (r == 0 && s->spool.count == 0)
            r = watch_wait(s->watch);
        if (r < 0)
            return r;
    }
    return r < 0 ? r : 0;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    char name[SPOOL_NAME_MAX];
    int r;

    r = s->claimed ? 0 : wait_and_claim(s);
    if (r < 0)
        return r;
    s->claimed = true;
    r = spool_load(&s->spool, claimed_name(s, name), s->buffer, s->frame_max,
                   ret_size);
    if (r < 0)
        return r;
    *ret_block = s->buffer;
    return 0;
}

static int release(void *state)
{
    struct state *s = state;
    char name[SPOOL_NAME_MAX];

    if (unlinkat(s->dir_fd, claimed_name(s, name), 0) < 0)
        return -errno;
    s->claimed = false;
    return 0;
}

static void detach(void *state)
{
    struct state *s = state;

    spool_close(&s->spool);
    free(s->buffer);
    s->buffer = NULL;
    fd_close(&s->watch);
    fd_close(&s->dir_fd);
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->created)
        spool_remove(s->path);
    s->created = false;
}

const struct channel_ops spool_channel = {
    .name = "spool",
    .traits = CHANNEL_MANY_SENDERS | CHANNEL_MANY_RECEIVERS |
              CHANNEL_SURVIVES_PROCESSES | CHANNEL_POLLABLE |
              CHANNEL_BY_DIRECTORY | CHANNEL_OTHER_LANGUAGES | CHANNEL_GUARDED,
    .message_max = 0,
    .state_size = sizeof(struct state),
    .options = options,
    .create = create,
    .attach = attach,
    .reserve = reserve,
    .commit = commit,
    .acquire = acquire,
    .release = release,
    .detach = detach,
    .destroy = destroy,
};
