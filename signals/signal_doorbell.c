/* SPDX-License-Identifier: MIT */
/*
 * signal_doorbell.c -- a signal says "look"; the data lies in a mapped file
 *
 * Rendezvous   a file by its path; dir records who the two processes are
 * Framing      one message a slot of the file, behind its size
 * Copies       0: built in the mapping, read there
 * Waiting      sigtimedwait(2) for SIGUSR1, and a look every 500 ms
 * End          none: a dead peer looks like a silent one
 * Limits       depth x largest frame, allocated on disk before the start
 * Leftovers    the file and what is in it, until unlink(2)
 * Trust        its user, who may ring (a hint only) or truncate it: SIGBUS
 * Manual       signal(7), pidfd_send_signal(2), sigtimedwait(2), mmap(2)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"
#include "shared/memory/cursor.h"
#include "shared/memory/slots.h"
#include "shared/memory/tally.h"
#include "shared/process/partner.h"
#include "signals/signal_doorbell_file.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * A slot is a place for one message, and each belongs to one end at a time. Two
 * cursors in the mapping say to which: the number of messages that the sender
 * has filled in, and of those that the receiver has freed. Each cursor is moved
 * by one end, and the other waits for it. The doorbell is a signal that says no
 * more than "look at my cursor".
 */

/* A doorbell can go astray, when other code of the process takes it. */
enum { RESCAN_NS = 500000000 };

struct state {
    struct partner partner;
    char path[PATH_MAX];
    bool created; /* this process made the name, destroy removes it */
    void *memory; /* its mapping */
    size_t bytes;
    struct slots slots;
};

static int explain(const struct channel_config *config, int error,
                   char *ret_text, size_t room)
{
    return partner_explain(config->dir, config->name, error, ret_text, room);
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
    r = bell_file_make(s->path, config->frame_max, depth);
    if (r < 0)
        return r;
    s->created = true;
    s->partner = (struct partner){ .dir = config->dir, .name = config->name };
    ret_effective->depth = depth;
    ret_effective->frames_held = depth;
    return 0;
}

/*
 * One ordinary signal serves all channels of a process. Doorbells merge while
 * one is pending, and one meant for this channel may be heard while waiting on
 * another: nothing is lost by it, because every wait begins with a look.
 */
static void make_bell(sigset_t *ret_bell)
{
    (void)sigemptyset(ret_bell);
    (void)sigaddset(ret_bell, SIGUSR1);
}

/* The peer may be there or not yet, and it may be another process than before.
 * One that is dead hears nothing, which is for the supervisor to see. */
static int look_for_peer(struct state *s)
{
    const int r = partner_look(&s->partner);

    return r == -ENOENT || r == -ESRCH ? 0 : r;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    sigset_t bell;
    int r;

    /* The signal is blocked before anybody can know this pid, and for good: a
     * doorbell that comes early or late must not kill. */
    make_bell(&bell);
    r = pthread_sigmask(SIG_BLOCK, &bell, NULL);
    if (r > 0)
        return -r;
    r = channel_path(config, ".map", s->path);
    if (r < 0)
        return r;
    r = bell_file_map(s->path, config->frame_max, config->depth, &s->memory,
                      &s->bytes);
    /* This end says who it is first, and looks then: so of two ends that
     * cannot ring each other one at least learns of it here. */
    if (r == 0)
        r = partner_introduce(&s->partner, config->dir, config->name,
                              end->role == CHANNEL_SENDER);
    if (r == 0)
        r = look_for_peer(s);
    if (r < 0)
        return r;
    return slots_open(&s->slots, s->memory, config->frame_max, config->depth,
                      end->role == CHANNEL_SENDER);
}

/*
 * Waits until this end may use its next slot. An end that sleeps leaves its pid
 * at the cursor it waits for, and the other rings it: shared/memory/cursor says
 * why neither misses the other. Only where to sleep is another matter here,
 * because the signal is the mechanism.
 */
static int wait_for_slot(struct state *s)
{
    const struct timespec rescan = { .tv_nsec = RESCAN_NS };
    struct tally_end *tally = &s->slots.tally;
    sigset_t bell;
    int r;

    make_bell(&bell);
    r = tally_look(tally);
    while (r == 0)
        if (cursor_announce(tally->peer, tally->seen, (uint32_t)getpid()))
            /* Rung, interrupted or late, it looks again in any case. */
            (void)sigtimedwait(&bell, NULL, &rescan);
        else
            r = tally_look(tally);
    return r < 0 ? r : 0;
}

/* Hands a slot over, and rings the peer if it sleeps. The number that says so
 * may be any, because the peer can write it: who is rung is the process that
 * left a record, or nobody. */
static int hand_over(struct state *s, uint64_t count)
{
    const uint32_t sleeper = cursor_advance(s->slots.tally.own, count);
    struct partner *partner = &s->partner;
    int r = 0;

    if (sleeper == 0)
        return 0;
    if (partner->pidfd == 0 || sleeper != (uint32_t)partner->process.pid)
        r = look_for_peer(s);
    if (r < 0 || partner->pidfd == 0)
        return r;
    if (sleeper != (uint32_t)partner->process.pid)
        return -EPROTO;
    r = (int)syscall(SYS_pidfd_send_signal, partner->pidfd, SIGUSR1, NULL, 0);
    return r == 0 || errno == ESRCH ? 0 : -errno;
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;
    int r;

    (void)size;
    r = wait_for_slot(s);
    if (r < 0)
        return r;
    *ret_block = slots_blank(&s->slots);
    return 0;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;

    return hand_over(s, slots_fill(&s->slots, size));
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    int r;

    r = wait_for_slot(s);
    if (r < 0)
        return r;
    return slots_message(&s->slots, ret_block, ret_size);
}

static int release(void *state)
{
    struct state *s = state;

    return hand_over(s, slots_free(&s->slots));
}

static void detach(void *state)
{
    struct state *s = state;

    if (s->memory)
        (void)munmap(s->memory, s->bytes);
    s->memory = NULL;
    partner_close(&s->partner);
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->created) {
        (void)unlink(s->path);
        partner_forget(s->partner.dir, s->partner.name);
    }
    s->created = false;
}

const struct channel_ops signal_doorbell_channel = {
    .name = "signal-doorbell",
    .traits = CHANNEL_SURVIVES_PROCESSES | CHANNEL_ZERO_COPY | CHANNEL_SIGNALS,
    .message_max = 0,
    .state_size = sizeof(struct state),
    .options = NULL,
    .unavailable = process_unavailable,
    .explain = explain,
    .create = create,
    .attach = attach,
    .reserve = reserve,
    .commit = commit,
    .acquire = acquire,
    .release = release,
    .detach = detach,
    .destroy = destroy,
};
