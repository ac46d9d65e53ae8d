/* SPDX-License-Identifier: MIT */
/*
 * genmc_cursor.c -- shared/memory/cursor.c: a number is moved and waited for
 *
 * The mover writes a message and moves the number to it, MOVES times; the
 * waiter waits, and reads the message that the number stands for. Held: what it
 * reads is what was written; and it does not sleep on when the number has
 * moved. With SIGNAL something else ends a sleep once, at any time. With HALVES
 * the waiter sleeps elsewhere, as that of signal_doorbell does: a bell that was
 * rung stays so until it is heard. For genmc(1):
 *
 *      genmc genmc_cursor.c            no error: 3 moves
 *      genmc -DSIGNAL genmc_cursor.c   no error: 2 moves and a signal
 *      genmc -DHALVES genmc_cursor.c   no error: 3 moves, a bell
 */
#include "tests/model/genmc.h"

#include "shared/memory/cursor.c"
#include "shared/memory/futex.c"

#ifdef SIGNAL
enum { MOVES = 2 };
#else
enum { MOVES = 3 };
#endif

static struct cursor cursor;
static uint64_t message[1 + MOVES];
#ifdef HALVES
static atomic_bool bell;
#endif

static unsigned number_of_word(const _Atomic uint32_t *word)
{
    hold(word == &cursor.sleeper);
    return 0;
}

static void move(uint64_t to)
{
#ifdef HALVES
    if (cursor_advance(&cursor, to) != 0)
        atomic_store(&bell, true);
#else
    cursor_move(&cursor, to);
#endif
}

static void await(uint64_t known)
{
#ifdef HALVES
    while (cursor_read(&cursor.at) == known)
        if (cursor_announce(&cursor, known, 1)) {
            while (!atomic_load_explicit(&bell, memory_order_relaxed))
                continue;
            (void)atomic_exchange(&bell, false);
        }
#else
    hold(cursor_wait(&cursor, known, 0) == 0);
#endif
}

static void *mover(void *argument)
{
    (void)argument;
    for (uint64_t n = 1; n <= MOVES; n++) {
        message[n] = n;
        move(n);
    }
    return NULL;
}

static void *waiter(void *argument)
{
    uint64_t seen = 0;

    (void)argument;
    while (seen < MOVES) {
        await(seen);
        seen = cursor_read(&cursor.at);
        hold(message[seen] == seen);
    }
    return NULL;
}

#ifdef SIGNAL
static void *signal_once(void *argument)
{
    (void)argument;
    (void)call_at(&cursor.sleeper);
    return NULL;
}
#endif

int main(void)
{
    (void)__VERIFIER_thread_create(NULL, mover, NULL);
    (void)__VERIFIER_thread_create(NULL, waiter, NULL);
#ifdef SIGNAL
    (void)__VERIFIER_thread_create(NULL, signal_once, NULL);
#endif
    return 0;
}
