/* SPDX-License-Identifier: MIT */
/*
 * genmc_slots.c -- shared/memory/{slots,tally}.c, as files/mmap_file.c has them
 *
 * The sender fills in FRAMES slots; the receiver borrows each, and gives it
 * back. Held: the receiver finds each message as it was written; a slot that
 * one end writes or reads is not written by the other at the same time; no
 * check refuses an end; and no end sleeps on while there is something for it.
 * With SPIN none sleeps. For genmc(1):
 *
 *      genmc genmc_slots.c                   no error: 1 slot, 2 messages
 *      genmc -DSPIN genmc_slots.c            no error: 1 slot, 4 messages
 *      genmc -DSPIN -DDEPTH=2 genmc_slots.c  no error: 2 slots, 4 messages
 */
#include "tests/model/genmc.h"

#include "files/mmap_file.c"
#include "shared/memory/cursor.c"
#include "shared/memory/futex.c"
#include "shared/memory/slots.c"
#include "shared/memory/tally.c"

#ifndef DEPTH
#define DEPTH 1
#endif
#ifdef SPIN
enum { FRAMES = 4, SPIN_NS = 1 };
#else
enum { FRAMES = 2, SPIN_NS = 0 };
#endif

static struct {
    struct slots_header header;
    alignas(PAGE) unsigned char slots[DEPTH][sizeof(struct slot) + ALIGN];
} file;

static unsigned number_of_word(const _Atomic uint32_t *word)
{
    return word == &file.header.tally.freed.sleeper;
}

static void open_end(struct state *s, bool sends)
{
    struct tally *tally = &file.header.tally;
    struct tally_end *end = &s->slots.tally;

    end->own = sends ? &tally->sent : &tally->freed;
    end->peer = sends ? &tally->freed : &tally->sent;
    end->depth = DEPTH;
    end->sends = sends;
    end->count = end->seen = end->slot = 0;
    s->slots.first = file.slots[0];
    s->slots.slot_size = sizeof(file.slots[0]);
    s->slots.frame_max = ALIGN;
    s->spin_ns = SPIN_NS;
}

static void *sender(void *argument)
{
    struct state s;
    void *block = NULL;

    (void)argument;
    open_end(&s, true);
    for (unsigned n = 1; n <= FRAMES; n++) {
        hold(reserve(&s, n, &block) == 0);
        *(unsigned char *)block = (unsigned char)n;
        hold(commit(&s, n) == 0);
    }
    return NULL;
}

static void *receiver(void *argument)
{
    struct state s;
    const void *block = NULL;
    size_t size = 0;

    (void)argument;
    open_end(&s, false);
    for (unsigned n = 1; n <= FRAMES; n++) {
        hold(acquire(&s, &block, &size) == 0);
        hold(size == n);
        hold(*(const unsigned char *)block == n);
        hold(release(&s) == 0);
    }
    return NULL;
}

int main(void)
{
    (void)__VERIFIER_thread_create(NULL, sender, NULL);
    (void)__VERIFIER_thread_create(NULL, receiver, NULL);
    return 0;
}
