/* SPDX-License-Identifier: MIT */
/*
 * unix_fd.c -- memory passed over a Unix domain socket, as descriptors
 *
 * Rendezvous   a socket's path in the private directory, to connect to
 * Framing      one message a memfd; its index and size travel in a packet
 * Copies       0: the receiver maps what the sender wrote
 * Waiting      recvmsg(2), for a packet that names a job or gives slots back
 * End          closing the sender's socket: end of file, here a dead sender
 * Limits       1.5 x depth frames of memory, 64 slots at most
 * Leftovers    the path, until unlink(2); memory goes with its last descriptor
 * Trust        SO_PEERCRED, the session; seals; the sender can still write
 * Manual       memfd_create(2), unix(7), fcntl(2)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "shared/base/bytes.h"
#include "shared/base/fd.h"
#include "sockets/unix_fd_meeting.h"
#include "sockets/unix_fd_memory.h"
#include "sockets/unix_fd_slots.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRESH_MEMFD }; /* options */

struct state {
    int listener; /* until the connection stands */
    int fd;
    char path[PATH_MAX];
    bool created; /* the path, by this process */
    struct unix_fd_slots slots;
    size_t loan;   /* index of the slot */
    uint64_t read; /* receiver: slots to be given back */
};

static const struct channel_option options[] = {
    [FRESH_MEMFD] = { "fresh-memfd", "1: a new, sealed memfd for each job",
                      .most = 1 },
    { 0 },
};

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    int r;

    r = channel_path(config, ".sock", s->path);
    if (r == 0)
        r = unix_fd_listen(s->path, &s->listener);
    if (r < 0)
        return r;
    s->created = true;
    ret_effective->options[FRESH_MEMFD] = config->options[FRESH_MEMFD];
    ret_effective->depth = unix_fd_slot_count(channel_depth(config));
    ret_effective->frames_held =
        ret_effective->depth - unix_fd_kept_back(ret_effective->depth);
    return 0;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    int r;

    if (config->depth > UNIX_FD_SLOTS_MAX)
        return -EPROTO;
    s->slots.fresh = config->options[FRESH_MEMFD] != 0;
    s->slots.frame_max = config->frame_max;
    s->slots.depth = config->depth;
    if (end->owner)
        return unix_fd_accept(&s->listener, config->seed, &s->fd);
    /* Kept open, this copy would hide the owner's death. */
    fd_close(&s->listener);
    r = channel_path(config, ".sock", s->path);
    return r < 0 ? r : unix_fd_connect(s->path, config->seed, &s->fd);
}

/* Zeroed memory without a name, sealed against any other size. */
static int make_memory(struct memfd *m, size_t size)
{
    int r = 0;

    *m = (struct memfd){ 0 };
    m->fd = memfd_create("ipc-showcase", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (m->fd < 0) {
        m->fd = 0;
        return -errno;
    }
    if (ftruncate(m->fd, (off_t)size) < 0 ||
        fcntl(m->fd, F_ADD_SEALS, MEMFD_SIZE_SEALS) < 0)
        r = -errno;
    if (r == 0)
        r = memfd_map(m, m->fd, size, PROT_READ | PROT_WRITE);
    if (r < 0)
        memfd_close(m);
    return r;
}

/* Seals it against writing, too. It is not mapped any more after that. */
static int finish_memory(struct memfd *m)
{
    /* A seal against writing is refused while anybody can write. */
    (void)munmap(m->bytes, m->size);
    m->bytes = NULL;
    if (fcntl(m->fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        return -errno;
    return 0;
}

union control {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr aligned;
};

static void add_fd(struct msghdr *message, union control *control, int fd)
{
    struct cmsghdr *header;

    *control = (union control){ { 0 } };
    message->msg_control = control->bytes;
    message->msg_controllen = CMSG_SPACE(sizeof(fd));
    header = CMSG_FIRSTHDR(message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
}

/* Sends a packet, and with it the descriptor of the memory, if there still is
 * one; that is closed then. */
static int send_packet(int socket, const struct memfd_packet *packet,
                       struct memfd *m)
{
    unsigned char bytes[MEMFD_PACKET_SIZE];
    struct iovec part = { bytes, sizeof(bytes) };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    union control control;

    put_u64(bytes, packet->index);
    put_u64(bytes + 8, packet->size);
    if (m && m->fd)
        add_fd(&message, &control, m->fd);
    while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
        if (errno != EINTR)
            return fd_error(errno);
    if (m)
        fd_close(&m->fd);
    return 0;
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;
    struct memfd *slot;
    int r;

    r = unix_fd_find_slot(&s->slots, s->fd);
    if (r < 0)
        return r;
    slot = &s->slots.slot[r];
    s->loan = (size_t)r;
    if (!slot->bytes) {
        r = make_memory(slot, s->slots.fresh ? size : s->slots.frame_max);
        if (r < 0)
            return r;
    }
    *ret_block = slot->bytes;
    return 0;
}

/* The descriptor goes along the first time; after that the index says which. */
static int commit(void *state, size_t size)
{
    struct state *s = state;
    struct memfd *slot = &s->slots.slot[s->loan];
    const struct memfd_packet packet = { .index = s->loan, .size = size };
    int r = 0;

    if (s->slots.fresh)
        r = finish_memory(slot);
    if (r < 0)
        return r;
    s->slots.busy |= UINT64_C(1) << s->loan;
    return send_packet(s->fd, &packet, slot);
}

/* In one packet. A sender that has gone needs no slot back. */
static int give_back(struct state *s)
{
    const struct memfd_packet packet = { .index = s->read };
    int r;

    if (s->read == 0)
        return 0;
    s->read = 0;
    r = send_packet(s->fd, &packet, NULL);
    return r == -EPIPE ? 0 : r;
}

/* Whoever has nothing to read owes nothing: the sender may wait for a slot. */
static int receive(struct state *s, struct memfd_packet *ret_packet,
                   int *ret_fd)
{
    int r = -EAGAIN;

    if (s->read)
        r = memfd_receive(s->fd, MSG_DONTWAIT, ret_packet, ret_fd);
    if (r != -EAGAIN)
        return r;
    r = give_back(s);
    return r < 0 ? r : memfd_receive(s->fd, 0, ret_packet, ret_fd);
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    struct memfd_packet packet;
    int r, passed = 0;

    r = receive(s, &packet, &passed);
    if (r == 0)
        r = unix_fd_take_slot(&s->slots, &packet, passed);
    if (r < 0)
        return r;
    s->loan = packet.index;
    *ret_block = s->slots.slot[s->loan].bytes;
    *ret_size = packet.size;
    return 0;
}

/* Slots go back in bunches, since each packet may wake the sender. */
static int release(void *state)
{
    struct state *s = state;

    if (s->slots.fresh)
        memfd_close(&s->slots.slot[s->loan]);
    s->read |= UINT64_C(1) << s->loan;
    if ((size_t)__builtin_popcountll(s->read) <=
        unix_fd_kept_back(s->slots.depth))
        return 0;
    return give_back(s);
}

static void detach(void *state)
{
    struct state *s = state;

    for (size_t i = 0; i < UNIX_FD_SLOTS_MAX; i++)
        memfd_close(&s->slots.slot[i]);
    fd_close(&s->fd);
    fd_close(&s->listener);
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->created)
        (void)unlink(s->path);
    s->created = false;
}

const struct channel_ops unix_fd_channel = {
    .name = "unix-fd",
    .traits = CHANNEL_SEES_DEATH | CHANNEL_ZERO_COPY | CHANNEL_POLLABLE |
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
