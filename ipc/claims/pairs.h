/* SPDX-License-Identifier: MIT */
/*
 * pairs.h -- two processes joined by a pipe, a socket or memory, and timed
 *
 * The two are this process and a peer that it forks for the trial. Which
 * processors they run on decides more than what joins them: either both on one,
 * or each on one of its own (where there are two).
 */
#ifndef IPC_CLAIMS_PAIRS_H
#define IPC_CLAIMS_PAIRS_H

#include "ipc/claims/claim.h"

enum pair_kind {
    PAIR_PIPE,      /* two, one for each way, of the size that they have */
    PAIR_WIDE_PIPE, /* of 1 MiB, where this is allowed */
    PAIR_UNIX,      /* a stream */
    PAIR_TCP,       /* on loopback, with TCP_NODELAY */
    PAIR_SPIN,      /* memory; who waits looks again and again */
    PAIR_FUTEX,     /* memory; who waits sleeps, and is woken */
};

enum { PAIR_SIZE_MAX = 1 << 20, PAIR_MEMORY_MAX = 4096 };

struct pair_trial {
    enum pair_kind kind;
    size_t size;    /* of a message: at most PAIR_SIZE_MAX, in memory
                     * PAIR_MEMORY_MAX */
    unsigned count; /* of messages, or of round trips */
    bool apart;     /* each on a processor of its own */
};

/* What one message cost. */
struct pair_cost {
    double ns;
    double cpu_ns; /* of both processes */
};

/*
 * pair_round_trips sends a message there and waits for it to come back, count
 * times, which are 100 or more: the typical time. pair_stream sends messages
 * one way, not in memory, and waits for the word that the last one was read.
 * Neither times how they meet, nor what they need to get going, nor goes on for
 * more than some 8 ms: on a busy machine it sends fewer. 0 or a negative errno;
 * -EPERM: the pipe may not be wider.
 */
int pair_round_trips(const struct pair_trial *trial,
                     struct pair_cost *ret_cost);
int pair_stream(const struct pair_trial *trial, struct pair_cost *ret_cost);

/* pair_another_round tells whether there is another round: CLAIM_ROUNDS, in a
 * test, too, as fewer decide nothing; but three where they take seconds. */
bool pair_another_round(unsigned round, uint64_t start_ns);

#endif
