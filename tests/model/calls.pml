/* SPDX-License-Identifier: MIT */
/*
 * calls.pml -- shared/memory/cursor.c, as the models beside it call it
 *
 * Each of two ends waits for a number that the other one moves. A store leaves
 * its processor late, through a buffer; `out` says that nothing is left in the
 * mover's. A fence of the mover waits for that, and so does the kernel's barrier
 * that the waiter asks for: there it has to be so at some moment only. An end
 * that spins first pays for the barrier before each sleep; with BLOCKS it asks
 * for fences, once, behind a barrier. futex(2) compares the word and falls
 * asleep in one, and may return for no reason, as it does after a signal.
 */
bit word[2];   /* whether an end sleeps, or is about to */
bit fenced[2]; /* whether it asks for fences */
bit sleeps[2]; /* inside FUTEX_WAIT */

/*
 * The caller has stored the number, and wakes the other end.
 * shared/memory/cursor.c: cursor_move_one, advance
 * shared/memory/cursor.h: cursor_move
 * shared/memory/barrier.h: barrier_light
 * shared/memory/futex.c: futex_wake
 */
inline wake(peer, out)
{
#ifdef BLOCKS
    if
#ifndef NO_FENCE
    :: fenced[peer] -> out
#endif
    :: else
    fi;
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
 * Says that `me` sleeps, so that the mover learns of it.
 * shared/memory/cursor.c: announce
 * shared/memory/barrier.c: barrier_heavy
 */
inline announce(me, out)
{
#ifdef BLOCKS
    if
    :: fenced[me] -> word[me] = 1
    :: else ->
        atomic { word[me] = 1; fenced[me] = 1 };
#ifndef NO_HEAVY
        out
#endif
    fi
#else
    word[me] = 1;
#ifndef NO_HEAVY
    out
#endif
#endif
}

/*
 * shared/memory/cursor.c: cursor_wait_one, sleep_once
 * shared/memory/cursor.h: cursor_wait, cursor_read
 * shared/memory/futex.c: futex_wait
 */
inline wait(me, number, known, out)
{
    do
    :: number != known -> break
    :: number == known ->
        announce(me, out);
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
