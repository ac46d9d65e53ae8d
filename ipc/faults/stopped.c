/* SPDX-License-Identifier: MIT */
#include "ipc/faults/stopped.h"

#include "ipc/faults/victim.h"
#include "shared/base/fd.h"

#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    JOBS = 400,
    LEASE_JOBS = 100,
    SHORT_MS = 20,  /* a stop that nobody need notice */
    LEASE_MS = 150, /* then a silent worker is replaced */
    LONG_MS = 400,  /* a stop that is longer */
    STORM_US = 500, /* between a stop and its end */
    BETWEEN_MS = 3,
    LINE_MAX_HERE = 256,
};

static void pause_us(long us)
{
    const struct timespec pause = { us / 1000000, us % 1000000 * 1000 };

    (void)nanosleep(&pause, NULL);
}

/* The parent's pid stands fourth in proc_pid_stat(5), behind a name that holds
 * no blank: "consumer". */
static bool is_child_of(pid_t pid, pid_t parent)
{
    char path[64];
    FILE *file;
    int found = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    file = fopen(path, "re");
    if (file && fscanf(file, "%*d %*s %*c %d", &found) != 1)
        found = 0;
    if (file)
        (void)fclose(file);
    return found == parent;
}

/* A pidfd of the worker, closed with fd_close; 0: there is none now. */
static int find_worker(const struct victim *v, enum worker_role role)
{
    const pid_t pid = victim_worker(v, role);
    int fd;

    if (pid == 0)
        return 0;
    fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd > 0 && !is_child_of(pid, v->pid))
        fd_close(&fd);
    return fd > 0 ? fd : 0;
}

static bool send_signal(int pidfd, int number)
{
    return syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) == 0;
}

/* Stops it once, for so long. */
static bool stop_once(const struct victim *v, enum worker_role role, long us)
{
    int fd = find_worker(v, role);
    bool stopped;

    if (fd == 0)
        return false;
    stopped = send_signal(fd, SIGSTOP);
    pause_us(us);
    (void)send_signal(fd, SIGCONT);
    fd_close(&fd);
    return stopped;
}

struct stops {
    long stop_us;
    long between_us;
    bool both;
    unsigned lease_ms; /* 0: the usual one */
};

static void stop_in_turns(struct victim *v, const struct stops *stops)
{
    uint64_t count = 0;
    bool producer;

    while (!victim_ended(v)) {
        producer = stops->both && count % 2 == 1;
        if (atomic_load(&v->page->settled) > 0 &&
            stop_once(v, producer ? WORKER_PRODUCER : WORKER_CONSUMER,
                      stops->stop_us))
            count++;
        pause_us(stops->between_us);
        if (clock_ns() > v->limit_ns) {
            victim_await(v);
            break;
        }
    }
    v->cell->injections += count;
}

static void stop_often(struct fault_cell *cell, const struct stops *stops)
{
    struct victim v;

    if (victim_open(&v, cell) < 0)
        return;
    v.plan.jobs = JOBS;
    v.plan.slow_pause_ns = 100000;
    victim_look_often(&v);
    if (stops->lease_ms > 0) {
        v.plan.stall_ns = stops->lease_ms * UINT64_C(1000000);
        v.plan.jobs = LEASE_JOBS;
    }
    while (cell->verdict == CELL_PASS && cell->injections < cell->wanted) {
        if (victim_start(&v) < 0)
            break;
        stop_in_turns(&v, stops);
        victim_judge(&v, DEMAND_GOOD);
    }
    victim_close(&v);
}

static void stop_for_a_moment(struct fault_cell *cell)
{
    stop_often(cell, &(struct stops){ .stop_us = SHORT_MS * 1000,
                                      .between_us = BETWEEN_MS * 1000 });
}

static void stop_past_lease(struct fault_cell *cell)
{
    stop_often(cell, &(struct stops){ .stop_us = LONG_MS * 1000,
                                      .between_us = BETWEEN_MS * 1000,
                                      .lease_ms = LEASE_MS });
}

static void stop_both_often(struct fault_cell *cell)
{
    stop_often(cell, &(struct stops){ .stop_us = STORM_US,
                                      .between_us = STORM_US,
                                      .both = true });
}

const struct fault_case stopped_faults[] = {
    { "F6", "moments", "the consumer is slow",
      "SIGSTOP for 20 ms, again and again: what is sent waits", false, NULL,
      stop_for_a_moment },
    { "F6", "lease", "the consumer is stopped for too long",
      "SIGSTOP for 400 ms where 150 are allowed: it is replaced, and what it "
      "does afterwards changes nothing",
      false, NULL, stop_past_lease },
    { "F13", "stops", "both are stopped and go on",
      "SIGSTOP and SIGCONT every half millisecond: calls are interrupted",
      false, NULL, stop_both_often },
    { .id = NULL },
};
