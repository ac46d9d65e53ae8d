/* SPDX-License-Identifier: MIT */
/*
 * verdict.h -- was anything lost, duplicated, reordered or corrupted?
 *
 * The consumer keeps a tally of what arrives, by job id; the verdict compares
 * it with what the producer sent and with the answers it got.
 */
#ifndef IPC_WORKER_VERDICT_H
#define IPC_WORKER_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Counts of arrivals; crosses the results channel as the last answer. */
struct tally {
    uint64_t received;   /* jobs, each counted once */
    uint64_t duplicated; /* arrivals of a job that had arrived */
    uint64_t reordered;  /* arrivals behind a later job */
    uint64_t corrupted;  /* frames refused, or payloads with a wrong byte */
};

enum { TALLY_SIZE = 32 };

void tally_encode(const struct tally *tally, void *out);
/* tally_decode: false when the size is wrong. */
bool tally_decode(const void *payload, size_t size, struct tally *ret_tally);

/*
 * Which of a producer's ids a consumer has seen: a number while they come one
 * by one, from the first gap on one bit each. It lies in memory that a process
 * shares with those it forks, so that the supervisor can compare what several
 * consumers saw; pages that nobody touches cost nothing.
 */
struct seen {
    uint64_t ids;   /* ids from 0 to ids - 1 are possible */
    uint64_t whole; /* those below it were all seen, and have no bits */
    uint64_t next;  /* one more than the largest seen */
    uint64_t bits[];
};

/* seen_open: NULL without memory. Pair with close, which takes NULL, too. */
struct seen *seen_open(uint64_t ids);
void seen_close(struct seen *seen);

/* seen_again counts the ids of one producer that more than one of `count`
 * consumers saw: each consumer beyond the first counts. */
uint64_t seen_again(struct seen *const seen[], size_t count);

/* seen_note takes the arrivals of `count` jobs from id on into the tally, in
 * this order. Ids that are not possible count as corrupted. Returns how many
 * are neither that nor duplicates. */
uint64_t seen_note(struct seen *seen, struct tally *tally, uint64_t id,
                   uint64_t count);

/* seen_add notes one id, where nobody keeps a tally. False: it was seen, or is
 * not possible. */
bool seen_add(struct seen *seen, uint64_t id);

/* seen_has: whether an id was seen. seen_next returns the first from id on that
 * was not, and seen->ids when all were. seen_count returns how many were,
 * seen_end one more than the largest. seen_forget: none was. */
bool seen_has(const struct seen *seen, uint64_t id);
uint64_t seen_next(const struct seen *seen, uint64_t id);
uint64_t seen_count(const struct seen *seen);
uint64_t seen_end(const struct seen *seen);
void seen_forget(struct seen *seen);

/* seen_join adds the ids of `more`, and returns how many there were in `all`
 * already. Both are of one producer. */
uint64_t seen_join(struct seen *all, const struct seen *more);

/*
 * Where workers are replaced (ipc/worker/ledger), a job may be done again: what
 * that is worth depends on its effects, which stay what they were after the
 * first time. So one that is done again is redundant, and no fault; that its
 * effect is doubled would be one.
 */
struct verdict {
    uint64_t submitted; /* jobs there were */
    uint64_t completed; /* answered: done; in a stream: arrived intact */
    uint64_t rejected;  /* bad input, or set aside: with a reason */
    uint64_t lost;
    uint64_t duplicated; /* arrived twice, of one sending */
    uint64_t doubled;    /* took effect twice */
    uint64_t reordered;
    uint64_t corrupted;
    uint64_t restarts;  /* of all workers, after a death */
    uint64_t redundant; /* jobs done again that had been done */
    bool finished;      /* the exchange ran to its end */
};

/* verdict_good: every job is accounted for exactly once, in order, intact.
 * A rejected job is accounted for; restarts are told, and are no fault. */
bool verdict_good(const struct verdict *verdict);

/* verdict_text says it in a sentence of at most VERDICT_TEXT_MAX - 1 bytes;
 * returns text. */
enum { VERDICT_TEXT_MAX = 400 };
const char *verdict_text(const struct verdict *verdict,
                         char text[static VERDICT_TEXT_MAX]);

#endif
