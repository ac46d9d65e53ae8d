/* SPDX-License-Identifier: MIT */
/*
 * json_file.c -- one shared JSON document, replaced whole at every step
 *
 * Rendezvous   a path in the private directory: <name>/shared.json
 * Framing      an array of objects: number, size, and the bytes as base64
 * Copies       7: base64, object, text, file, and back; all that waits likewise
 * Waiting      inotify(7) until it changes; fcntl(2) locks it (shared/dir/lock)
 * End          not seen: a file knows nothing of processes
 * Limits       depth messages, or what fits into 256 KiB of text, at least one
 * Leftovers    what was not released, in its directory, until destroy
 * Trust        whoever may enter the directory; the document is checked whole
 * Manual       rename(2), inotify(7), fcntl(2), EVP_EncodeBlock(3)
 */
#include "files/json_file_document.h"
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "shared/base/fd.h"
#include "shared/dir/file.h"
#include "shared/dir/lock.h"
#include "shared/dir/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The lock file is never replaced, or two could each hold a lock. The draft
 * lies beside the directory that is watched, so that it wakes nobody. */
enum { PLACE, SHARED, DRAFT, LOCK, PATHS };

static const char *const suffixes[PATHS] = {
    [PLACE] = "",
    [SHARED] = "/shared.json",
    [DRAFT] = ".draft",
    [LOCK] = ".lock",
};

struct state {
    char paths[PATHS][PATH_MAX];
    bool created; /* by this state, which may remove it all */
    int lock_fd;
    int watch_fd;
    struct document document;
    int64_t number; /* of the receiver's loan */
};

static int set_paths(struct state *s, const struct channel_config *config)
{
    int r = 0;

    for (int i = 0; r == 0 && i < PATHS; i++)
        r = channel_path(config, suffixes[i], s->paths[i]);
    return r;
}

/* Every change to the document is made between begin and finish. */
static int begin(struct state *s)
{
    int r;

    r = lock_take(s->lock_fd);
    if (r < 0)
        return r;
    r = document_look(&s->document, s->paths[SHARED]);
    if (r < 0)
        (void)lock_give(s->lock_fd);
    return r;
}

/* r is how the change went. Each change writes all that waits, and the peer
 * reads all of it, to see one message come or go: that is what a document
 * costs. A log would append the message alone, and a line that says it is done;
 * but it is no document, and somebody has to cut off what is done. */
static int finish(struct state *s, int r)
{
    if (r == 0)
        r = document_replace(&s->document, s->paths[SHARED], s->paths[DRAFT]);
    if (r < 0)
        document_forget(&s->document);
    (void)lock_give(s->lock_fd);
    return r;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    int fd, r;

    r = set_paths(s, config);
    if (r < 0)
        return r;
    /* Whoever makes the directory has the names beside it as well. */
    if (mkdir(s->paths[PLACE], 0700) < 0)
        return -errno;
    s->created = true;
    fd = open(s->paths[LOCK], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    fd_close(&fd);
    r = document_open(&s->document, config->frame_max, channel_depth(config));
    if (r == 0)
        r = document_replace(&s->document, s->paths[SHARED], s->paths[DRAFT]);
    if (r == 0)
        ret_effective->depth = ret_effective->frames_held = s->document.depth;
    document_close(&s->document);
    return r;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    int r;

    (void)end;
    r = set_paths(s, config);
    if (r < 0)
        return r;
    r = document_open(&s->document, config->frame_max, config->depth);
    if (r < 0)
        return r;
    r = file_open(s->paths[LOCK], O_RDWR, &s->lock_fd);
    if (r < 0)
        return r;
    return watch_open(s->paths[PLACE], &s->watch_fd);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;

    (void)size;
    *ret_block = document_loan(&s->document);
    return 0;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;
    int r;

    for (;;) {
        r = begin(s);
        if (r < 0)
            return r;
        if (document_count(&s->document) < s->document.depth)
            break;
        (void)lock_give(s->lock_fd);
        r = watch_wait(s->watch_fd);
        if (r < 0)
            return r;
    }
    return finish(s, document_append(&s->document, size));
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    int r;

    for (;;) {
        r = document_look(&s->document, s->paths[SHARED]);
        if (r < 0)
            return r;
        if (document_count(&s->document) > 0)
            break;
        r = watch_wait(s->watch_fd);
        if (r < 0)
            return r;
    }
    return document_oldest(&s->document, &s->number, ret_block, ret_size);
}

/* Only now does the message leave the document: until then it shows what is
 * in flight, and a receiver that dies loses nothing. */
static int release(void *state)
{
    struct state *s = state;
    int r;

    r = begin(s);
    if (r < 0)
        return r;
    return finish(s, document_remove(&s->document, s->number));
}

static void detach(void *state)
{
    struct state *s = state;

    document_close(&s->document);
    fd_close(&s->watch_fd);
    fd_close(&s->lock_fd);
}

static void destroy(void *state)
{
    struct state *s = state;

    if (!s->created)
        return;
    (void)unlink(s->paths[DRAFT]);
    (void)unlink(s->paths[SHARED]);
    (void)unlink(s->paths[LOCK]);
    (void)rmdir(s->paths[PLACE]);
    s->created = false;
}

const struct channel_ops json_file_channel = {
    .name = "json-file",
    .traits = CHANNEL_SURVIVES_PROCESSES | CHANNEL_POLLABLE |
              CHANNEL_BY_DIRECTORY | CHANNEL_OTHER_LANGUAGES | CHANNEL_GUARDED,
    .message_max = 0,
    .state_size = sizeof(struct state),
    .options = NULL,
    .libraries = "jansson, libcrypto",
    .create = create,
    .attach = attach,
    .reserve = reserve,
    .commit = commit,
    .acquire = acquire,
    .release = release,
    .detach = detach,
    .destroy = destroy,
};
