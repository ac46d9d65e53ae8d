/* SPDX-License-Identifier: MIT */
/*
 * p1_creation_cost.c -- to create a process, and to create a thread
 *
 * Claim       A process costs more to set up than a thread.
 * Section     Threads or processes
 * Experiment  create a thread and join it; fork a process and wait for it, with
 *             0, 64 and 256 MiB of written memory that it is to get; in turns,
 *             the quickest of three tries (of a thread, of 24)
 * Rule        CONFIRMED if a process with 0 MiB takes at least 1.2 times as
 *             long as a thread, and one with 256 MiB at least twice as long as
 *             that; MOSTLY if only the first is so; REFUTED if the first is
 *             not; DEPENDS if the rounds do not separate these
 * Twin        threads in place of the processes
 * Take away   Fork before memory is filled, or keep it from the child by
 *             MADV_DONTFORK. Where another program is to run, posix_spawn(3)
 *             copies no tables of pages. What is needed often: keep a pool.
 * Manual      fork(2), posix_spawn(3), pthread_create(3), madvise(2)
 */
#include "ipc/claims/creation.h"
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>

enum { TRIES = 3, MIB = 1 << 20, ALL = 256 * MIB };

static const struct claim_plot plot = {
    .title = "the time to create one, over the memory that it gets",
    .x = "written memory that a forked process gets",
    .x_unit = UNIT_BYTES,
    .y = "from its creation until it was waited for",
    .caption = "The creator has written 256 MiB all the time. A forked process "
               "gets so much of it, and a copy of its page tables (madvise "
               "keeps the rest back); a thread shares all of it, and a spawned "
               "program, `true`, gets none.",
};

static void *memory; /* of ALL bytes, each page of it written */

struct kind {
    const char *name;
    uint64_t (*once)(void);
    size_t inherited; /* of that memory, by the child */
};

static const struct kind kinds[] = {
    { "a thread", creation_of_thread, 0 },
    { "a process with 0 MiB", creation_by_fork, 0 },
    { "a process with 64 MiB", creation_by_fork, ALL / 4 },
    { "a process with 256 MiB", creation_by_fork, ALL },
    { "`true`, spawned", creation_by_spawn, 0 },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static uint64_t create(const struct claim_run *run, const struct kind *kind)
{
    (void)madvise(memory, ALL, MADV_DONTFORK);
    (void)madvise(memory, kind->inherited, MADV_DOFORK);
    return run->twin ? creation_of_thread() : kind->once();
}

/* Notes the quickest of each. */
static void create_in_turns(struct claim_run *run, const struct kind *list,
                            int count, double x)
{
    const int tries = run->brief ? 1 : TRIES;
    uint64_t best[KINDS];

    memset(best, 0xff, sizeof(best));
    for (int i = 0; i < tries * count; i++) {
        const uint64_t took = create(run, &list[i % count]);

        best[i % count] = tool_least(best[i % count], took);
    }
    for (int i = 0; i < count; i++)
        if (best[i] < UINT64_MAX)
            claim_note_at(run, list[i].name, UNIT_NS, x, (double)best[i]);
}

static void draw_round(struct claim_run *run)
{
    for (size_t size = MIB; size <= ALL; size *= 4) {
        const struct kind curves[] = {
            { "fork, then wait", creation_by_fork, size },
            { "a thread", creation_of_thread, size },
            { "posix_spawn, then wait", creation_by_spawn, size },
        };

        create_in_turns(run, curves, sizeof(curves) / sizeof(curves[0]),
                        (double)size);
    }
}

static int measure(struct claim_run *run)
{
    memory = tool_fill(ALL);
    if (!memory)
        return -ENOMEM;
    for (unsigned round = 0; round < tool_rounds(run); round++)
        create_in_turns(run, kinds, KINDS, NAN);
    for (unsigned round = 0; round < tool_curve_rounds(run); round++)
        draw_round(run);
    return isnan(claim_median(run, "a process with 256 MiB")) ? -EAGAIN : 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times dearer =
        claim_times(run, "a process with 0 MiB", "a thread");
    const struct times grown =
        claim_times(run, "a process with 256 MiB", "a process with 0 MiB");
    char process[FIGURE_TEXT_MAX], thread[FIGURE_TEXT_MAX];

    claim_say(run,
              "A process takes %s to create and a thread %s, so %.1f times as "
              "long (%.1f to %.1f). A process that gets 256 MiB takes another "
              "%.1f times as long (%.1f to %.1f).",
              claim_value_text(run, "a process with 0 MiB", process),
              claim_value_text(run, "a thread", thread), dearer.median,
              dearer.low, dearer.high, grown.median, grown.low, grown.high);
    if (dearer.low >= 1.2)
        return grown.low >= 2 ? CLAIM_CONFIRMED : CLAIM_MOSTLY;
    return dearer.high < 1.2 ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops p1_creation_cost_claim = {
    .id = "P1",
    .timed = true,
    .measure = measure,
    .judge = judge,
    .plot = &plot,
};
