/* SPDX-License-Identifier: MIT */
/*
 * signal_words.c -- the data itself in queued real-time signals
 *
 * Rendezvous   each side's pid in dir, with its start and PID namespace
 * Framing      eight bytes a signal, so each frame travels behind its size
 * Copies       2: sender's buffer -> kernel's signal queue -> receiver's buffer
 * Waiting      sigwaitinfo(2): the receiver for words, the sender for credits
 * End          none: a dead peer looks like a slow one
 * Limits       512 words in flight, 1/8 of RLIMIT_SIGPENDING; 15 channels
 * Leftovers    the two pid records; queued signals die with their process
 * Trust        processes of the same user: they can forge a signal's sender
 * Manual       signal(7), pidfd_send_signal(2), sigwaitinfo(2)
 */
#include "ipc/channel.h"
#include "shared/frame/packet.h"
#include "shared/process/partner.h"
#include "signals/signal_words_credit.h"
#include "signals/signal_words_limits.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { WORD_WINDOW }; /* options */

enum { WORD_SIZE = 8 }; /* what a signal carries: one pointer */

_Static_assert(sizeof(union sigval) == WORD_SIZE, "a pointer of 64 bits");

/* Channel n has two signals: SIGRTMIN + 2n brings words to the receiver, the
 * next one brings credits back. */
struct state {
    const char *dir; /* of the records, */
    const char *name;
    bool created; /* which destroy removes: this process made the channel */
    struct partner partner;
    int signal; /* of the channel's pair, the one this end sends */
    sigset_t pair;
    struct credit credit; /* in words */
    struct packet packet;
};

static const struct channel_option options[] = {
    [WORD_WINDOW] = { "word-window", "signals in flight", SIGNAL_WORDS_WINDOW,
                      .least = 1 },
    { 0 },
};

static int explain(const struct channel_config *config, int error,
                   char *ret_text, size_t room)
{
    if (error == -EAGAIN)
        return signal_words_explain(ret_text, room);
    return partner_explain(config->dir, config->name, error, ret_text, room);
}

/*
 * Blocks the channel's pair of signals, for good: one that comes while nobody
 * waits for it, or after detach (a last credit), must not kill this process.
 */
static int block_signals(struct state *s, int words, int credits)
{
    (void)sigemptyset(&s->pair);
    (void)sigaddset(&s->pair, words);
    (void)sigaddset(&s->pair, credits);
    return -pthread_sigmask(SIG_BLOCK, &s->pair, NULL);
}

/* Signals that an earlier exchange of this process left, or this one leaves. */
static void drop_pending(const struct state *s)
{
    const struct timespec at_once = { 0 };

    while (sigtimedwait(&s->pair, NULL, &at_once) > 0)
        continue;
}

/*
 * Credits keep our own words from filling the queue. When others of this user
 * have filled it, nothing tells when there is room again, no signal and no
 * descriptor: only here one must sleep and try again.
 */
static int send_signal(const struct state *s, union sigval value)
{
    const struct timespec delay = { .tv_nsec = 2000000 }; /* 2 ms */
    siginfo_t info = { .si_signo = s->signal, .si_code = SI_QUEUE };

    if (s->partner.pidfd == 0)
        return -EPIPE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value = value;
    /* As sigqueue(3) does it, but never to whoever has the pid by now. */
    while (syscall(SYS_pidfd_send_signal, s->partner.pidfd, s->signal, &info,
                   0) < 0) {
        if (errno != EAGAIN)
            return errno == ESRCH ? -EPIPE : -errno;
        (void)nanosleep(&delay, NULL);
    }
    return 0;
}

/* Waits for the peer's next signal. Others' are ignored: kill(1) brings no
 * value, and what a third process sends is no part of the frame. */
