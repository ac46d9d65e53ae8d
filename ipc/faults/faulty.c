/* SPDX-License-Identifier: MIT */
#include "ipc/faults/faulty.h"

#include "ipc/decorator.h"
#include "ipc/job/job.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct state {
    struct decorator base;
    const struct fault *fault; /* NULL: none on this end */
    uint64_t messages;         /* begun so far */
    unsigned char *loan;       /* the sender's, owned: what is lent may yet
                                  be dropped, and a loan cannot be undone */
    unsigned char *held;       /* the message to be sent late, owned */
    size_t held_size;
    uint64_t acquired; /* the id of the last job */
};

_Static_assert(sizeof(struct state) <= DECORATOR_STATE, "must fit before it");

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;
    const struct fault *fault = s->base.decoration;
    const size_t size = config->frame_max;
    void *loan, *held;

    if (strcmp(fault->channel, config->name) == 0 && fault->role == end->role)
        s->fault = fault;
    if (posix_memalign(&loan, CHANNEL_ALIGN, size) != 0)
        return -ENOMEM;
    s->loan = loan;
    if (posix_memalign(&held, CHANNEL_ALIGN, size) != 0)
        return -ENOMEM;
    s->held = held;
    return decorator_attach(s, config, end);
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;

    (void)size;
    *ret_block = s->loan;
    return 0;
}

static int pass_on(struct state *s, const void *message, size_t size)
{
    void *block;
    int r;

    r = s->base.inner->reserve(decorator_inner(s), size, &block);
    if (r < 0)
        return r;
    memcpy(block, message, size);
    return s->base.inner->commit(decorator_inner(s), size);
}

static void go_slow(enum fault_kind kind)
{
    const struct timespec stall = { .tv_nsec = FAULT_STALL_MS * 1000000L };

    if (kind == FAULT_DIE)
        (void)raise(SIGKILL);
    if (kind == FAULT_STOP)
        (void)raise(SIGSTOP);
    if (kind == FAULT_STALL)
        (void)nanosleep(&stall, NULL);
    while (kind == FAULT_HANG)
        (void)pause();
}

static bool is_armed(const struct fault *fault)
{
    return !fault->armed || atomic_exchange(fault->armed, false);
}

/* Whether the operation under way is the one to go wrong. */
static bool is_due(struct state *s)
{
    return s->fault && s->fault->kind != FAULT_LINGER &&
           s->fault->kind != FAULT_POISON &&
           s->messages++ == s->fault->message && is_armed(s->fault);
}

static void linger(struct state *s)
{
    const struct timespec pause = {
        .tv_sec = (time_t)(s->fault->message / 1000),
        .tv_nsec = (long)(s->fault->message % 1000) * 1000000,
    };

    (void)nanosleep(&pause, NULL);
    s->fault = NULL; /* once */
}

static void change_session(unsigned char *message, size_t size)
{
    struct job_header header;

    if (job_decode(message, size, &header) != JOB_OK)
        return;
    header.session++;
    job_encode(&header, message);
}

static int send_stale(struct state *s, size_t size)
{
    struct job_header header;

    memcpy(s->held, s->loan, size);
    if (job_decode(s->held, size, &header) != JOB_OK)
        return -EPROTO;
    header.attempt++;
    job_encode(&header, s->held);
    return pass_on(s, s->held, size);
}

/* Not zeros: of those a frame might be made. */
static int send_garbage(struct state *s, size_t size)
{
    for (size_t i = 0; i < size; i++)
        s->held[i] = (unsigned char)(i * 37 + 11);
    return pass_on(s, s->held, size);
}

static int commit_wrongly(struct state *s, size_t size)
{
    int r;

    go_slow(s->fault->kind);
    switch (s->fault->kind) {
    case FAULT_DUPLICATE:
        r = pass_on(s, s->loan, size);
        return r < 0 ? r : pass_on(s, s->loan, size);
    case FAULT_REORDER:
        memcpy(s->held, s->loan, size);
        s->held_size = size;
        return 0;
    case FAULT_FLIP:
        s->loan[size - 1] ^= 0x10;
        return pass_on(s, s->loan, size);
    case FAULT_FLIP_HEADER:
        s->loan[0] ^= 0x10;
        return pass_on(s, s->loan, size);
    case FAULT_STALE:
        r = send_stale(s, size);
        return r < 0 ? r : pass_on(s, s->loan, size);
    case FAULT_GARBAGE:
        r = send_garbage(s, size);
        return r < 0 ? r : pass_on(s, s->loan, size);
    case FAULT_STALL:
    case FAULT_STOP:
        return pass_on(s, s->loan, size);
    case FAULT_TRUNCATE:
        return pass_on(s, s->loan, size - 1);
    case FAULT_SESSION:
        change_session(s->loan, size);
        return pass_on(s, s->loan, size);
    default: /* FAULT_DROP */
        return 0;
    }
}

static int commit(void *state, size_t size)
{
    struct state *s = state;
    int r;

    if (is_due(s))
        return commit_wrongly(s, size);
    r = pass_on(s, s->loan, size);
    if (r == 0 && s->held_size > 0) {
        r = pass_on(s, s->held, s->held_size);
        s->held_size = 0;
    }
    return r;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    struct job_header header;
    int r;

    if (is_due(s))
        go_slow(s->fault->kind);
    r = s->base.inner->acquire(decorator_inner(s), ret_block, ret_size);
    if (r == 0 && job_decode(*ret_block, *ret_size, &header) == JOB_OK)
        s->acquired = header.id;
    return r;
}

/* Which is when a job has been done, and not been answered. */
static int release(void *state)
{
    struct state *s = state;

    if (s->fault && s->fault->kind == FAULT_POISON &&
        s->acquired == s->fault->message && is_armed(s->fault))
        (void)raise(SIGKILL);
    return s->base.inner->release(decorator_inner(s));
}

static void detach(void *state)
{
    struct state *s = state;

    if (s->fault && s->fault->kind == FAULT_LINGER)
        linger(s);
    free(s->loan);
    free(s->held);
    s->loan = s->held = NULL;
    decorator_detach(s);
}

void faulty_wrap(const struct channel_ops *inner, struct channel_ops *ret_ops)
{
    decorator_wrap(inner, ret_ops);
    ret_ops->attach = attach;
    ret_ops->reserve = reserve;
    ret_ops->commit = commit;
    ret_ops->acquire = acquire;
    ret_ops->release = release;
    ret_ops->detach = detach;
}
