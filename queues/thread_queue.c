/* SPDX-License-Identifier: MIT */
/*
 * thread_queue.c -- a bounded queue between threads of one process
 *
 * Rendezvous   a pointer: threads share all memory
 * Framing      none: what crosses is the address of a message
 * Copies       0: the receiver reads where the sender wrote
 * Waiting      pthread_cond_wait(3), while no message is full or none is free
 * End          none: a thread that fails takes its process along
 * Limits       depth messages
 * Leftovers    none: it ends with the process
 * Trust        complete: either side can write all memory of the other
 * Manual       pthreads(7), pthread_mutex_lock(3), pthread_cond_wait(3)
 */
#include "ipc/channel.h"
#include "ipc/channel_config.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct message {
    size_t size;
    void *block;
};

/* The message that was put in first is taken first. The mutex guards all of a
 * row but its condition. */
struct row {
    struct message *message; /* depth of them, owned */
    size_t first;
    size_t count;
    pthread_cond_t not_empty;
};

/* All ends share it: the same messages go round between its two rows. */
struct queue {
    pthread_mutex_t lock;
    size_t depth;
    struct row free;
    struct row full;
    void *blocks[]; /* owned; those of all messages */
};

struct state {
    struct queue *queue; /* of the creator; the others have copies */
    struct message loan; /* of this end */
};

static void put(struct queue *q, struct row *row, struct message message)
{
    (void)pthread_mutex_lock(&q->lock);
    row->message[(row->first + row->count++) % q->depth] = message;
    (void)pthread_mutex_unlock(&q->lock);
    (void)pthread_cond_signal(&row->not_empty);
}

static struct message take(struct queue *q, struct row *row)
{
    struct message message;

    (void)pthread_mutex_lock(&q->lock);
    while (row->count == 0)
        (void)pthread_cond_wait(&row->not_empty, &q->lock);
    message = row->message[row->first];
    row->first = (row->first + 1) % q->depth;
    row->count--;
    (void)pthread_mutex_unlock(&q->lock);
    return message;
}

static int make_row(struct row *row, size_t depth)
{
    row->message = calloc(depth, sizeof(*row->message));
    if (!row->message)
        return -ENOMEM;
    return -pthread_cond_init(&row->not_empty, NULL);
}

/* Memory that nobody touches costs nothing: large blocks come from mmap(2). */
static int make_messages(struct queue *q, size_t frame_max)
{
    for (size_t i = 0; i < q->depth; i++) {
        if (posix_memalign(&q->blocks[i], CHANNEL_ALIGN, frame_max) != 0)
            return -ENOMEM;
        put(q, &q->free, (struct message){ .block = q->blocks[i] });
    }
    return 0;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    const size_t depth = channel_depth(config);
    struct state *s = state;
    struct queue *q;
    int r;

    q = calloc(1, sizeof(*q) + depth * sizeof(q->blocks[0]));
    if (!q)
        return -ENOMEM;
    s->queue = q;
    q->depth = depth;
    r = -pthread_mutex_init(&q->lock, NULL);
    if (r == 0)
        r = make_row(&q->free, q->depth);
    if (r == 0)
        r = make_row(&q->full, q->depth);
    if (r == 0)
        r = make_messages(q, config->frame_max);
    if (r < 0)
        return r;
    ret_effective->depth = ret_effective->frames_held = depth;
    return 0;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    const struct state *s = state;

    (void)config;
    (void)end;
    return s->queue ? 0 : -ENOTCONN;
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;

    (void)size;
    s->loan = take(s->queue, &s->queue->free);
    *ret_block = s->loan.block;
    return 0;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;

    s->loan.size = size;
    put(s->queue, &s->queue->full, s->loan);
    return 0;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;

    s->loan = take(s->queue, &s->queue->full);
    *ret_block = s->loan.block;
    *ret_size = s->loan.size;
    return 0;
}

static int release(void *state)
{
    struct state *s = state;

    put(s->queue, &s->queue->free, s->loan);
    return 0;
}

static void detach(void *state)
{
    (void)state;
}

static void destroy(void *state)
{
    struct state *s = state;

    if (!s->queue)
        return;
    for (size_t i = 0; i < s->queue->depth; i++)
        free(s->queue->blocks[i]);
    free(s->queue->free.message);
    free(s->queue->full.message);
    free(s->queue);
    s->queue = NULL;
}

const struct channel_ops thread_queue_channel = {
    .name = "thread-queue",
    .traits = CHANNEL_INHERITED_ONLY | CHANNEL_MANY_SENDERS |
              CHANNEL_MANY_RECEIVERS | CHANNEL_ZERO_COPY | CHANNEL_THREADS,
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
