/* SPDX-License-Identifier: MIT */
/*
 * cursor.pml -- shared/memory/cursor.c: one moves a number, one waits for it to move
 *
 * What no test on a strong processor shows: a store may be seen by others later
 * than the loads behind it. So the mover's store goes into a buffer, from which
 * it comes out at any time; a fence waits until it has. For spin(1):
 *
 *      spin -run cursor.pml                no error: no wake-up is lost
 *      spin -DNO_FENCE -run cursor.pml     invalid end state: the waiter sleeps
 *      spin -DLOOK_FIRST -run cursor.pml   the same
 */
#define MOVES 3

byte stored;  /* the number, as the mover has stored it */
byte shown;   /* as all see it */
bit sleeper;  /* the futex: 1 when somebody sleeps, or is about to */
bit sleeping; /* inside FUTEX_WAIT */

/* cursor_move */
active proctype mover()
{
    byte moves = 0;

    do
    :: moves < MOVES ->
        stored++;
#ifndef NO_FENCE
        (shown == stored);
#endif
        if
        :: sleeper == 1 ->
            sleeper = 0;
            sleeping = 0
        :: else
        fi;
        moves++
    :: else -> break
    od
}

/* The mover's processor. */
active proctype buffer()
{
end:
    do
    :: shown < stored -> shown++
    od
}

/* cursor_wait, for each move. */
active proctype waiter()
{
    byte known = 0;

    do
    :: known == MOVES -> break
    :: known < MOVES && shown != known -> known = shown
    :: known < MOVES && shown == known ->
#ifdef LOOK_FIRST
        if
        :: shown == known -> sleeper = 1
        :: else -> goto seen
        fi;
#else
        sleeper = 1;
        if
        :: shown == known
        :: else -> goto seen
        fi;
#endif
        /* futex_wait: it compares the word and sleeps, in one. */
        atomic {
            if
            :: sleeper == 1 -> sleeping = 1
            :: else
            fi
        };
        (sleeping == 0);
seen:
        sleeper = 0
    od
}
