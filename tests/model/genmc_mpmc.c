/* SPDX-License-Identifier: MIT */
/*
 * genmc_mpmc.c -- queues/ring_mpmc.c: tickets and turns, many on either side
 *
 * The senders send ALL messages, the receivers take ALL, and all ends of a side
 * as many. Held: the message that was sent with a ticket is received with it; a
 * slot that one end writes or reads is not written by another at the same time;
 * no check refuses an end; and no end sleeps on while there is something for
 * it. The ends are 2 + 2 and the slots 2, and no end sleeps, where nothing else
 * is said. For genmc(1):
 *
 *      genmc genmc_mpmc.c                                  no error: 2 messages
 *      genmc -DDEPTH=1 genmc_mpmc.c                        no error: 2 messages
 *      genmc -DSENDERS=1 -DALL=4 genmc_mpmc.c              no error: 4 messages
 *      genmc -DRECEIVERS=1 -DALL=4 genmc_mpmc.c            no error: 4 messages
 *      genmc -DSLEEPS=FILLED -DRECEIVERS=1 genmc_mpmc.c    no error: 2 messages
 *      genmc -DSLEEPS=FILLED -DSENDERS=1 -DDEPTH=1 genmc_mpmc.c  no error: 2
 *      genmc -DSLEEPS=FREE -DRECEIVERS=1 -DDEPTH=1 genmc_mpmc.c  no error: 2
 *      genmc -DSLEEPS=BOTH -DSENDERS=1 -DRECEIVERS=1 genmc_mpmc.c  no error: 2
 */
#include "tests/model/genmc.h"

#include "queues/ring_mpmc.c"
#include "queues/ring_mpmc_memory.c"
#include "shared/memory/futex.c"

#ifndef DEPTH
#define DEPTH 2
#endif
#ifndef SENDERS
#define SENDERS 2
#endif
#ifndef RECEIVERS
#define RECEIVERS 2
#endif
#ifndef ALL
#define ALL 2
#endif
#ifndef SLEEPS /* FREE: the senders; FILLED: the receivers; BOTH */
#define SLEEPS NEITHER
#endif

enum { BOTH = FILLED + 1, NEITHER, FRAME = ALIGN };

static struct {
    struct mpmc_header header;
    alignas(MPMC_SLOTS_AT) unsigned char slots[DEPTH][sizeof(struct mpmc_slot) +
                                                      FRAME];
} file;

static unsigned number_of_word(const _Atomic uint32_t *word)
{
    return word == &file.header.receivers.calls;
}

static void open_end(struct state *s, int side)
{
    s->config.frame_max = FRAME;
    s->memory.header = &file.header;
    s->memory.slots = file.slots[0];
    s->memory.slot_size = sizeof(file.slots[0]);
    s->memory.depth = DEPTH;
    s->spin_ns = SLEEPS != side && SLEEPS != BOTH;
}

static void *sender(void *argument)
{
    struct state s;
    void *block = NULL;

    (void)argument;
    open_end(&s, FREE);
    for (unsigned n = 0; n < ALL / SENDERS; n++) {
        hold(reserve(&s, 1, &block) == 0);
        *(unsigned char *)block = (unsigned char)(1 + s.ticket);
        hold(commit(&s, 1 + s.ticket) == 0);
    }
    return NULL;
}

static void *receiver(void *argument)
{
    struct state s;
    const void *block = NULL;
    size_t size = 0;

    (void)argument;
    open_end(&s, FILLED);
    for (unsigned n = 0; n < ALL / RECEIVERS; n++) {
        hold(acquire(&s, &block, &size) == 0);
        hold(size == 1 + s.ticket);
        hold(*(const unsigned char *)block == 1 + s.ticket);
        hold(release(&s) == 0);
    }
    return NULL;
}

int main(void)
{
    struct state s;

    open_end(&s, FREE);
    write_header(&s.memory);
    for (unsigned n = 0; n < SENDERS; n++)
        (void)__VERIFIER_thread_create(NULL, sender, NULL);
    for (unsigned n = 0; n < RECEIVERS; n++)
        (void)__VERIFIER_thread_create(NULL, receiver, NULL);
    return 0;
}
