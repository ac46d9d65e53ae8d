/* SPDX-License-Identifier: MIT */
/*
 * p9_leak.c -- a leak, as seen from outside
 *
 * Claim       A process can run out of memory since it never gives back some of
 *             what it took: a leak.
 * Section     Threads
 * Experiment  a child does eight batches of jobs and forgets 1 MiB of what each
 *             took on the heap; its parent reads after each how much memory the
 *             child holds (Rss)
 * Rule        CONFIRMED if it grows by 512 KiB at least with every batch;
 *             REFUTED if with none; otherwise DEPENDS
 * Twin        each job frees what it took
 * Take away   A leak shows in /proc/PID/smaps_rollup long before memory runs
 *             out: what grows with the work and never falls. AddressSanitizer
 *             tells where it was taken.
 * Manual      malloc(3), proc_pid_smaps(5)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCHES = 8, JOBS = 16, SIZE = 64 << 10 };

static const double enough = 512 << 10;

/* A child that does a batch for each byte of one pipe, and answers each by a
 * byte in the other. */
struct worker {
    bool frees;
    int go[2], done[2];
};

static bool do_job(bool frees)
{
    static char *volatile memory; /* each job forgets that of the one before */

    memory = malloc(SIZE);
    if (!memory)
        return false;
    memset(memory, 1, SIZE);
    if (frees)
        free(memory);
    return true;
}

static int do_batches(void *arg)
{
    const struct worker *worker = arg;
    char byte;

    (void)close(worker->go[1]);
    while (read(worker->go[0], &byte, 1) == 1) {
        for (int i = 0; i < JOBS; i++)
            if (!do_job(worker->frees))
                return EXIT_FAILURE;
        if (write(worker->done[1], &byte, 1) != 1)
            return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

/* Has a batch done; how much the child holds then; 0: it cannot be told. */
static size_t held_after_batch(const struct worker *worker, pid_t pid)
{
    char byte = 0;

    if (write(worker->go[1], &byte, 1) != 1 ||
        read(worker->done[0], &byte, 1) != 1)
        return 0;
    return tool_memory(pid, "Rss");
}

static int measure(struct claim_run *run)
{
    struct worker worker = { .frees = run->twin };
    size_t held;
    pid_t pid;

    if (tool_memory(getpid(), "Rss") == 0)
        return claim_cannot(run, "There is no /proc/PID/smaps_rollup.");
    if (!tool_heap_is_usual())
        return claim_cannot(run, "A sanitizer has a heap of its own.");
    if (pipe(worker.go) < 0 || pipe(worker.done) < 0)
        return -errno;
    pid = tool_fork(do_batches, &worker);
    if (pid < 0)
        return (int)pid;
    (void)close(worker.done[1]);
    held = held_after_batch(&worker, pid); /* so that the heap is there */
    for (int i = 0; i < BATCHES; i++) {
        const size_t before = held;

        held = held_after_batch(&worker, pid);
        if (held == 0)
            return -EIO;
        claim_note(run, "held after a batch", UNIT_BYTES, (double)held);
        claim_note(run, "grown by a batch", UNIT_BYTES,
                   (double)held - (double)before);
    }
    (void)close(worker.go[1]);
    return tool_wait(pid) == 0 ? 0 : -EIO;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double least = claim_least(run, "grown by a batch");
    const double most = claim_most(run, "grown by a batch");

    claim_say(run,
              "Each batch of jobs lets the child grow by %.0f KiB, at least by "
              "%.0f and at most by %.0f, as its parent can see.",
              claim_median(run, "grown by a batch") / 1024, least / 1024,
              most / 1024);
    if (least >= enough)
        return CLAIM_CONFIRMED;
    return most < enough ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops p9_leak_claim = {
    .id = "P9",
    .measure = measure,
    .judge = judge,
};
