/* SPDX-License-Identifier: MIT */
/*
 * i1_shared_file.c -- data that several processes share in a JSON file
 *
 * Claim       Processes can communicate through a JSON file in /tmp.
 * Section     Interprocess communication: 1. Files
 * Experiment  four processes increment a number in such a file: they write it
 *             in place; they rename a new one into its place; and they do that
 *             under flock(2). Counted are the increments that are lost, and the
 *             reads that found no JSON
 * Rule        CONFIRMED if nothing is lost; DEPENDS if something is, but
 *             nothing under the lock; REFUTED if there, too
 * Twin        only under the lock
 * Take away   Who reads, changes and writes a file needs a lock around all
 *             three. A rename alone saves readers from half a file, and loses
 *             as many changes.
 * Manual      flock(2), rename(2)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

enum { PROCESSES = 4, TIMES = 250, BRIEF_TIMES = 100, WAYS = 3 };

static const uint64_t limit_ns = 400000000; /* of a way, on a busy machine */

static const char path[] = "node.shared.json";

static const struct way {
    const char *name;
    bool rename, lock;
} ways[WAYS] = {
    { "written in place", false, false },
    { "renamed", true, false },
    { "renamed, locked", true, true },
};

/* What all processes see. */
struct work {
    const struct way *way;
    unsigned times;
    uint64_t end_ns;
    _Atomic unsigned tried, unreadable;
};

/* The number in the file; -1: there is no JSON in it. */
static json_int_t load(void)
{
    json_t *object = json_load_file(path, 0, NULL);
    const json_int_t number =
        object ? json_integer_value(json_object_get(object, "number")) : -1;

    json_decref(object);
    return number;
}

static int store(json_int_t number, bool by_rename)
{
    json_t *object = json_pack("{s:I}", "number", number);
    char other[32];
    int r;

    (void)snprintf(other, sizeof(other), "new.%d", getpid());
    r = json_dump_file(object, by_rename ? other : path, 0);
    if (r == 0 && by_rename)
        r = rename(other, path);
    json_decref(object);
    return r < 0 ? -EIO : 0;
}

static void increment(void *arg, unsigned index)
{
    struct work *work = arg;
    const int lock = open("lock", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    json_int_t number;

    (void)index;
    for (unsigned i = 0; i < work->times && clock_ns() < work->end_ns; i++) {
        if (work->way->lock)
            (void)flock(lock, LOCK_EX);
        work->tried++;
        number = load();
        (void)sched_yield(); /* where something is done with it */
        if (number < 0)
            work->unreadable++;
        else
            (void)store(number + 1, work->way->rename);
        if (work->way->lock)
            (void)flock(lock, LOCK_UN);
    }
    (void)close(lock);
}

static int try_way(struct claim_run *run, const struct way *way,
                   struct work *work)
{
    char name[CLAIM_NAME_MAX];
    json_int_t number;
    double lost;

    *work = (struct work){ .way = way,
                           .times = run->brief ? BRIEF_TIMES : TIMES,
                           .end_ns = clock_ns() + limit_ns };
    if (store(0, false) < 0)
        return -EIO;
    if (tool_processes(PROCESSES, increment, work) == 0)
        return -EAGAIN;
    number = load();
    lost = 1 - (double)(number < 0 ? 0 : number) / work->tried;
    (void)snprintf(name, sizeof(name), "lost, %s", way->name);
    claim_note(run, name, UNIT_SHARE, lost);
    claim_note(run, way->lock ? "lost with the lock" : "lost without a lock",
               UNIT_SHARE, lost);
    (void)snprintf(name, sizeof(name), "reads without JSON, %s", way->name);
    claim_note(run, name, UNIT_COUNT, work->unreadable);
    return 0;
}

static int measure(struct claim_run *run)
{
    struct work *work = tool_share(sizeof(*work));
    int r = work ? 0 : -ENOMEM;

    for (int i = 0; r == 0 && i < WAYS; i++)
        if (ways[i].lock || !run->twin)
            r = try_way(run, &ways[i], work);
    return r;
}

static enum claim_verdict judge(struct claim_run *run)
{
    char texts[3][FIGURE_TEXT_MAX];
    const bool safe = claim_most(run, "lost with the lock") <= 0;

    if (safe && !(claim_most(run, "lost without a lock") > 0)) {
        claim_say(run, "No increment is lost.");
        return CLAIM_CONFIRMED;
    }
    claim_say(run,
              "Of the increments %s are lost if the file is written in place, "
              "%s if a new one is renamed into its place, %s if that is done "
              "under a lock.",
              claim_value_text(run, "lost, written in place", texts[0]),
              claim_value_text(run, "lost, renamed", texts[1]),
              claim_value_text(run, "lost, renamed, locked", texts[2]));
    return safe ? CLAIM_DEPENDS : CLAIM_REFUTED;
}

const struct claim_ops i1_shared_file_claim = {
    .id = "I1",
    .measure = measure,
    .judge = judge,
};
