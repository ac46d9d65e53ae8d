/* SPDX-License-Identifier: MIT */
#include "ipc/faults/killed.h"
#include "ipc/faults/victim.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    SPREAD_MS = 6,
    PAUSE_NS = 100000,   /* of the consumer over a job: so that a few hundred */
    JOBS_OF_A_KILL = 40, /* jobs last for a few kills */
    KILLS_OF_A_RUN = 40, /* in less time than an exchange may take */
    JOBS_OF_A_RUN = 200,
};

/* One run of so many jobs as may take that many kills; and so on. */
static void kill_among(struct fault_cell *cell, enum kill_whom whom, int signal,
                       unsigned pairs)
{
    struct victim v;
    uint64_t missing;

    if (victim_open(&v, cell) < 0)
        return;
    v.plan.producers = v.plan.consumers = pairs;
    v.plan.slow_pause_ns = v.plan.pause_ns = PAUSE_NS;
    v.plan.kills.after_ns = 1;
    v.plan.kills.spread_ns = SPREAD_MS * UINT64_C(1000000);
    v.plan.kills.whom = whom;
    v.plan.kills.signal = signal;
    while ((missing = cell_missing(cell)) > 0) {
        v.plan.jobs = JOBS_OF_A_KILL *
                      (missing < KILLS_OF_A_RUN ? missing : KILLS_OF_A_RUN);
        v.plan.kills.seed = cell->seed + cell->runs;
        victim_run(&v, DEMAND_GOOD);
        cell->injections += v.page->outcome.kills;
    }
    victim_close(&v);
}

static void kill_often(struct fault_cell *cell, enum kill_whom whom, int signal)
{
    kill_among(cell, whom, signal, 1);
}

static void kill_producer(struct fault_cell *cell)
{
    kill_often(cell, KILL_PRODUCERS, SIGKILL);
}

static void kill_consumer(struct fault_cell *cell)
{
    kill_often(cell, KILL_CONSUMERS, SIGKILL);
}

static void kill_everybody(struct fault_cell *cell)
{
    kill_often(cell, KILL_ALL, SIGKILL);
}

/* F10: two of each, who share the work where they can. */
static void kill_one_of_four(struct fault_cell *cell)
{
    kill_among(cell, KILL_ONE, SIGKILL, 2);
}

static void end_consumer(struct fault_cell *cell)
{
    kill_often(cell, KILL_CONSUMERS, SIGTERM);
}

/* F5: the supervisor dies after the first progress, and all with it. False: it
 * had ended, and removed its directory. */
static bool kill_run(struct victim *v)
{
    if (!victim_await_progress(v))
        return false;
    (void)kill(v->pid, SIGKILL);
    victim_await(v);
    return access(v->page->place, F_OK) == 0;
}

/* Another supervisor goes on with the journal. */
static void resume_run(struct victim *v)
{
    char place[PATH_MAX];

    (void)snprintf(place, sizeof(place), "%s", v->page->place);
    v->plan.resume = place;
    victim_run(v, DEMAND_GOOD);
    v->plan.resume = NULL;
}

static void kill_and_resume(struct fault_cell *cell)
{
    struct victim v;

    if (victim_open(&v, cell) < 0)
        return;
    v.plan.jobs = JOBS_OF_A_RUN;
    v.plan.slow_pause_ns = PAUSE_NS;
    victim_look_often(&v);
    while (cell->verdict == CELL_PASS && cell->injections < cell->wanted) {
        if (victim_start(&v) < 0)
            break;
        if (!kill_run(&v))
            continue;
        cell->injections++;
        resume_run(&v);
    }
    victim_close(&v);
}

static const char random_kill[] =
    "SIGKILL, up to 6 ms after the first progress of each generation";

const struct fault_case killed_faults[] = {
    {
        .id = "F1",
        .level = "random",
        .title = "the producer is killed",
        .done = random_kill,
        .inject = kill_producer,
    },
    {
        .id = "F2",
        .level = "random",
        .title = "the consumer is killed",
        .done = random_kill,
        .inject = kill_consumer,
    },
    {
        .id = "F3",
        .level = "random",
        .title = "all are killed at once",
        .done = "SIGKILL to both sides and to a server between them",
        .inject = kill_everybody,
    },
    {
        .id = "F4",
        .level = "random",
        .title = "the consumer is asked to end",
        .done = "SIGTERM, up to 6 ms after the first progress of each "
                "generation",
        .inject = end_consumer,
    },
    {
        .id = "F5",
        .level = "random",
        .title = "the supervisor is killed",
        .done = "SIGKILL after the first progress; another one goes on with "
                "the journal",
        .inject = kill_and_resume,
    },
    {
        .id = "F10",
        .level = "random",
        .title = "one of two producers and two consumers is killed",
        .done = random_kill,
        .inject = kill_one_of_four,
    },
    { .id = NULL },
};
