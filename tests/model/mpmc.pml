/* SPDX-License-Identifier: MIT */
/*
 * mpmc.pml -- queues/ring_mpmc.c: tickets and turns, for many on either side
 *
 * The senders send ALL messages, the receivers take ALL, and all ends of a side
 * as many; at first the ring is empty or FULL. Held: a slot is one end's at a
 * time; the message that was sent with a ticket is received with it, once; no
 * check refuses an end; and no end sleeps on while there is something for it.
 * Turns, sleepers and calls are sequentially consistent in C, and all is so
 * here, even the looks at tickets, which in C are not. A call wakes any one of
 * those who sleep; futex(2) may return for no reason. The ends are 2 + 2 where
 * nothing else is said, and the slots are 2. For spin(1):
 *
 *      spin -run mpmc.pml                no error: 2 messages
 *      spin -DFULL=1 -run mpmc.pml       no error: 2 messages more
 *      spin -DDEPTH=1 -run mpmc.pml      no error: 1 slot, 2 messages
 *      spin -DRECEIVERS=1 -DALL=4 -run mpmc.pml  no error: 4 messages
 *      spin -DSENDERS=1 -DALL=4 -run mpmc.pml    no error: 4 messages
 *      spin -DNO_PASSING -run mpmc.pml   invalid end state: used up
 *      spin -DNO_PASSING -DFULL=1 -run mpmc.pml  invalid end state: used up
 *      spin -DTURN_LATE -run mpmc.pml    invalid end state: no call
 *      spin -DCALLS_LATE -run mpmc.pml   invalid end state: a call comes early
 *      spin -DNO_COUNT -run mpmc.pml     invalid end state: a call comes early
 *      spin -DTORN_DRAW -run mpmc.pml    assertion violated: a ticket for two
 *      spin -DFILL_LATE -run mpmc.pml    assertion violated: not filled yet
 *      spin -DFREE_EARLY -DFULL=1 -run mpmc.pml  assertion violated: on loan
 *      spin -DBY_ONE -DDEPTH=1 -run mpmc.pml     invalid end state: one number
 */
#ifndef SENDERS
#define SENDERS 2
#endif
#ifndef RECEIVERS
#define RECEIVERS 2
#endif
#ifndef ALL
#define ALL 2
#endif
#ifndef FULL
#define FULL 0
#endif
#ifndef DEPTH
#define DEPTH 2
#endif

#define FREE 0   /* what a sender wants of a slot; the side of senders */
#define FILLED 1 /* the same of receivers */

#ifdef BY_ONE /* as Vyukov's turns do */
#define TURN(number, wanted) ((number) + wanted)
#define LATEST DEPTH
#else
#define TURN(number, wanted) (2 * (number) + wanted)
#define LATEST (2 * DEPTH)
#endif

byte turn[DEPTH];
byte tickets[2];   /* of each side: so many were drawn */
byte sleepers[2];  /* of each side: those who sleep, or are about to */
byte calls[2];     /* of each side: the futex */
byte sleeps[4];    /* inside FUTEX_WAIT: 1 + the side of this end */
byte holds[DEPTH]; /* 0: free; or 1 + the message */

#define LOAN 255 /* in holds: a receiver has it */

#define SLOT (ticket % DEPTH)

/* queues/ring_mpmc.c: call_one */
/* shared/memory/futex.c: futex_wake */
inline call_one(whom)
{
    if
    :: sleepers[whom] == 0
    :: else ->
#ifndef NO_COUNT
        calls[whom]++;
#endif
        atomic {
            if
            :: sleeps[0] == 1 + whom -> sleeps[0] = 0
            :: sleeps[1] == 1 + whom -> sleeps[1] = 0
            :: sleeps[2] == 1 + whom -> sleeps[2] = 0
            :: sleeps[3] == 1 + whom -> sleeps[3] = 0
            :: else
            fi
        }
    fi
}

