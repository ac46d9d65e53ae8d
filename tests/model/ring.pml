/* SPDX-License-Identifier: MIT */
/*
 * ring.pml -- queues/ring.c: frames go round in lines; both ends sleep and wake
 *
 * The sender fills in frames of 1 to LONGEST lines, without end; the receiver
 * borrows each and gives it back. Held: the sender writes to free lines only;
 * the receiver sees each frame whole, once, and in order; what it has on loan
 * does not change; no check of an end refuses the other; and the two never wait
 * for each other. Marks and `freed` leave their processor late (calls.pml).
 *
 * Positions count lines. They grow without end in C; here all of them fall by
 * LINES when all have got so far, which changes no comparison. For spin(1):
 *
 *      spin -run ring.pml                no error: 6 lines, frames of 1 to 3
 *      spin -DLINES=5 -run ring.pml      no error: 5 lines, frames of 1 to 3
 *      spin -DBLOCKS -DLINES=5 -run ring.pml     no error: fences
 *      spin -DLONGEST=6 -run ring.pml    invalid end state: no room for a frame
 *      spin -DNO_HEAVY -run ring.pml     invalid end state: a wake-up is lost
 *      spin -DBLOCKS -DNO_FENCE -run ring.pml    invalid end state: the same
 *      spin -DLOOK_FIRST -run ring.pml   invalid end state: a wake-up is lost
 *      spin -DNO_WAKE -run ring.pml      invalid end state: nobody wakes
 *      spin -DMARK_EARLY -run ring.pml   assertion violated: not filled yet
 *      spin -DFREED_EARLY -run ring.pml  assertion violated: a loan changes
 *      spin -DOLD_MARK -run ring.pml     assertion violated: an old mark counts
 *
 * 3 of 6 lines is the longest frame of a ring of a given size, and 3 of 5 of
 * one that had to be small: ring_make sees to both.
 */
#include "calls.pml"

#ifndef LINES
#define LINES 6
#endif
#ifndef LONGEST
#define LONGEST 3
#endif
#define QUARTER ((LINES + 3) / 4) /* in whole lines */

#define S 0 /* the sender */
#define R 1 /* the receiver */

byte mark[LINES];  /* where the frame ends that begins in this line */
byte freed;        /* all before it may be written again */
byte position[2];  /* of each end */
byte freed_seen;   /* sender: at the last look */
byte freed_shown;  /* receiver: what it told last */
byte end, loan;    /* receiver: the mark as it was read, and the lines lent */
byte holds[LINES]; /* 0: free; or 1 + the line in which its frame begins */

/* The store buffers. */
bit mark_waits; /* there is a mark in the sender's: */
byte mark_line, mark_end;
byte freed_stored; /* with what is in the receiver's */

#define LINE(who) (position[who] % LINES)

/* No function: what waits in a store buffer comes out at any time. */
active proctype buffers()
{
end_buffers:
    do
    :: atomic { mark_waits -> mark[mark_line] = mark_end; mark_waits = 0 }
    :: atomic { freed != freed_stored -> freed = freed_stored }
    od
}

/* No function: the positions fall. An old mark stays old. */
inline fall()
{
    d_step {
        if
        :: freed_seen >= LINES ->
            position[S] = position[S] - LINES;
            position[R] = position[R] - LINES;
            freed_seen = freed_seen - LINES;
            freed_shown = freed_shown - LINES;
            freed_stored = freed_stored - LINES;
            freed = freed - LINES;
            end = (end > LINES -> end - LINES : 0);
            mark_end = (mark_waits -> mark_end - LINES : 0);
            for (i : 0 .. LINES - 1) {
                mark[i] = (mark[i] > LINES -> mark[i] - LINES : 0)
            }
        :: else
        fi;
        i = 0
    }
}

/* No function: the block at `line` holds `before`, and `after` from now on. */
inline use(line, size, before, after)
{
    d_step {
        for (i : 0 .. size - 1) {
            assert(holds[(line + i) % LINES] == before);
            holds[(line + i) % LINES] = after
        };
        i = 0
    }
}

/*
 * queues/ring.c: reserve, look_at_freed, commit, go_on, mark_of_position
 * queues/ring_memory.c: ring_make, least, fit
 */
active proctype sender()
{
    byte size, i;

    do
    :: atomic { select (size : 1 .. LONGEST) };
        do
        :: LINES - (position[S] - freed_seen) >= size -> break
        :: else ->
            wait(S, freed, freed_seen, freed == freed_stored);
            freed_seen = freed;
            assert(position[S] - freed_seen <= LINES);
            fall()
        od;
#ifndef MARK_EARLY
        use(LINE(S), size, 0, 1 + LINE(S));
#endif
        atomic {
            !mark_waits ->
            mark_line = LINE(S);
            mark_end = position[S] + size;
            mark_waits = 1
        };
#ifdef MARK_EARLY
        use(LINE(S), size, 0, 1 + LINE(S));
#endif
        wake(R, !mark_waits);
        position[S] = position[S] + size
    od
}

/* queues/ring.c: show_freed, release */
inline show_freed()
{
    if
    :: position[R] - freed_shown >= QUARTER ->
        freed_shown = position[R];
        freed_stored = freed_shown;
        wake(S, freed == freed_stored)
    :: else
    fi
}

/* queues/ring.c: acquire, release, go_on, mark_of_position */
active proctype receiver()
{
    byte i, line;

    do
    :: end = mark[LINE(R)];
        if
#ifdef OLD_MARK
        :: end == 0 ->
#else
        :: end <= position[R] ->
#endif
            wait(R, mark[LINE(R)], end, !mark_waits);
            end = mark[LINE(R)]
        :: else
        fi;
        assert(end > position[R] && end - position[R] <= LONGEST);
        d_step { line = LINE(R); loan = end - position[R] };
        use(line, loan, 1 + line, 1 + line);
#ifndef FREED_EARLY
        use(line, loan, 1 + line, 0);
#endif
        position[R] = position[R] + loan;
        show_freed();
#ifdef FREED_EARLY
        use(line, loan, 1 + line, 0);
#endif
    od
}
