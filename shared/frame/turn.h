/* SPDX-License-Identifier: MIT */
/*
 * turn.h -- one frame at a time, where several ends share a queue of packets
 *
 * The packets of two frames must not mix, and those of one must reach the same
 * receiver. So a sender has its turn for a whole frame, and a receiver has
 * another one. A turn is the lock (shared/dir/lock) of <dir>/<name>.sender-turn
 * or .receiver-turn: the kernel gives it on when its holder dies.
 *
 *      turn_take(t)    blocks until it is this end's turn
 *      ... all packets of one frame ...
 *      turn_give(t)
 */
#ifndef SHARED_FRAME_TURN_H
#define SHARED_FRAME_TURN_H

enum turn_side { TURN_SENDERS, TURN_RECEIVERS };

struct turn {
    int fd; /* 0: this end needs no turn */
};

/* turn_open opens the file, and makes it if it is not there. With one end on
 * that side it does nothing, and every turn is this end's. Errors of open(2),
 * -ENAMETOOLONG. Pair with turn_close, which is safe on a zeroed turn. */
int turn_open(struct turn *t, const char *dir, const char *name,
              enum turn_side side, unsigned ends);
void turn_close(struct turn *t);

/* turn_take blocks, through signals. -ENOLCK. */
int turn_take(const struct turn *t);
void turn_give(const struct turn *t);

/* turn_remove removes both files, if they are there. */
void turn_remove(const char *dir, const char *name);

#endif
