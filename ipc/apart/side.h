/* SPDX-License-Identifier: MIT */
/*
 * side.h -- one side of an exchange between two programs
 *
 * In this room: the two sides of an exchange, when each is a program.
 *
 * The two share a directory, or a shell's pipe. Each is a supervisor with one
 * worker; the consumer owns the run:
 *
 *      consume                            produce
 *        claims DIR, locks it               waits for DIR/ready.json
 *        waits for the producer of a
 *        killed run to leave
 *        creates both channels              locks DIR/producer.lock
 *        writes DIR/ready.json              takes DIR/ready.json away
 *        ... the exchange ...               attaches by what it says
 *        waits until the producer's         ... the exchange ...
 *        lock is free, removes all
 *
 * Both hold their lock as long as any of their processes lives, so a peer
 * whose lock is free before the end is dead, whatever the mechanism shows, and
 * whoever has taken its place since (ipc/exchange/rundir.h).
 */
#ifndef IPC_APART_SIDE_H
#define IPC_APART_SIDE_H

#include "ipc/apart/past.h"
#include "ipc/exchange/rundir.h"
#include "ipc/exchange/supervisor.h"
#include "ipc/screen/outcome_row.h"
#include "shared/net/meeting.h"

enum {
    SIDE_PEER_LEAVES_MS = 10000, /* that a side waits for the other */
    SIDE_AGAIN = -1,             /* no exit status: another peer is wanted */
    SIDE_SERVED = -2,            /* the same, but nothing is left undone */
};

struct side {
    const struct mechanism *mechanism;
    struct screen screen; /* stderr: stdout may carry frames */
    struct rundir rundir;
    struct supervisor supervisor;
    struct worker worker;
    struct channels channels; /* the worker's */
    struct seen *seen;        /* a consumer's, of the one producer */
    struct meeting meeting;   /* with another machine */
    struct rundir shop_dir;   /* of the workshop: a consumer's, with a model */
    struct workshop workshop;
    struct outcome_row row; /* its plan is the worker's */
    pid_t peer;             /* the other's supervisor, if known */
    uint64_t left_ns;       /* when the peer was first seen gone; 0: never */
    bool gone;              /* the peer is, before the end, */
    bool blameless;         /* and no job is to blame for it */
    int before;             /* how side_run ended with the peer before, or 0 */
    uint64_t since_ns;      /* when it began to wait for one, */
    bool late;              /* which did not come */
    struct past *past;      /* a producer's; NULL: there is none */
};

/* side_open prepares a side with its plan: -ENOMEM; with a model, errors of
 * rundir_make and workshop_open. Pair with side_close, also after a failure. */
int side_open(struct side *side, const struct mechanism *mechanism,
              const struct exchange_plan *plan);
void side_close(struct side *side);

/*
 * side_run forks the worker, watches it, and reports on stderr. Returns the
 * exit status; or SIDE_AGAIN when the peer has gone too early, another one may
 * be waited for, and that has been said: SIDE_SERVED at a consumer that had
 * nothing more to do for it than to answer its END. When nobody comes then, all
 * is done.
 */
int side_run(struct side *side, enum worker_role role, peer_gone_fn *peer_gone);

/* side_peer_left: whether a peer that is not there (any more) has left too
 * early. When its END has come it may go: then this side has
 * SIDE_PEER_LEAVES_MS to end itself. */
bool side_peer_left(struct side *side, bool there);

/* side_waits_too_long: whether plan->peer_wait_ns is over, without a peer; then
 * the text says so, and side_late_status is the exit status. */
bool side_waits_too_long(struct side *side, char text[static CAUSE_TEXT_MAX]);
int side_late_status(const struct side *side);

/* side_is_ending: whether the worker has nothing left to do for the peer. */
bool side_is_ending(const struct side *side);

/* side_stop_signal waits that long for a signal that asks to stop, and returns
 * it, or 0. */
int side_stop_signal(int ms);

/* side_await asks `done` now and then whether the wait is over: 1 when it says
 * so, 0 after that long, or 128 + the signal that ended the wait. */
typedef bool side_done_fn(void *arg);
int side_await(int limit_ms, side_done_fn *done, void *arg);

/* side_create_channels makes a consumer's channels in the run's directory, if
 * its store is good: 0, or the exit status; says on stderr why not. */
int side_create_channels(struct side *side);

/* side_ready fills in what a consumer tells of its side. */
struct ready;
void side_ready(const struct side *side, struct ready *ret_ready);

/* side_adopt takes over, at a producer's side, what the consumer's decided. */
int side_adopt(struct side *side, const struct ready *ready);

/*
 * side_pipeline runs a side over a shell's pipe: the jobs channel alone, on
 * stdin or stdout, no results. Says what is wrong when `at` is given or the
 * descriptor is a terminal. Returns the exit status.
 */
int side_pipeline(const struct mechanism *mechanism,
                  const struct exchange_plan *plan, enum worker_role role,
                  const char *at);

/* side_can_be: whether two programs can share such a mechanism at all; says so
 * when they cannot. */
bool side_can_be(const struct mechanism *mechanism);

/* side_complain_directory says why a directory cannot be used by such a
 * worker. */
void side_complain_directory(enum worker_role role, const char *path,
                             int error);

#endif
