/* SPDX-License-Identifier: MIT */
/*
 * cursor.pml -- shared/memory/cursor.c: one moves a number, one waits for it
 *
 * What no test on a strong processor shows: a store may be seen by others later
 * than the loads behind it. So the mover's store goes into a buffer, from which
 * it comes out at any time (calls.pml). Held: the waiter does not sleep on when
 * the number has moved. For spin(1):
 *
 *      spin -run cursor.pml               no error: 5 moves, barriers
 *      spin -DBLOCKS -run cursor.pml      no error: 5 moves, fences
 *      spin -DNO_HEAVY -run cursor.pml    invalid end state: a wake-up is lost
 *      spin -DBLOCKS -DNO_FENCE -run cursor.pml  invalid end state: the same
 *      spin -DBLOCKS -DNO_HEAVY -run cursor.pml  invalid end state: the same
 *      spin -DLOOK_FIRST -run cursor.pml  invalid end state: a wake-up is lost
 *      spin -DNO_WAKE -run cursor.pml     invalid end state: nobody wakes
 *      spin -DNO_COMPARE -run cursor.pml  invalid end state: a call comes early
 */
#include "calls.pml"

#define MOVES 5

byte stored; /* the number, as the mover has stored it */
byte shown;  /* as all see it */

/* shared/memory/cursor.c: cursor_move_one, advance */
active proctype mover()
{
    do
    :: stored < MOVES ->
        stored++;
        wake(0, shown == stored)
    :: else -> break
    od
}

/* No function: the mover's processor. */
active proctype buffer()
{
end:
    do
    :: shown < stored -> shown++
    od
}

/* shared/memory/cursor.c: cursor_wait_one */
active proctype waiter()
{
    byte seen = 0;

    do
    :: seen < MOVES ->
        wait(0, shown, seen, shown == stored);
        seen = shown
    :: else -> break
    od
}
