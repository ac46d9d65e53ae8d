/* SPDX-License-Identifier: MIT */
#include "ipc/faults/lying.h"

#include "ipc/faults/faulty.h"
#include "ipc/faults/lots.h"
#include "ipc/faults/victim.h"

enum { JOBS = 40 };

/* One of its messages is not what it should be: it is noticed, the others are
 * served. */
static void judge(struct victim *v)
{
    const struct exchange_outcome *outcome = &v->page->outcome;
    const struct verdict *verdict = &outcome->verdict;
    struct fault_cell *cell = v->cell;

    cell->runs++;
    cell->refused++;
    cell->jobs += verdict->submitted;
    cell->executions += verdict->completed;
    if (!atomic_load(&v->page->over))
        cell_fail(cell, "the supervisor ended before its time (status %#x)",
                  (unsigned)v->status);
    else if (outcome_good(outcome))
        cell_fail(cell, "a frame that was changed went unnoticed");
    else if (v->page->left[0])
        cell_fail(cell, "%s", v->page->left);
    else if (verdict->completed > JOBS)
        cell_fail(cell, "more jobs were done than there are");
}

static void lie(struct fault_cell *cell, enum fault_kind kind)
{
    struct fault fault = { .kind = kind, .channel = "jobs" };
    struct channel_ops ops;
    struct lots lots;
    struct victim v;

    if (victim_open(&v, cell) < 0)
        return;
    faulty_wrap(v.plan.ops, &ops);
    v.plan.decorator = &ops;
    v.plan.decoration = &fault;
    v.plan.jobs = JOBS;
    v.plan.restarts = 0;
    v.plan.stall_ns = 1000000000;
    lots = lots_of(JOBS, cell->wanted, cell->seed);
    while (cell->verdict == CELL_PASS && lots_draw(&lots, &fault.message)) {
        if (victim_start(&v) < 0)
            break;
        victim_await(&v);
        judge(&v);
        cell->injections++;
    }
    victim_close(&v);
}

static void flip_payload(struct fault_cell *cell)
{
    lie(cell, FAULT_FLIP);
}

static void flip_header(struct fault_cell *cell)
{
    lie(cell, FAULT_FLIP_HEADER);
}

static void cut_short(struct fault_cell *cell)
{
    lie(cell, FAULT_TRUNCATE);
}

static void send_of_another_session(struct fault_cell *cell)
{
    lie(cell, FAULT_SESSION);
}

static void send_garbage(struct fault_cell *cell)
{
    lie(cell, FAULT_GARBAGE);
}

const struct fault_case lying_faults[] = {
    { "F8", "payload", "a bit of a payload changes",
      "the last byte of one frame, each in its turn", false, NULL,
      flip_payload },
    { "F8", "header", "a bit of a header changes",
      "the first byte of one frame, each in its turn", false, NULL,
      flip_header },
    { "F8", "cut", "a frame is cut short", "one byte is missing at its end",
      false, NULL, cut_short },
    { "F15", "session", "a frame of another session",
      "one that is whole, and whose session is not this one", false, NULL,
      send_of_another_session },
    { "F15", "garbage", "a peer sends any bytes",
      "a frame of any bytes before a good one", false, NULL, send_garbage },
    { .id = NULL },
};
