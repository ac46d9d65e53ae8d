/* SPDX-License-Identifier: MIT */
/*
 * calls.pml -- shared/memory/cursor.c, as the models beside it call it
 *
 * Each of two ends waits for a number that the other one moves. A store leaves
 * its processor late, through a buffer; `out` says that nothing is left there,
 * which is what a fence waits for. futex(2) compares the word and falls asleep
 * in one, and may return for no reason, as it does after a signal.
 */
bit word[2];   /* whether an end sleeps, or is about to */
bit sleeps[2]; /* inside FUTEX_WAIT */

/*
 * The caller has stored the number, and wakes the other end.
 * shared/memory/cursor.c: cursor_move_one, advance
 * shared/memory/cursor.h: cursor_move
 * shared/memory/futex.c: futex_wake
 */
inline wake(peer, out)
{
#ifndef NO_FENCE
    out;
#endif
    if
    :: word[peer] ->
        word[peer] = 0;
#ifndef NO_WAKE
        sleeps[peer] = 0
#endif
    :: else
    fi
}

/*
 * shared/memory/cursor.c: cursor_wait_one, sleep_once, announce, cursor_read
 * shared/memory/cursor.h: cursor_wait
 * shared/memory/futex.c: futex_wait
 */
inline wait(me, number, known)
{
    do
    :: number != known -> break
    :: number == known ->
        word[me] = 1;
        if
#ifdef LOOK_FIRST
        :: true ->
#else
        :: number != known
        :: number == known ->
#endif
            if
#ifdef NO_COMPARE
            :: sleeps[me] = 1; !sleeps[me]
#else
            :: atomic { word[me] -> sleeps[me] = 1 }; !sleeps[me]
#endif
            :: true
            fi
        fi;
        word[me] = 0
    od
}
