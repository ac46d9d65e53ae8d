/* SPDX-License-Identifier: MIT */
/*
 * genmc_ring.c -- queues/ring.c: frames go round in lines
 *
 * The sender fills in FRAMES frames of 3 lines, 2, 1, 3, 2 and so on; the
 * receiver borrows each and gives it back. Held: a line that one end writes or
 * reads is not written by the other at the same time; the receiver finds each
 * frame as it was written; no check refuses an end; and no end sleeps on while
 * there is something for it. With SPIN none sleeps. A frame that runs over the
 * end goes on at the beginning: the second mapping is done here, by a modulo.
 * For genmc(1):
 *
 *      genmc genmc_ring.c                   no error: 4 lines, 2 frames
 *      genmc -DSPIN genmc_ring.c            no error: 4 lines, 5 frames
 *      genmc -DSPIN -DLINES=8 genmc_ring.c  no error: 8 lines, 5 frames
 */
#include "tests/model/genmc.h"

#include "queues/ring.c"
#include "queues/ring_memory.c"
#include "shared/memory/cursor.c"
#include "shared/memory/futex.c"

#ifndef LINES
#define LINES 4
#endif
#ifdef SPIN
enum { LONGEST = 3, FRAMES = 5, SPIN_NS = 1 };
#else
enum { LONGEST = 3, FRAMES = 2, SPIN_NS = 0 };
#endif

static struct ring_header header;
static _Atomic uint64_t marks[LINES];
static unsigned char frames[LINES * RING_LINE];

static unsigned number_of_word(const _Atomic uint32_t *word)
{
    return word == &header.receiver_asleep;
}

/* What is mapped here stays. */
int munmap(void *at, size_t size)
{
    (void)at;
    (void)size;
    return 0;
}

static void open_end(struct state *s, enum channel_role role)
{
    s->config.frame_max = LONGEST * RING_LINE;
    s->memory.header = &header;
    s->memory.marks = marks;
    s->memory.frames = frames;
    s->memory.capacity = sizeof(frames);
    s->role = role;
    s->spin_ns = SPIN_NS;
    hold(find_position(s) == 0);
}

static size_t size_of(unsigned n)
{
    return (LONGEST - n % LONGEST) * RING_LINE - n;
}

static unsigned char *line_of(const void *block, size_t at)
{
    const size_t offset = (size_t)((const unsigned char *)block - frames);

    return &frames[(offset + at) % sizeof(frames)];
}

static void *sender(void *argument)
{
    struct state s;
    void *block = NULL;

    (void)argument;
    open_end(&s, CHANNEL_SENDER);
    for (unsigned n = 0; n < FRAMES; n++) {
        hold(reserve(&s, size_of(n), &block) == 0);
        for (size_t at = 0; at < size_of(n); at += RING_LINE)
            *line_of(block, at) = (unsigned char)(1 + n);
        hold(commit(&s, size_of(n)) == 0);
    }
    detach(&s);
    return NULL;
}

static void *receiver(void *argument)
{
    struct state s;
    const void *block = NULL;
    size_t size = 0;

    (void)argument;
    open_end(&s, CHANNEL_RECEIVER);
    for (unsigned n = 0; n < FRAMES; n++) {
        hold(acquire(&s, &block, &size) == 0);
        hold(size == size_of(n));
        for (size_t at = 0; at < size; at += RING_LINE)
            hold(*line_of(block, at) == 1 + n);
        hold(release(&s) == 0);
    }
    detach(&s);
    return NULL;
}

int main(void)
{
    (void)__VERIFIER_thread_create(NULL, sender, NULL);
    (void)__VERIFIER_thread_create(NULL, receiver, NULL);
    return 0;
}
