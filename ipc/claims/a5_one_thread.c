/* SPDX-License-Identifier: MIT */
/*
 * a5_one_thread.c -- many things at once in one thread
 *
 * Claim       One thread on one processor can have several tasks under way, if
 *             it goes on to another one while one waits.
 * Section     Concurrency vs Parallelism
 * Experiment  eight waits of 10 ms: one after another, and all at once, by one
 *             poll(2) over eight timers, in turns
 * Rule        CONFIRMED if all at once are at least 4 times as fast; REFUTED if
 *             less than 1.5 times; else DEPENDS
 * Twin        each timer is read, which waits, before the next one is started
 * Take away   One thread can wait for hundreds of things. What computes in it
 *             holds up all others.
 * Manual      poll(2), timerfd_create(2)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { WAITS = 8 };

static const uint64_t wait_ns = 10000000;

static int start_timer(void)
{
    const struct itimerspec at = { .it_value.tv_nsec = (long)wait_ns };
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

    if (fd >= 0)
        (void)timerfd_settime(fd, 0, &at, NULL);
    return fd;
}

static void read_timer(int fd)
{
    uint64_t times;

    (void)!read(fd, &times, sizeof(times));
    (void)close(fd);
}

static uint64_t wait_for_each(void)
{
    const uint64_t start = clock_ns();

    for (int i = 0; i < WAITS; i++)
        read_timer(start_timer());
    return clock_ns() - start;
}

static uint64_t wait_for_all(void)
{
    const uint64_t start = clock_ns();
    struct pollfd timers[WAITS];

    for (int i = 0; i < WAITS; i++)
        timers[i] = (struct pollfd){ .fd = start_timer(), .events = POLLIN };
    for (int left = WAITS; left > 0;) {
        (void)poll(timers, WAITS, -1);
        for (int i = 0; i < WAITS; i++)
            if (timers[i].fd >= 0 && timers[i].revents) {
                read_timer(timers[i].fd);
                timers[i].fd = -1;
                left--;
            }
    }
    return clock_ns() - start;
}

static int measure(struct claim_run *run)
{
    const int timer = start_timer();

    if (timer < 0)
        return -errno;
    (void)close(timer);
    for (unsigned round = 0; round < tool_rounds(run); round++) {
        claim_note(run, "one after another", UNIT_NS, (double)wait_for_each());
        claim_note(run, "all at once", UNIT_NS,
                   (double)(run->twin ? wait_for_each() : wait_for_all()));
    }
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times faster =
        claim_times(run, "one after another", "all at once");

    claim_say(run,
              "One thread that waits for eight things at once is %.2f times as "
              "fast (%.2f to %.2f) as one that waits for each.",
              faster.median, faster.low, faster.high);
    if (faster.low >= 4)
        return CLAIM_CONFIRMED;
    return faster.high < 1.5 ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops a5_one_thread_claim = {
    .id = "A5",
    .timed = true,
    .measure = measure,
    .judge = judge,
};
