/* SPDX-License-Identifier: MIT */
/*
 * i18_no_seeking.c -- a position in a pipe, and several threads at it
 *
 * Claim       One cannot seek in a pipe, and therefore it is not thread safe.
 * Section     Interprocess communication: 3. Pipes
 * Experiment  lseek(2) is tried on a pipe; then four threads read numbered
 *             records from it at once, while a process writes them
 * Rule        CONFIRMED if seeking is refused, and records are lost, doubled or
 *             torn; MOSTLY if it is refused, and each record is read once;
 *             REFUTED if one can seek
 * Twin        a file in the place of the pipe
 * Take away   A pipe has no position, so there is none that threads could
 *             quarrel about: each byte is read by one of them. Let a read ask
 *             for whole records, and a write be no longer than PIPE_BUF.
 * Manual      lseek(2), pipe(7)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 4, RECORDS = 20000, AT_ONCE = 64, LIMIT_S = 20 };

/* A number, twice. */
struct record {
    uint32_t number, again;
};

struct work {
    int in, out;
    _Atomic unsigned torn, readers;
    _Atomic unsigned char seen[RECORDS];
};

static int write_records(void *arg)
{
    const struct work *work = arg;
    struct record records[AT_ONCE];
    uint32_t next = 0;

    while (next < RECORDS) {
        size_t count = 0;

        for (; count < AT_ONCE && next < RECORDS; count++, next++)
            records[count] = (struct record){ next, next };
        if (write(work->out, records, count * sizeof(records[0])) !=
            (ssize_t)(count * sizeof(records[0])))
            return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

static void read_records(void *arg, unsigned index)
{
    struct work *work = arg;
    struct record record;
    unsigned own = 0;
    ssize_t n;

    (void)index;
    while ((n = read(work->in, &record, sizeof(record))) > 0) {
        own++;
        if (n != sizeof(record) || record.number != record.again ||
            record.number >= RECORDS)
            work->torn++;
        else
            work->seen[record.number]++;
    }
    work->readers += own > 0;
}

static int open_ends(struct work *work, bool file)
{
    int ends[2];

    if (!file) {
        if (pipe(ends) < 0)
            return -errno;
        work->in = ends[0];
        work->out = ends[1];
        return 0;
    }
    work->out = open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    work->in = open("file", O_RDONLY | O_CLOEXEC);
    return work->out < 0 || work->in < 0 ? -errno : 0;
}

static int measure(struct claim_run *run)
{
    static struct work work;
    double lost = 0, doubled = 0;
    bool seeks;
    pid_t pid;
    int r = open_ends(&work, run->twin);

    (void)alarm(LIMIT_S);
    if (r < 0)
        return r;
    seeks = lseek(work.in, 0, SEEK_CUR) >= 0;
    if (!seeks && errno != ESPIPE)
        return -errno;
    pid = tool_fork(write_records, &work);
    (void)close(work.out); /* so that there is an end of file */
    if (pid < 0)
        return pid;
    if (run->twin && tool_wait(pid) != 0) /* a file ends where it ends now */
        return -EIO;
    if (tool_threads(THREADS, read_records, &work) == 0)
        return -EAGAIN;
    if (!run->twin && tool_wait(pid) != 0)
        return -EIO;
    for (int i = 0; i < RECORDS; i++) {
        lost += work.seen[i] == 0;
        doubled += work.seen[i] > 1;
    }
    claim_note(run, "one can seek", UNIT_YES_NO, seeks);
    claim_note(run, "records written", UNIT_COUNT, RECORDS);
    claim_note(run, "threads that read some", UNIT_COUNT, work.readers);
    claim_note(run, "lost", UNIT_COUNT, lost);
    claim_note(run, "read twice", UNIT_COUNT, doubled);
    claim_note(run, "torn", UNIT_COUNT, work.torn);
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const bool seeks = claim_median(run, "one can seek") > 0;
    const double wrong = claim_median(run, "lost") +
                         claim_median(run, "read twice") +
                         claim_median(run, "torn");

    claim_say(run,
              "To seek is %s. Of %.0f records that four threads read at once, "
              "%.0f are lost, read twice or torn.",
              seeks ? "possible" : "refused (ESPIPE)",
              claim_median(run, "records written"), wrong);
    if (seeks)
        return CLAIM_REFUTED;
    return wrong > 0 ? CLAIM_CONFIRMED : CLAIM_MOSTLY;
}

const struct claim_ops i18_no_seeking_claim = {
    .id = "I18",
    .measure = measure,
    .judge = judge,
};
