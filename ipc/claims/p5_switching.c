/* SPDX-License-Identifier: MIT */
/*
 * p5_switching.c -- to switch between threads, and between processes
 *
 * Claim       A processor switches between threads of one process sooner than
 *             between processes.
 * Section     Threads or processes
 * Experiment  two threads, and two processes, hand a byte to and fro over two
 *             pipes, all on one processor; in turns, the quickest of 20 tries
 * Rule        CONFIRMED if processes take at least 1.2 times as long; REFUTED
 *             if less than that; DEPENDS if the rounds do not separate these
 * Twin        those who do better without it (threads, if processes take 1.2
 *             times as long, or else processes) also work on 1 MiB, which the
 *             switch finds in no cache
 * Take away   Choose between threads and processes by what they share. What a
 *             switch costs is the system call, and the memory in use.
 * Manual      sched(7), pipe(7)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <unistd.h>

enum { TRIES = 20, TURNS = 150, TWIN_TURNS = 15, OWN = 1 << 20, LINE = 64 };

static const char of_threads[] = "a switch between threads";
static const char of_processes[] = "a switch between processes";
static const double dearer_times = 1.2;

/* Two hand a byte to each other. Memory of tool_share. */
struct game {
    int there[2], back[2]; /* pipes */
    unsigned turns;
    volatile char *own; /* memory that each also works on, or NULL */
    uint64_t took;      /* 0: it failed */
};

static void work_on(volatile char *own)
{
    for (size_t i = 0; own && i < OWN; i += LINE)
        own[i]++;
}

static bool take_turn(const struct game *game)
{
    char byte = 0;

    work_on(game->own);
    return write(game->there[1], &byte, 1) == 1 &&
           read(game->back[0], &byte, 1) == 1;
}

static bool answer(const struct game *game)
{
    char byte;

    if (read(game->there[0], &byte, 1) != 1)
        return false;
    work_on(game->own);
    return write(game->back[1], &byte, 1) == 1;
}

static void play(void *arg, unsigned index)
{
    struct game *game = arg;
    bool (*const step)(const struct game *game) = index ? answer : take_turn;
    bool good = step(game); /* not timed: the other has to be there */
    const uint64_t start = clock_ns();

    for (unsigned i = 0; i < game->turns && good; i++)
        good = step(game);
    if (index == 0)
        game->took = good ? clock_ns() - start : 0;
}

/* What the threads, and what each process, also work on, or NULL. */
struct load {
    char *threads, *processes;
};

/* One round, the quickest of some tries each; false: it failed. */
static bool play_in_turns(struct claim_run *run, struct game *game,
                          const struct load *load)
{
    uint64_t threads = UINT64_MAX, processes = UINT64_MAX;

    for (int i = 0; i < TRIES; i++) {
        game->own = load->threads;
        if (tool_threads(2, play, game) == 0)
            return false;
        threads = tool_least(threads, game->took);
        game->own = load->processes;
        if (tool_processes(2, play, game) == 0)
            return false;
        processes = tool_least(processes, game->took);
    }
    claim_note(run, of_threads, UNIT_NS, (double)threads / (2.0 * game->turns));
    claim_note(run, of_processes, UNIT_NS,
               (double)processes / (2.0 * game->turns));
    return threads > 0 && processes > 0;
}

/* The twin's: whoever does better without it. */
static int choose_load(struct game *game, struct load *load)
{
    static struct claim_run without;
    char *own = tool_fill(OWN);

    if (!own || !play_in_turns(&without, game, load))
        return own ? -EAGAIN : -ENOMEM;
    if (claim_times(&without, of_processes, of_threads).median >= dearer_times)
        load->threads = own;
    else
        load->processes = own;
    game->turns = TWIN_TURNS;
    return 0;
}

static int measure(struct claim_run *run)
{
    struct game *game = tool_share(sizeof(*game));
    struct load load = { 0 };
    int r = 0;

    if (!game)
        return -ENOMEM;
    if (pipe(game->there) < 0 || pipe(game->back) < 0)
        return -errno;
    game->turns = TURNS;
    (void)tool_pin(0);
    if (run->twin)
        r = choose_load(game, &load);
    for (unsigned round = 0; r == 0 && round < tool_rounds(run); round++)
        r = play_in_turns(run, game, &load) ? 0 : -EAGAIN;
    return r;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times dearer = claim_times(run, of_processes, of_threads);
    char threads[FIGURE_TEXT_MAX], processes[FIGURE_TEXT_MAX];

    claim_say(run,
              "With its system calls a switch between threads takes %s, "
              "between processes %s: %.2f times as long (%.2f to %.2f).",
              claim_value_text(run, of_threads, threads),
              claim_value_text(run, of_processes, processes), dearer.median,
              dearer.low, dearer.high);
    if (dearer.low >= dearer_times)
        return CLAIM_CONFIRMED;
    return dearer.high < dearer_times ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops p5_switching_claim = {
    .id = "P5",
    .timed = true,
    .measure = measure,
    .judge = judge,
};
