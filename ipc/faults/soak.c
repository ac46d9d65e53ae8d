/* SPDX-License-Identifier: MIT */
#include "ipc/faults/soak.h"

#include "ipc/faults/aged.h"
#include "ipc/faults/lots.h"
#include "ipc/faults/victim_worker.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
    LOOK_US = 1000,
    PAUSE_NS = 100000,                     /* of a consumer over a job */
    JOBS_A_SECOND = 1000000000 / PAUSE_NS, /* at most */
    MOMENT_US = 20000,                     /* a stop that nobody need notice */
    LEASE_MS = 1000,   /* then a silent worker is replaced */
    LONG_US = 1500000, /* a stop that is longer */
    STORM_STOPS = 100,
    STORM_US = 500,
    BETWEEN_S = 1, /* two faults, at least, and at most */
    BETWEEN_MOST = 5,
    BETWEENS = 20, /* where the time is short, more faults come into it */
};

struct soak {
    struct victim v;
    struct fault_cell *cell;
    struct channel_ops aged;
    char place[PATH_MAX]; /* of the run whose supervisor was killed */
    uint64_t end_ns;
    uint64_t draws;
};

static uint64_t draw(struct soak *s, uint64_t below)
{
    return lots_number(s->cell->seed, s->draws++) % below;
}

/* ------------------------------------------------------------ the faults */

static enum worker_role draw_role(struct soak *s)
{
    return draw(s, 2) == 0 ? WORKER_PRODUCER : WORKER_CONSUMER;
}

static bool still_waits(struct soak *s)
{
    if (victim_ended(&s->v))
        return false;
    victim_pause_us(LOOK_US);
    if (clock_ns() < s->v.limit_ns)
        return true;
    cell_fail(s->cell, "it does not go on after a death");
    return false;
}

static bool await_more_than(struct soak *s, const _Atomic uint64_t *number,
                            uint64_t known)
{
    while (atomic_load(number) <= known)
        if (!still_waits(s))
            return false;
    return true;
}

/* From a death on, until a job is settled by those who come after. */
static void note_recovery(struct soak *s, uint64_t killed_ns)
{
    const _Atomic uint64_t *settled = &s->v.page->settled;

    if (await_more_than(s, settled, atomic_load(settled)))
        histogram_record(&s->cell->recovery, clock_ns() - killed_ns);
}

static bool kill_by(struct soak *s, int number, bool all)
{
    const _Atomic uint64_t *restarts = &s->v.page->restarts;
    const uint64_t before = atomic_load(restarts), killed_ns = clock_ns();
    const bool sent = all ? victim_signal_all(&s->v, number)
                          : victim_signal(&s->v, draw_role(s), number);

    if (sent && await_more_than(s, restarts, before))
        note_recovery(s, killed_ns);
    return sent;
}

static bool kill_worker(struct soak *s)
{
    return kill_by(s, SIGKILL, false);
}

static bool end_worker(struct soak *s)
{
    return kill_by(s, SIGTERM, false);
}

static bool kill_everybody(struct soak *s)
{
    return kill_by(s, SIGKILL, true);
}

static void start(struct soak *s, uint64_t now_ns)
{
    s->v.plan.budget_ns = s->end_ns - now_ns;
    if (victim_start(&s->v) == 0)
        s->v.limit_ns += s->v.plan.budget_ns;
}

/* Another supervisor goes on with the journal, for the time that is left. */
static bool kill_supervisor(struct soak *s)
{
    const uint64_t killed_ns = clock_ns();

    if (killed_ns >= s->end_ns)
        return false;
    (void)kill(s->v.pid, SIGKILL);
    victim_await(&s->v);
    memcpy(s->place, s->v.page->place, sizeof(s->place));
    if (access(s->place, F_OK) < 0)
        return false; /* it had ended */
    s->v.plan.resume = s->place;
    start(s, killed_ns);
    note_recovery(s, killed_ns);
    return true;
}

static bool stop_for_a_moment(struct soak *s)
{
    return victim_stop(&s->v, draw_role(s), MOMENT_US);
}

static bool stop_past_lease(struct soak *s)
{
    return victim_stop(&s->v, draw_role(s), LONG_US);
}

static bool stop_often(struct soak *s)
{
    bool stopped = false;

    for (unsigned i = 0; i < STORM_STOPS; i++) {
        stopped |= victim_stop(&s->v, draw_role(s), STORM_US);
        victim_pause_us(STORM_US);
    }
    return stopped;
}

static bool (*const faults[])(struct soak *) = {
    kill_worker,     kill_worker,       end_worker,      kill_everybody,
    kill_supervisor, stop_for_a_moment, stop_past_lease, stop_often,
};

enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };

/* ------------------------------------------------------------ the exchange */

static void plan_exchange(struct soak *s)
{
    struct exchange_plan *plan = &s->v.plan;
    const uint64_t seconds = s->cell->soak_ns / 1000000000 + 1;

    plan->producers = plan->consumers = 1 + (unsigned)draw(s, 2);
    plan->pause_ns = plan->slow_pause_ns = PAUSE_NS;
    plan->jobs = seconds * JOBS_A_SECOND * plan->producers;
    plan->stall_ns = LEASE_MS * UINT64_C(1000000);
    aged_wrap(plan->ops, &s->aged);
    plan->decorator = &s->aged;
    victim_look_often(&s->v);
}

/* Until the next fault; false: there is no more time for one. */
static bool await_next(struct soak *s)
{
    const uint64_t second_ns = BETWEEN_S * UINT64_C(1000000000);
    const uint64_t part_ns = s->cell->soak_ns / BETWEENS;
    const uint64_t least_ns = part_ns < second_ns ? part_ns : second_ns;
    const uint64_t next_ns =
        clock_ns() + least_ns + draw(s, (BETWEEN_MOST - 1) * least_ns);

    while (clock_ns() < next_ns && clock_ns() < s->end_ns) {
        if (victim_ended(&s->v))
            return false;
        victim_pause_us(LOOK_US);
    }
    return clock_ns() < s->end_ns;
}

static void soak(struct fault_cell *cell)
{
    struct soak s = { .cell = cell };

    if (victim_open(&s.v, cell) < 0)
        return;
    plan_exchange(&s);
    s.end_ns = clock_ns() + cell->soak_ns;
    start(&s, clock_ns());
    while (cell->verdict == CELL_PASS && await_next(&s))
        cell->injections += faults[draw(&s, FAULTS)](&s);
    victim_await(&s.v);
    victim_judge(&s.v, DEMAND_GOOD);
    victim_close(&s.v);
}

const struct fault_case soak_fault = {
    .id = "soak",
    .level = "any",
    .title = "any fault, one upon another",
    .done = "SIGKILL to one, all or the supervisor, SIGTERM, stops below and "
            "past the lease, every 1 to 5 seconds; counters begin near 2^32",
    .inject = soak,
};
