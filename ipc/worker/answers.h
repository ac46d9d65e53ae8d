/* SPDX-License-Identifier: MIT */
/*
 * answers.h -- the producer's jobs that are under way, and their answers
 *
 * At most `window` jobs are unanswered. One consumer answers in the order of
 * the jobs, several pairs in turn, since the jobs were dealt so; consumers
 * that compete answer in any order, and then one slow job may be overtaken by
 * ANSWERS_LEAD windows of others before the producer waits for it.
 */
#ifndef IPC_WORKER_ANSWERS_H
#define IPC_WORKER_ANSWERS_H

#include "ipc/worker/worker.h"

enum { ANSWERS_LEAD = 64 };

/* A job that has gone off, until its answer comes. */
struct under_way {
    uint64_t id;
    uint64_t since_ns; /* 0: there is none here */
    uint16_t attempt;
};

struct answers {
    struct worker *w;
    bool wanted; /* each job is answered */
    bool in_order;
    struct under_way *slot; /* by id mod slots; owned */
    uint64_t slots;
    uint64_t under_way;
    uint64_t next;    /* one more than the largest id that was answered */
    unsigned turn;    /* the lane of the next answer */
    bool one_by_one;  /* each answer lets the next job go off */
    uint64_t gone_ns; /* with one_by_one: when the last job had gone off */
};

/* answers_are_wanted: whether each job of this worker's is answered. */
bool answers_are_wanted(const struct worker *w);

/* answers_open: -ENOMEM. Pair with answers_close. */
int answers_open(struct answers *a, struct worker *w);
void answers_close(struct answers *a);

/* answers_must_wait: whether the job must not go off before another answer. */
bool answers_must_wait(const struct answers *a, uint64_t id);

/* answers_expect notes that a job goes off, at which attempt, and since when it
 * waits. */
void answers_expect(struct answers *a, uint64_t id, uint16_t attempt,
                    uint64_t since_ns);

/*
 * answers_gone is called when a job has gone off, and when the last one is
 * answered. One by one, the time since the last call is a latency: the round
 * trip with all that the producer does between two jobs. So there is one look
 * at the clock in a round trip, while the job is under way.
 */
void answers_gone(struct answers *a);

/* answers_take receives one message and takes it into the counts. Blocks. */
int answers_take(struct answers *a);

/*
 * answers_take_tally receives the answer to an END from a lane: the consumer's
 * tally. What comes before it answers jobs a second time. Blocks.
 */
int answers_take_tally(struct answers *a, unsigned lane,
                       struct tally *ret_tally);

#endif
