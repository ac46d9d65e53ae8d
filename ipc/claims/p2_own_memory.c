/* SPDX-License-Identifier: MIT */
/*
 * p2_own_memory.c -- who sees what another writes to memory
 *
 * Claim       A process has memory of its own, which no other can read or
 *             change.
 * Section     Processes
 * Experiment  sixteen threads, and sixteen child processes, each add one to the
 *             same word on the heap; how many of them the first process sees.
 *             Then it reads and changes a word of a child by a system call
 * Rule        REFUTED if it sees any that processes have added, or not all that
 *             threads have; otherwise MOSTLY if the system call is allowed, and
 *             CONFIRMED if it is not
 * Twin        the word lies in memory that was mapped MAP_SHARED
 * Take away   What processes are to share must be mapped for that; and memory
 *             is no secret from a process of the same user that may trace.
 * Manual      mmap(2), shm_overview(7), process_vm_readv(2), ptrace(2)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ADDERS = 16, BEFORE = 1, SECRET = 42, CHANGED = 43 };

static void add_one(void *arg, unsigned index)
{
    (void)index;
    (void)atomic_fetch_add((_Atomic unsigned *)arg, 1);
}

/* A child with a word of its own, at the address where its parent has one. */
struct secret {
    volatile unsigned word;
    int ready[2], changed[2]; /* pipes: there is a word; another changed it */
};

static int keep_secret(void *arg)
{
    struct secret *secret = arg;
    char byte = 0;

    (void)close(secret->changed[1]);
    secret->word = SECRET;
    if (write(secret->ready[1], &byte, 1) != 1)
        return EXIT_FAILURE;
    if (read(secret->changed[0], &byte, 1) != 1)
        return EXIT_FAILURE;
    return (int)secret->word;
}

/* The child's word: it is read, and then written. */
static void look_into(struct claim_run *run, const struct secret *secret,
                      pid_t pid)
{
    unsigned word = 0;
    struct iovec here = { &word, sizeof(word) };
    struct iovec there = { (void *)&secret->word, sizeof(word) };
    char byte = 0;
    bool seen;

    if (read(secret->ready[0], &byte, 1) != 1)
        return;
    seen = process_vm_readv(pid, &here, 1, &there, 1, 0) ==
               (ssize_t)sizeof(word) &&
           word == SECRET;
    word = CHANGED;
    (void)process_vm_writev(pid, &here, 1, &there, 1, 0);
    (void)!write(secret->changed[1], &byte, 1);
    claim_note(run, "read by process_vm_readv", UNIT_YES_NO, seen);
}

static int trespass(struct claim_run *run)
{
    struct secret secret = { .word = BEFORE };
    int status;
    pid_t pid;

    if (pipe(secret.ready) < 0 || pipe(secret.changed) < 0)
        return -errno;
    pid = tool_fork(keep_secret, &secret);
    if (pid < 0)
        return (int)pid;
    (void)close(secret.ready[1]);
    look_into(run, &secret, pid);
    (void)close(secret.changed[1]);
    status = tool_wait(pid);
    claim_note(run, "changed by process_vm_writev", UNIT_YES_NO,
               WIFEXITED(status) && WEXITSTATUS(status) == CHANGED);
    return secret.word == BEFORE ? 0 : -EIO;
}

static int measure(struct claim_run *run)
{
    _Atomic unsigned *word =
        run->twin ? tool_share(sizeof(*word)) : calloc(1, sizeof(*word));

    if (!word)
        return -ENOMEM;
    if (tool_threads(ADDERS, add_one, (void *)word) == 0)
        return -EAGAIN;
    claim_note(run, "seen of 16 that threads added", UNIT_COUNT, *word);
    *word = 0;
    if (tool_processes(ADDERS, add_one, (void *)word) == 0)
        return -EAGAIN;
    claim_note(run, "seen of 16 that processes added", UNIT_COUNT, *word);
    if (!run->twin)
        free((void *)word);
    return trespass(run);
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double threads = claim_median(run, "seen of 16 that threads added");
    const double processes =
        claim_median(run, "seen of 16 that processes added");
    const bool open = claim_most(run, "read by process_vm_readv") > 0 ||
                      claim_most(run, "changed by process_vm_writev") > 0;

    claim_say(run,
              "Of what 16 threads wrote a process sees %.0f, of what 16 "
              "processes wrote %.0f; a process of the same user %s by a "
              "system call.",
              threads, processes,
              open ? "can read and change its child's memory"
                   : "cannot get at its child's memory");
    if (processes > 0 || threads < ADDERS)
        return CLAIM_REFUTED;
    return open ? CLAIM_MOSTLY : CLAIM_CONFIRMED;
}

const struct claim_ops p2_own_memory_claim = {
    .id = "P2",
    .measure = measure,
    .judge = judge,
};
