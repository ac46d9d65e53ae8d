/* SPDX-License-Identifier: MIT */
/*
 * mmap_file.c -- a file that both processes map
 *
 * Rendezvous   a file by its path, mapped with MAP_SHARED
 * Framing      one message a slot, behind its size
 * Copies       0: built in the mapping, read there
 * Waiting      a spin of at most 50 us (--wait), futex(2): shared/memory/cursor
 * End          none: a dead peer looks like a silent one
 * Limits       depth x largest frame, allocated on disk before the start
 * Leftovers    the file and what is in it, until unlink(2)
 * Trust        the file's owner, who could also truncate it: SIGBUS
 * Manual       mmap(2), posix_fallocate(3), futex(7)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/dir/file.h"
#include "shared/memory/cursor.h"
#include "shared/memory/slots.h"
#include "shared/memory/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A slot is a place for one message, and each belongs to one end at a time. Two
 * cursors in the mapping say to which: the number of messages that the sender
 * has filled in, and of those that the receiver has freed. Each cursor is moved
 * by one end, and the other waits for it.
 */
struct state {
    char path[PATH_MAX];
    bool created; /* this process made the name, destroy removes it */
    void *memory; /* its mapping */
    size_t bytes;
    uint64_t spin_ns;
    struct slots slots;
};

/* Makes the file with all its blocks, because a sparse file on a full disk
 * would be a SIGBUS when a message is written. */
static int make_file(const char *path, size_t frame_max, size_t depth)
{
    struct slots_header header;
    size_t bytes;
    int fd, r;

    r = slots_bytes(frame_max, depth, &bytes);
    if (r < 0)
        return r;
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    do
        r = -posix_fallocate(fd, 0, (off_t)bytes);
    while (r == -EINTR);
    slots_format(&header, frame_max, depth);
    if (r == 0)
        r = write_all(fd, &header, sizeof(header));
    fd_close(&fd);
    if (r < 0)
        (void)unlink(path);
    return r;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    const size_t depth = channel_depth(config);
    struct state *s = state;
    int r;

    r = channel_path(config, ".map", s->path);
    if (r < 0)
        return r;
    r = make_file(s->path, config->frame_max, depth);
    if (r < 0)
        return r;
    s->created = true;
    ret_effective->depth = depth;
    ret_effective->frames_held = depth;
    return 0;
}

/* Maps what fd holds, which must be as long as agreed on: beyond the end of a
 * file lies SIGBUS. */
static int map_file(struct state *s, int fd)
{
    struct stat status;
    void *memory;

    if (fstat(fd, &status) < 0)
        return -errno;
    if (status.st_size != (off_t)s->bytes)
        return -EPROTO;
    memory = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return -errno;
    s->memory = memory;
    return 0;
}

static int open_file(struct state *s, const struct channel_config *config)
{
    int fd, r;

    r = slots_bytes(config->frame_max, config->depth, &s->bytes);
    if (r < 0)
        return r;
    r = file_open(s->path, O_RDWR, &fd);
    if (r < 0)
        return r;
    r = map_file(s, fd);
    fd_close(&fd);
    return r;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    int r;

    r = channel_path(config, ".map", s->path);
    if (r < 0)
        return r;
    s->spin_ns = channel_spin_ns(config);
    r = open_file(s, config);
    if (r < 0)
        return r;
    return slots_open(&s->slots, s->memory, config->frame_max, config->depth,
                      end->role == CHANNEL_SENDER);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;
    int r;

    (void)size;
    r = tally_wait(&s->slots.tally, s->spin_ns);
    if (r < 0)
        return r;
    *ret_block = slots_blank(&s->slots);
    return 0;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;

    cursor_move(s->slots.tally.own, slots_fill(&s->slots, size));
    return 0;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    int r;

    r = tally_wait(&s->slots.tally, s->spin_ns);
    if (r < 0)
        return r;
    return slots_message(&s->slots, ret_block, ret_size);
}

static int release(void *state)
{
    struct state *s = state;

    cursor_move(s->slots.tally.own, slots_free(&s->slots));
    return 0;
}

static void detach(void *state)
{
    struct state *s = state;

    if (s->memory)
        (void)munmap(s->memory, s->bytes);
    s->memory = NULL;
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->created)
        (void)unlink(s->path);
    s->created = false;
}

const struct channel_ops mmap_file_channel = {
    .name = "mmap-file",
    .traits = CHANNEL_SURVIVES_PROCESSES | CHANNEL_ZERO_COPY |
              CHANNEL_CAN_SPIN | CHANNEL_BY_DIRECTORY,
    .message_max = 0,
    .state_size = sizeof(struct state),
    .options = NULL,
    .create = create,
    .attach = attach,
    .reserve = reserve,
    .commit = commit,
    .acquire = acquire,
    .release = release,
    .detach = detach,
    .destroy = destroy,
};