static int await_signal(const struct state *s, union sigval *ret_value)
{
    siginfo_t info;

    do {
        /* Being stopped and continued interrupts it, even unhandled. */
        while (sigwaitinfo(&s->pair, &info) < 0)
            if (errno != EINTR)
                return -errno;
    } while (info.si_code != SI_QUEUE || info.si_pid != s->partner.process.pid);
    *ret_value = info.si_value;
    return 0;
}

static int send_word(struct state *s, union sigval word)
{
    union sigval credit;
    int r;

    while (!credit_spend(&s->credit)) {
        r = await_signal(s, &credit);
        if (r < 0)
            return r;
        credit_refill(&s->credit);
    }
    return send_signal(s, word);
}

static int take_word(struct state *s, union sigval *ret_word)
{
    const union sigval credit = { .sival_int = 0 };
    int r;

    r = await_signal(s, ret_word);
    if (r < 0)
        return r;
    /* It fails only when the sender is gone, and then it needs no credit. */
    if (credit_due(&s->credit))
        (void)send_signal(s, credit);
    return 0;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    struct state *s = state;
    size_t window;
    int r;

    s->dir = config->dir;
    s->name = config->name;
    s->created = true;
    /* A pid that a killed run left behind may be anyone's by now. */
    partner_forget(s->dir, s->name);
    if (config->number > (unsigned)(SIGRTMAX - SIGRTMIN - 1) / 2)
        return -ECHRNG;
    r = signal_words_window(config->options[WORD_WINDOW], &window);
    if (r < 0)
        return r;
    ret_effective->options[WORD_WINDOW] = window;
    ret_effective->frames_held =
        credit_sure(window) / packet_count(config->frame_max, WORD_SIZE);
    return 0;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    const int words = SIGRTMIN + 2 * (int)config->number, credits = words + 1;
    const bool sends = end->role == CHANNEL_SENDER;
    struct state *s = state;
    int r;

    credit_open(&s->credit, config->options[WORD_WINDOW]);
    s->signal = sends ? words : credits;
    r = block_signals(s, words, credits);
    if (r < 0)
        return r;
    drop_pending(s);
    r = partner_introduce(&s->partner, config->dir, config->name, sends);
    if (r == 0)
        r = partner_await(&s->partner);
    /* One that has ended by now may have sent all there is. */
    if (r < 0 && r != -ESRCH)
        return r;
    return packet_open(&s->packet, config->frame_max, WORD_SIZE);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;

    (void)size;
    *ret_block = packet_loan(&s->packet);
    return 0;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;
    const void *part;
    size_t part_size;
    int r;

    packet_seal(&s->packet, size);
    while (packet_next(&s->packet, &part, &part_size)) {
        union sigval word = { .sival_ptr = NULL };

        memcpy(&word, part, part_size);
        r = send_word(s, word);
        if (r < 0)
            return r;
    }
    return 0;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    union sigval word = { .sival_ptr = NULL };
    int r;

    packet_restart(&s->packet);
    do {
        r = take_word(s, &word);
        if (r < 0)
            return r;
        /* A signal always carries eight bytes: of the last, zeros remain. */
        memcpy(packet_room(&s->packet), &word, WORD_SIZE);
        r = packet_add(&s->packet, packet_expected(&s->packet));
    } while (r == 0);
    if (r < 0)
        return r;
    *ret_block = packet_frame(&s->packet, ret_size);
    return 0;
}

static int release(void *state)
{
    (void)state;
    return 0;
}

static void detach(void *state)
{
    struct state *s = state;

    packet_close(&s->packet);
    partner_close(&s->partner);
    drop_pending(s);
}

static void destroy(void *state)
{
    struct state *s = state;

    if (s->created)
        partner_forget(s->dir, s->name);
    s->created = false;
}

const struct channel_ops signal_words_channel = {
    .name = "signal-words",
    .traits = CHANNEL_SIGNALS,
    .message_max = WORD_SIZE,
    .state_size = sizeof(struct state),
    .options = options,
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
