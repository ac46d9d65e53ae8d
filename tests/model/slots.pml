/* SPDX-License-Identifier: MIT */
/*
 * slots.pml -- shared/memory/{slots,tally}.c: slots change hands by two counts
 *
 * The sender fills in slots, without end; the receiver borrows each and gives
 * it back. Held: an end writes and reads only slots that are its own; messages
 * come once, in order; no check of an end refuses the other; and the two never
 * wait for each other. Counts leave their processor late (calls.pml).
 *
 * Only differences of counts matter, and these are at most DEPTH: so here they
 * count modulo twice that. With BELL the ends sleep as those of signal_doorbell
 * do, in sigtimedwait(2), but without its look every 500 ms. For spin(1):
 *
 *      spin -run slots.pml                      no error: 3 slots, futex
 *      spin -DBLOCKS -run slots.pml             no error: the same, fences
 *      spin -DDEPTH=1 -run slots.pml            no error: 1 slot, futex
 *      spin -DBELL -run slots.pml               no error: 3 slots, signals
 *      spin -DBELL -DDEPTH=1 -run slots.pml     no error: 1 slot, signals
 *      spin -DNO_HEAVY -run slots.pml           invalid end state: both wait
 *      spin -DLOOK_FIRST -run slots.pml         invalid end state: both wait
 *      spin -DNO_WAKE -run slots.pml            invalid end state: both wait
 *      spin -DBELL -DNO_FENCE -run slots.pml    invalid end state: both wait
 *      spin -DBELL -DNO_HEAVY -run slots.pml    invalid end state: both wait
 *      spin -DBELL -DLOOK_FIRST -run slots.pml  invalid end state: both wait
 *      spin -DSENT_EARLY -run slots.pml         assertion violated: early
 *      spin -DFREED_EARLY -run slots.pml        assertion violated: on loan
 *      spin -DONE_MORE -run slots.pml           assertion violated: none free
 */
#ifdef BELL
#define BLOCKS
#endif
#include "calls.pml"

#ifndef DEPTH
#define DEPTH 3
#endif
#define ROUND (2 * DEPTH)

#define S 0 /* the sender */
#define R 1 /* the receiver */

byte at[2];        /* the cursors, as all see them */
byte stored[2];    /* and with what is in their movers' store buffers */
byte count[2];     /* of each end: the number of its next message */
byte seen[2];      /* the other's count, at the last look */
byte holds[DEPTH]; /* 0: free; or 1 + the number of the message */
bit bell[2];       /* a signal is pending for this end */

/* No function: what waits in a store buffer comes out at any time. */
active proctype buffers()
{
end:
    do
    :: atomic { at[S] != stored[S] -> at[S] = stored[S] }
    :: atomic { at[R] != stored[R] -> at[R] = stored[R] }
    od
}

/* shared/memory/tally.c: filled_slots, tally_may_use */
#define FILLED(sent, freed) ((ROUND + sent - freed) % ROUND)
#ifdef ONE_MORE
#define MOST (DEPTH + 1)
#else
#define MOST DEPTH
#endif
#define MAY_USE(me) (me == S -> FILLED(count[S], seen[S]) < MOST : \
    FILLED(seen[R], count[R]) > 0)

/* shared/memory/tally.c: look_at_peer, filled_slots */
inline look_at_peer(me)
{
    seen[me] = at[1 - me];
    assert((me == S -> FILLED(count[S], seen[S]) : FILLED(seen[R], count[R]))
           <= DEPTH)
}

#ifdef BELL
/*
 * signals/signal_doorbell.c: wait_for_slot
 * shared/memory/cursor.c: cursor_announce
 */
inline wait_for_slot(me)
{
    do
    :: MAY_USE(me) -> break
    :: else ->
        announce(me, at[1 - me] == stored[1 - me]);
        if
#ifdef LOOK_FIRST
        :: true ->
#else
        :: at[1 - me] == seen[me] ->
#endif
            if
            :: true -> atomic { bell[me] -> bell[me] = 0 }
            :: true /* another signal came */
            fi
        :: at[1 - me] != seen[me] ->
            word[me] = 0;
            look_at_peer(me)
        fi
    od
}
#else
/* shared/memory/tally.c: tally_wait, tally_look, tally_may_use */
inline wait_for_slot(me)
{
    if
    :: MAY_USE(me)
    :: else -> look_at_peer(me)
    fi;
    do
    :: MAY_USE(me) -> break
    :: else ->
        wait(me, at[1 - me], seen[me], at[1 - me] == stored[1 - me]);
        look_at_peer(me)
    od
}
#endif

/*
 * What both ends do when a slot is ready, or free again.
 * shared/memory/tally.c: tally_count_one
 * shared/memory/slots.c: slots_fill, slots_free
 * files/mmap_file.c: commit, release
 * signals/signal_doorbell.c: hand_over, commit, release
 * shared/memory/cursor.c: cursor_advance
 */
inline hand_over(me)
{
    stored[me] = (count[me] + 1) % ROUND;
#ifdef BELL
    if
#ifndef NO_FENCE
    :: fenced[1 - me] -> at[me] == stored[me]
#endif
    :: else
    fi;
    if
    :: word[1 - me] -> word[1 - me] = 0; bell[1 - me] = 1
    :: else
    fi
#else
    wake(1 - me, at[me] == stored[me])
#endif
}

/* No function: the slot of `number` holds `before`, and `after` from now on. */
inline use(number, before, after)
{
    atomic {
        assert(holds[(number) % DEPTH] == before);
        holds[(number) % DEPTH] = after
    }
}

/* files/mmap_file.c: reserve, commit */
active proctype sender()
{
    do
    :: wait_for_slot(S);
#ifdef SENT_EARLY
        hand_over(S);
        use(count[S], 0, 1 + count[S]);
#else
        use(count[S], 0, 1 + count[S]);
        hand_over(S);
#endif
        count[S] = (count[S] + 1) % ROUND
    od
}

/*
 * files/mmap_file.c: acquire, release
 * shared/memory/slots.c: slots_message
 */
active proctype receiver()
{
    do
    :: wait_for_slot(R);
        use(count[R], 1 + count[R], 1 + count[R]);
#ifdef FREED_EARLY
        hand_over(R);
        use(count[R], 1 + count[R], 0);
#else
        use(count[R], 1 + count[R], 0);
        hand_over(R);
#endif
        count[R] = (count[R] + 1) % ROUND
    od
}
