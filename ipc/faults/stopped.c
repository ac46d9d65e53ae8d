/* SPDX-License-Identifier: MIT */
#include "ipc/faults/stopped.h"

#include "ipc/faults/victim_worker.h"

enum {
    JOBS = 400,
    LEASE_JOBS = 100,
    SHORT_MS = 20,  /* a stop that nobody need notice */
    LEASE_MS = 150, /* then a silent worker is replaced */
    LONG_MS = 400,  /* a stop that is longer */
    STORM_US = 500, /* between a stop and its end */
    BETWEEN_MS = 3,
};

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
            victim_stop(v, producer ? WORKER_PRODUCER : WORKER_CONSUMER,
                        stops->stop_us))
            count++;
        victim_pause_us(stops->between_us);
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
