/* SPDX-License-Identifier: MIT */
/*
 * i7_unix_or_network.c -- Unix sockets beside network sockets
 *
 * Claim       Unix sockets are much faster than network sockets.
 * Section     Interprocess communication: 4. Sockets
 * Experiment  round trips of 64 bytes, and messages of 64 bytes, 4 KiB and 64
 *             KiB one way, over a Unix stream and over TCP on loopback in
 *             turns; both processes on one processor, and each on its own
 * Rule        faster is: TCP surely takes at least 1.2 times as long; much
 *             faster: 2 times. CONFIRMED if Unix sockets are much faster in
 *             every case, MOSTLY if they are faster in every case, DEPENDS if
 *             they are in some, REFUTED if they are in none
 * Twin        TCP in the place of the Unix stream
 * Take away   On one machine take a Unix socket for what else it gives: nobody
 *             outside reaches it, and the kernel says who is at the other end.
 *             How much faster it is depends on sizes and processors: measure
 *             your own case.
 * Manual      unix(7), tcp(7)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/pairs.h"
#include "ipc/claims/tools.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CASES = 4, POINTS = 5, LIMIT_S = 20 };

static const struct claim_plot plot = {
    .title = "a message there and back, by Unix sockets and by TCP",
    .x = "size of a message",
    .x_unit = UNIT_BYTES,
    .y = "time there and back",
    .caption = "Both processes on one processor, or each on its own, which has "
               "to be woken each time: that may cost more than the message.",
};

static const struct test_case {
    const char *name; /* "": a point of a curve */
    size_t size;
    unsigned count;
    int (*run)(const struct pair_trial *trial, struct pair_cost *ret_cost);
} cases[CASES + POINTS] = {
    { ", 64 B and back", 64, 100, pair_round_trips },
    { ", 64 B one way", 64, 4000, pair_stream },
    { ", 4 KiB one way", 4096, 1000, pair_stream },
    { ", 64 KiB one way", 64 << 10, 100, pair_stream },
    { "", 64, 100, pair_round_trips },
    { "", 1 << 10, 100, pair_round_trips },
    { "", 4 << 10, 100, pair_round_trips },
    { "", 16 << 10, 100, pair_round_trips },
    { "", 64 << 10, 100, pair_round_trips },
};

static const char *label(const char *socket, const struct test_case *what,
                         bool apart, char name[static CLAIM_NAME_MAX])
{
    (void)snprintf(name, CLAIM_NAME_MAX, "%s%s, %s", socket, what->name,
                   apart ? "two processors" : "one processor");
    return name;
}

/* The two in turns: who comes first changes with the round. */
static int time_case(struct claim_run *run, unsigned round,
                     const struct test_case *what, bool apart)
{
    static const char *const names[2] = { "Unix", "TCP" };
    struct pair_trial trial = { PAIR_TCP, what->size, what->count, apart };
    char name[CLAIM_NAME_MAX];
    struct pair_cost cost;
    int r = 0;

    for (unsigned i = round; r == 0 && i < round + 2; i++) {
        trial.kind = i % 2 == 0 && !run->twin ? PAIR_UNIX : PAIR_TCP;
        r = what->run(&trial, &cost);
        if (r == 0)
            claim_note_at(run, label(names[i % 2], what, apart, name), UNIT_NS,
                          what->name[0] ? NAN : (double)what->size, cost.ns);
    }
    return r;
}

static int measure(struct claim_run *run)
{
    const unsigned places = run->brief || tool_processors() < 2 ? 1 : 2;
    const unsigned rounds = tool_rounds(run);
    const uint64_t start_ns = clock_ns();
    int r = 0;

    (void)alarm(LIMIT_S);
    for (unsigned i = 0; i < rounds && pair_another_round(i, start_ns); i++)
        for (unsigned j = 0; r == 0 && j < places * CASES; j++)
            r = time_case(run, i, &cases[j % CASES], j >= CASES);
    for (unsigned i = 0; i < tool_curve_rounds(run); i++)
        for (unsigned j = 0; r == 0 && j < places * POINTS; j++)
            r = time_case(run, i, &cases[CASES + j % POINTS], j >= POINTS);
    return r;
}

/* The cases in which Unix sockets are faster, and what TCP took. */
struct tally {
    unsigned all, faster, much;
    double least, most;
    char least_at[CLAIM_NAME_MAX], most_at[CLAIM_NAME_MAX];
};

static struct tally count_cases(const struct claim_run *run)
{
    struct tally tally = { .least = 1e9 };
    char tcp[CLAIM_NAME_MAX], local[CLAIM_NAME_MAX];

    for (unsigned i = 0; i < 2 * CASES; i++) {
        const struct times times =
            claim_times(run, label("TCP", &cases[i % CASES], i >= CASES, tcp),
                        label("Unix", &cases[i % CASES], i >= CASES, local));

        if (!(times.median > 0)) /* there is one processor only */
            continue;
        tally.all++;
        tally.faster += times.low >= 1.2;
        tally.much += times.low >= 2;
        if (times.median < tally.least) {
            tally.least = times.median;
            (void)strcpy(tally.least_at, tcp + strlen("TCP, "));
        }
        if (times.median > tally.most) {
            tally.most = times.median;
            (void)strcpy(tally.most_at, tcp + strlen("TCP, "));
        }
    }
    return tally;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct tally tally = count_cases(run);

    claim_say(run,
              "A Unix stream is faster than TCP in %u of %u cases, much faster "
              "in %u. TCP takes from %.2f times as long (%s) to %.2f times "
              "(%s).",
              tally.faster, tally.all, tally.much, tally.least, tally.least_at,
              tally.most, tally.most_at);
    if (tally.much == tally.all)
        return CLAIM_CONFIRMED;
    if (tally.faster == tally.all)
        return CLAIM_MOSTLY;
    return tally.faster > 0 ? CLAIM_DEPENDS : CLAIM_REFUTED;
}

const struct claim_ops i7_unix_or_network_claim = {
    .id = "I7",
    .timed = true,
    .measure = measure,
    .judge = judge,
    .plot = &plot,
};