/* One compare-exchange, or one look whether another end was quicker. */
/* queues/ring_mpmc.c: draw, slot_of */
inline draw(side)
{
    atomic { drawn = 0; ticket = tickets[side] };
    do
    :: atomic { late = TURN(ticket, side) - turn[SLOT]; before = ticket };
        atomic {
            ticket = tickets[side];
            if
            :: ticket != before
            :: ticket == before && late == 0 ->
                drawn = 1;
#ifndef TORN_DRAW
                tickets[side]++;
#endif
                break
            :: ticket == before && late != 0 ->
                assert(late > 0 && late <= LATEST);
                break
            fi
        }
    od;
#ifdef TORN_DRAW
    if
    :: drawn -> tickets[side] = ticket + 1
    :: !drawn
    fi;
#endif
    atomic { late = 0; before = 0; ticket = (drawn -> ticket : 0) }
}

/* queues/ring_mpmc.c: draw_ticket, draw_soon */
/* shared/memory/futex.c: futex_wait */
inline draw_ticket(mine)
{
    draw(mine);
    if
    :: drawn
    :: else ->
        sleepers[mine]++;
        do
        :: known = calls[mine];
            draw(mine);
            if
            :: drawn -> break
            :: else
            fi;
#ifdef CALLS_LATE
            known = calls[mine];
#endif
            if
            :: atomic { calls[mine] == known -> sleeps[me] = 1 + mine };
                sleeps[me] == 0
            :: true /* calls has changed, or a signal came */
            fi
        od;
        sleepers[mine]--;
#ifndef NO_PASSING
        if
        :: turn[(ticket + 1) % DEPTH] == TURN(ticket + 1, mine) ->
            call_one(mine)
        :: else
        fi
#endif
    fi;
    known = 0
}

/* queues/ring_mpmc.c: hand_over */
inline hand_over(next, to)
{
#ifdef TURN_LATE
    if
    :: sleepers[to] == 0 -> turn[SLOT] = next
    :: else -> turn[SLOT] = next; call_one(to)
    fi
#else
    turn[SLOT] = next;
    call_one(to)
#endif
}

/* queues/ring_mpmc.c: reserve, commit */
proctype sender(byte me)
{
    byte ticket, before, known, n;
    short late;
    bit drawn;

    do
    :: n < ALL / SENDERS ->
        n++;
        draw_ticket(FREE);
        assert(holds[SLOT] == 0);
#ifdef FILL_LATE
        hand_over(TURN(ticket, FILLED), FILLED);
#endif
        holds[SLOT] = 1 + ticket;
#ifndef FILL_LATE
        hand_over(TURN(ticket, FILLED), FILLED)
#endif
    :: else -> break
    od
}

/* queues/ring_mpmc.c: acquire, release */
proctype receiver(byte me)
{
    byte ticket, before, known, n;
    short late;
    bit drawn;

    do
    :: n < ALL / RECEIVERS ->
        n++;
        draw_ticket(FILLED);
        d_step {
            assert(holds[SLOT] == 1 + ticket);
            holds[SLOT] = LOAN
        };
#ifdef FREE_EARLY
        hand_over(TURN(ticket + DEPTH, FREE), FREE);
#endif
        atomic { assert(holds[SLOT] == LOAN); holds[SLOT] = 0 };
#ifndef FREE_EARLY
        hand_over(TURN(ticket + DEPTH, FREE), FREE)
#endif
    :: else -> break
    od
}

/* queues/ring_mpmc_memory.c: write_header */
init {
    byte n;

    atomic {
        for (n : 0 .. DEPTH - 1) {
            turn[n] = TURN(n, FULL); /* 0 is FREE, 1 is FILLED */
            holds[n] = FULL * (1 + n)
        };
        tickets[FREE] = FULL * DEPTH;
        run sender(0);
#if SENDERS == 2
        run sender(1);
#endif
        run receiver(2);
#if RECEIVERS == 2
        run receiver(3);
#endif
    }
}
