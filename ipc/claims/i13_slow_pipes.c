/* SPDX-License-Identifier: MIT */
/*
 * i13_slow_pipes.c -- how fast a pipe is, by size and room
 *
 * Claim       Pipes are slow, slower than sockets.
 * Section     Interprocess communication: 3. Pipes
 * Experiment  messages of 64 bytes to 1 MiB one way through a pipe of 64 KiB,
 *             through one of 1 MiB, and over a Unix stream, in turns
 * Rule        slower is: surely takes at least 1.25 times as long as the Unix
 *             stream; faster: the stream takes so long. CONFIRMED if the pipe
 *             as it is is slower at every size; REFUTED if at none; otherwise
 *             DEPENDS
 * Twin        all of them are pipes as they are
 * Take away   For short messages a pipe is as fast as the kernel can be. For
 *             long ones give the pipe more room: F_SETPIPE_SZ.
 * Manual      pipe(7), fcntl(2), unix(7)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/pairs.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { SIZES = 4, KINDS = 3, LIMIT_S = 20 };

static const struct size {
    const char *name;
    size_t size;
    unsigned count;
} sizes[SIZES] = {
    { "64 B", 64, 5000 },
    { "4 KiB", 4 << 10, 1000 },
    { "64 KiB", 64 << 10, 100 },
    { "1 MiB", 1 << 20, 10 },
};

static const struct kind {
    const char *name;
    enum pair_kind kind;
} kinds[KINDS] = {
    { "pipe", PAIR_PIPE },
    { "pipe of 1 MiB", PAIR_WIDE_PIPE },
    { "Unix stream", PAIR_UNIX },
};

static const char *name_of(const char *kind, const struct size *size,
                           char name[static CLAIM_NAME_MAX])
{
    (void)snprintf(name, CLAIM_NAME_MAX, "%s, %s", size->name, kind);
    return name;
}

/* All kinds in turns: who comes first changes with the round. */
static int time_size(struct claim_run *run, unsigned round,
                     const struct size *size)
{
    struct pair_trial trial = { .size = size->size,
                                .count = size->count,
                                .apart = !run->brief };
    char name[CLAIM_NAME_MAX];
    struct pair_cost cost;
    int r = 0;

    for (unsigned i = round; r == 0 && i < round + KINDS; i++) {
        const struct kind *kind = &kinds[i % KINDS];

        trial.kind = run->twin ? PAIR_PIPE : kind->kind;
        r = pair_stream(&trial, &cost);
        if (r == 0)
            claim_note(run, name_of(kind->name, size, name), UNIT_NS, cost.ns);
        else if (r == -EPERM && trial.kind == PAIR_WIDE_PIPE)
            r = 0; /* this user may not have more */
    }
    return r;
}

static int measure(struct claim_run *run)
{
    const uint64_t start_ns = clock_ns();
    int r = 0;

    (void)alarm(LIMIT_S);
    for (unsigned round = 0; pair_another_round(round, start_ns); round++)
        for (int i = 0; r == 0 && i < SIZES; i++)
            r = time_size(run, round, &sizes[i]);
    return r;
}

static enum claim_verdict judge(struct claim_run *run)
{
    char pipe[CLAIM_NAME_MAX], stream[CLAIM_NAME_MAX], wide[CLAIM_NAME_MAX];
    struct times times[SIZES], wider;
    unsigned slower = 0, faster = 0;
    char room[40] = "";

    for (int i = 0; i < SIZES; i++) {
        (void)name_of(kinds[0].name, &sizes[i], pipe);
        (void)name_of(kinds[1].name, &sizes[i], wide);
        (void)name_of(kinds[2].name, &sizes[i], stream);
        times[i] = claim_times(run, pipe, stream);
        wider = claim_times(run, wide, stream);
        slower += times[i].low >= 1.25;
        faster += times[i].high <= 0.8;
    }
    if (wider.median > 0) /* this user may have such pipes */
        (void)snprintf(room, sizeof(room), " (with room for 1 MiB %.2f)",
                       wider.median);
    claim_say(run,
              "A pipe takes %.2f times as long as a Unix stream for 64 bytes, "
              "%.2f for 4 KiB, %.2f for 64 KiB and %.2f for 1 MiB%s: slower at "
              "%u of %d sizes, faster at %u.",
              times[0].median, times[1].median, times[2].median,
              times[3].median, room, slower, SIZES, faster);
    if (slower == SIZES)
        return CLAIM_CONFIRMED;
    return slower == 0 ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops i13_slow_pipes_claim = {
    .id = "I13",
    .timed = true,
    .measure = measure,
    .judge = judge,
};
