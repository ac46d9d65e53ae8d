/* SPDX-License-Identifier: MIT */
/*
 * journal.h -- the ledger on disk: a run goes on after kill -9 of all of it
 *
 * The file DIR/journal only grows. The supervisor writes into it, some ten
 * times a second, which jobs have been settled since, in ranges: a worker never
 * waits for it. What was settled and not yet written is done again after a
 * crash, which takes effect once all the same (ipc/worker/ledger.h).
 *
 * A record, little-endian, is 32 bytes and a text:
 *
 *       0  size      u32  of all of it, a multiple of 8
 *       4  type      u16  enum record_type
 *       6  producer  u16
 *       8  first     u64  id
 *      16  count     u64
 *      24  XXH3-64 of the whole record, with 0 here, its place in the file as
 *          the seed: so a record counts only where it was written
 *      32  text           until the record's end, padded with zeros
 *
 * The first record says which run it is. Reading ends before the first record
 * that is not whole; the rest is cut off, as whoever wrote it was killed, or
 * the power failed.
 *
 * It outlives the death of processes. Without plan->sync it does not outlive a
 * power cut: what the kernel had not written by then is missing, or torn.
 */
#ifndef IPC_EXCHANGE_JOURNAL_H
#define IPC_EXCHANGE_JOURNAL_H

#include "ipc/worker/ledger.h"
#include "ipc/worker/page.h"

#include <limits.h>

struct journal {
    char path[PATH_MAX]; /* "": none. It is open while it is written: no worker
                            is to have it */
    uint64_t end;        /* of the last record that is whole; bytes */
    bool sync;
    unsigned producers;
    struct seen *written[CHANNELS_MAX]; /* owned; jobs that records name */
    uint64_t low[CHANNELS_MAX];         /* those below it are in records */
    uint64_t submitted[CHANNELS_MAX];   /* as the last record says */
};

/* journal_create makes the file for a new run. -EEXIST, errors of open(2) and
 * write(2), -ENOMEM. Pair with journal_close, also after a failure. */
int journal_create(struct journal *j, const char *dir,
                   const struct exchange_plan *plan);

/*
 * journal_resume reads one, cuts off what is torn, and puts what it says into a
 * ledger that is new, and the rejected jobs into `results`. -ENOENT: there is
 * none; -EPROTO: it is no journal; -ESTALE: it is one of other jobs; -ENOMEM;
 * errors of open(2), read(2). Pair with journal_close, also after a failure.
 */
int journal_resume(struct journal *j, const char *dir,
                   const struct exchange_plan *plan, struct ledger *ledger,
                   struct results *results);

/*
 * journal_note writes what has been settled since. What was rejected gets the
 * reason that reason_of returns, which may be "". Errors of write(2) and
 * fdatasync(2): the file is as it was before, and the next call tries again.
 */
typedef const char *reason_fn(void *arg, uint64_t number);
int journal_note(struct journal *j, const struct ledger *ledger,
                 reason_fn *reason_of, void *arg);

/* journal_note_generation writes that a new generation begins. Likewise. */
int journal_note_generation(struct journal *j, const struct ledger *ledger);

/* journal_close keeps the file. Safe on a zeroed journal. */
void journal_close(struct journal *j);

#endif
