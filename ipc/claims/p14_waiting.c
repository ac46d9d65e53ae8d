/* SPDX-License-Identifier: MIT */
/*
 * p14_waiting.c -- waiting by threads, by processes, and by one thread
 *
 * Claim       Work that mostly waits is for threads: while one waits another
 *             goes on.
 * Section     Threads or processes
 * Experiment  twelve waits of 4 ms: one after another, in a thread each, in a
 *             process each, and in one thread by poll(2); in turns, the quicker
 *             of two tries, with what it takes to create them
 * Rule        REFUTED if threads are not at least twice as fast as one after
 *             another, and DEPENDS if the rounds do not tell; otherwise
 *             CONFIRMED if processes and poll take at least 1.5 times as long
 *             as threads; and MOSTLY if one of these two does as well
 * Twin        one thread waits for one after another where there were threads
 * Take away   What waits needs no processor, so anything that lets the waits
 *             overlap will do: a few threads, or one with poll(2) or epoll(7)
 *             where there are thousands of them.
 * Manual      poll(2), epoll(7), timerfd_create(2), pthreads(7)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { WAITS = 12, WAIT_NS = 4000000, TRIES = 2 };

static void wait_once(void *arg, unsigned index)
{
    (void)arg;
    (void)index;
    tool_sleep(WAIT_NS);
}

/* These do all the waits. */
static bool wait_one_by_one(void)
{
    for (unsigned i = 0; i < WAITS; i++)
        tool_sleep(WAIT_NS);
    return true;
}

static bool wait_in_threads(void)
{
    return tool_threads(WAITS, wait_once, NULL) > 0;
}

static bool wait_in_processes(void)
{
    return tool_processes(WAITS, wait_once, NULL) > 0;
}

static bool wait_by_poll(void)
{
    const struct itimerspec when = { .it_value.tv_nsec = WAIT_NS };
    struct pollfd fds[WAITS];
    unsigned left = WAITS;

    for (unsigned i = 0; i < WAITS; i++) {
        fds[i].events = POLLIN;
        fds[i].fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
        if (fds[i].fd < 0 || timerfd_settime(fds[i].fd, 0, &when, NULL) < 0)
            return false;
    }
    while (left > 0) {
        if (poll(fds, WAITS, -1) < 0 && errno != EINTR)
            return false;
        for (unsigned i = 0; i < WAITS; i++)
            if (fds[i].fd >= 0 && fds[i].revents) {
                (void)close(fds[i].fd);
                fds[i].fd = -1; /* which poll leaves out */
                left--;
            }
    }
    return true;
}

static bool note(struct claim_run *run, const char *name, bool (*wait)(void))
{
    const int tries = wait == wait_one_by_one ? 1 : TRIES; /* it is steady */
    uint64_t best = UINT64_MAX;

    for (int i = 0; i < tries; i++) {
        const uint64_t start = clock_ns();
        uint64_t took;

        if (!wait())
            return false;
        took = clock_ns() - start;
        best = tool_least(best, took);
    }
    claim_note(run, name, UNIT_NS, (double)best);
    return true;
}

static int measure(struct claim_run *run)
{
    bool (*const threads)(void) = run->twin ? wait_one_by_one : wait_in_threads;

    for (unsigned round = 0; round < tool_rounds(run); round++)
        if (!note(run, "one after another", wait_one_by_one) ||
            !note(run, "threads", threads) ||
            !note(run, "processes", wait_in_processes) ||
            !note(run, "one thread with poll", wait_by_poll))
            return -EAGAIN;
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times faster =
        claim_times(run, "one after another", "threads");
    const struct times processes = claim_times(run, "processes", "threads");
    const struct times by_poll =
        claim_times(run, "one thread with poll", "threads");

    claim_say(run,
              "%d waits in threads are %.1f times as fast as one after another "
              "(%.1f to %.1f); in processes they take %.2f times as long as "
              "that, by poll in one thread %.2f times (%.2f to %.2f).",
              WAITS, faster.median, faster.low, faster.high, processes.median,
              by_poll.median, by_poll.low, by_poll.high);
    if (faster.high < 2)
        return CLAIM_REFUTED;
    if (faster.low < 2)
        return CLAIM_DEPENDS;
    return processes.low >= 1.5 && by_poll.low >= 1.5 ? CLAIM_CONFIRMED
                                                      : CLAIM_MOSTLY;
}

const struct claim_ops p14_waiting_claim = {
    .id = "P14",
    .timed = true,
    .measure = measure,
    .judge = judge,
};
