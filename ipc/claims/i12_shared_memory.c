/* SPDX-License-Identifier: MIT */
/*
 * i12_shared_memory.c -- messages through shared memory, by how one waits
 *
 * Claim       Shared memory is the fastest way from process to process.
 * Section     Interprocess communication
 * Experiment  round trips of 64 bytes between two processors: through memory
 *             where who waits spins, through memory where it sleeps on a futex,
 *             and through two pipes, in turns
 * Rule        faster is: the pipes surely take at least 1.5 times as long.
 *             CONFIRMED if both kinds of memory are; DEPENDS if only one is;
 *             REFUTED if neither is
 * Twin        both sleep on a futex
 * Take away   What takes long is to wake a sleeper, and memory wakes nobody. To
 *             spin saves that, at the price of a whole processor for each who
 *             waits.
 * Manual      shm_overview(7), futex(2), pipe(7)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/pairs.h"
#include "ipc/claims/tools.h"

#include <stdio.h>
#include <unistd.h>

enum { KINDS = 3, LIMIT_S = 20 };

static const struct kind {
    const char *name;
    enum pair_kind kind;
    unsigned count;
} kinds[KINDS] = {
    { "memory, spinning", PAIR_SPIN, 10000 },
    { "memory, sleeping", PAIR_FUTEX, 300 },
    { "pipes", PAIR_PIPE, 300 },
};

static int time_kind(struct claim_run *run, const struct kind *kind)
{
    const struct kind *done = run->twin && kind == kinds ? kind + 1 : kind;
    const struct pair_trial trial = {
        .kind = done->kind, .size = 64, .count = done->count, .apart = true
    };
    char name[CLAIM_NAME_MAX];
    struct pair_cost cost;
    const int r = pair_round_trips(&trial, &cost);

    if (r < 0)
        return r;
    claim_note(run, kind->name, UNIT_NS, cost.ns);
    (void)snprintf(name, sizeof(name), "%s, CPU time", kind->name);
    claim_note(run, name, UNIT_NS, cost.cpu_ns);
    return 0;
}

static int measure(struct claim_run *run)
{
    const uint64_t start_ns = clock_ns();
    int r = 0;

    if (tool_processors() < 2)
        return claim_cannot(run, "There is only one processor here: who spins "
                                 "keeps it from the other.");
    (void)alarm(LIMIT_S);
    for (unsigned round = 0; pair_another_round(round, start_ns); round++)
        for (unsigned i = 0; r == 0 && i < KINDS; i++)
            r = time_kind(run, &kinds[(round + i) % KINDS]);
    return r;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times spin = claim_times(run, "pipes", "memory, spinning");
    const struct times sleep = claim_times(run, "pipes", "memory, sleeping");
    const int faster = (spin.low >= 1.5) + (sleep.low >= 1.5);
    char texts[KINDS][FIGURE_TEXT_MAX];

    claim_say(run,
              "A round trip through memory takes %s if one spins, %s if one "
              "sleeps; through pipes %s, which is %.1f times and %.2f times "
              "(%.2f to %.2f) as long.",
              claim_value_text(run, "memory, spinning", texts[0]),
              claim_value_text(run, "memory, sleeping", texts[1]),
              claim_value_text(run, "pipes", texts[2]), spin.median,
              sleep.median, sleep.low, sleep.high);
    if (faster == 2)
        return CLAIM_CONFIRMED;
    return faster == 1 ? CLAIM_DEPENDS : CLAIM_REFUTED;
}

const struct claim_ops i12_shared_memory_claim = {
    .id = "I12",
    .timed = true,
    .measure = measure,
    .judge = judge,
};
