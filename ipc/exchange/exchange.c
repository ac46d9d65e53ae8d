/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/exchange.h"

#include "ipc/exchange/blame.h"
#include "ipc/exchange/generation.h"
#include "ipc/exchange/history.h"
#include "ipc/exchange/rundir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAUSE_MS = 10, PAUSES_MAX = 6 };

/* One exchange, with all its generations. */
struct exchange {
    const struct exchange_plan *plan;
    struct supervisor *supervisor;
    struct exchange_outcome *outcome;
    struct history history;
    struct seen *done[CHANNELS_MAX]; /* owned; by earlier generations */
};

/* Whether there may be more than one generation. */
static bool has_history(const struct exchange *e)
{
    return (e->plan->restarts > 0 || e->plan->resume) && e->plan->ops;
}

/* What counts as done has to have been done, whatever was answered. */
static uint64_t count_never_done(const struct exchange *e)
{
    uint64_t done = e->history.resumed;

    for (unsigned p = 0; p < e->plan->producers; p++)
        done += seen_count(e->done[p]);
    return e->outcome->verdict.completed > done
               ? e->outcome->verdict.completed - done
               : 0;
}

/* Of a generation that may not have `begun`. */
static void collect(struct exchange *e, const struct generation *g, bool begun)
{
    struct exchange_outcome *outcome = e->outcome;

    history_collect(&e->history, e->supervisor, e->plan,
                    begun ? generation_again(g) : 0, outcome);
    if (outcome->verdict.completed > 0)
        outcome->broker_cpu_ns =
            (double)g->broker_ns / (double)outcome->verdict.completed;
    if (!e->history.so_far)
        return;
    if (begun)
        outcome->verdict.redundant += generation_join(g, e->done);
    outcome->verdict.lost += count_never_done(e);
}

/*
 * After a death always, as long as it gets on now and then. Who failed without
 * dying, and has done nothing before, would fail again: there is no room, or
 * the place is taken.
 */
static bool may_go_on(const struct exchange *e, int started)
{
    if (e->plan->restarts == 0 || !e->plan->ops || e->supervisor->signal ||
        !e->outcome->failure[0] || e->history.idle >= e->plan->restarts)
        return false;
    if (started < 0)
        return e->history.ledger.generation > 0;
    return history_moved(&e->history) || e->supervisor->stalled ||
           blame_is_death(&e->supervisor->roster);
}

static void tell(const struct exchange *e)
{
    const struct restart restart = {
        .number = e->history.ledger.generation,
        .why = e->outcome->failure,
        .settled = ledger_settled(&e->history.ledger),
        .again = history_again(&e->history),
    };

    if (e->plan->tell_restart)
        e->plan->tell_restart(e->plan->progress_arg, &restart);
}

/* What a generation leaves to the next one: 0, or why there is none. */
static int hand_on(struct exchange *e, const struct generation *g)
{
    struct history *h = &e->history;
    const bool first = !h->so_far;
    int r;

    r = history_keep(h, e->outcome);
    if (r < 0)
        return r;
    if (first)
        (void)generation_join(g, e->done);
    blame_deaths(&e->supervisor->roster, e->plan, e->supervisor->stalled,
                 &h->ledger, &h->so_far->results[WORKER_PRODUCER]);
    history_next(h);
    return 0;
}

/* One that could not begin leaves nothing. */
static int pass_on(struct exchange *e)
{
    e->history.so_far->verdict.restarts = ++e->history.ledger.generation;
    e->history.idle++;
    return 0;
}

static void say_idle(struct exchange *e)
{
    char why[CAUSE_TEXT_MAX];

    if (e->history.idle < e->plan->restarts || !e->outcome->failure[0] ||
        e->supervisor->signal || e->plan->restarts == 0)
        return;
    memcpy(why, e->outcome->failure, sizeof(why));
    (void)snprintf(e->outcome->failure, CAUSE_TEXT_MAX,
                   "gave up after %u restarts without progress: %.400s",
                   e->history.idle, why);
}

/* Runs one; whether there is another one to be run. */
static bool run_one(struct exchange *e, const char *dir)
{
    struct leftover left;
    struct generation g;
    bool go_on;
    int r;

    *e->outcome = (struct exchange_outcome){ 0 };
    r = generation_run(&g, dir, e->plan,
                       has_history(e) ? &e->history.ledger : NULL,
                       e->supervisor, e->outcome);
    collect(e, &g, r == 0);
    go_on = may_go_on(e, r) && (r < 0 ? pass_on(e) : hand_on(e, &g)) == 0;
    generation_close(&g);
    if (!go_on)
        return false;
    tell(e);
    /* What the dead were about to remove. */
    r = leftovers_sweep(dir, false, &left);
    if (r == 0)
        r = supervisor_renew(e->supervisor);
    return r == 0;
}

/* Later and later, where it does not get on. */
static void pause_between(struct exchange *e)
{
    const unsigned idle = e->history.idle;

    if (idle > 0)
        supervisor_pause(e->supervisor,
                         (unsigned)PAUSE_MS
                             << (idle < PAUSES_MAX ? idle : PAUSES_MAX));
}

static int open_past(struct exchange *e, const char *dir)
{
    const struct account *account = e->history.ledger.account;
    int r;

    r = history_open(&e->history, e->plan, dir, e->plan->resume != NULL);
    for (unsigned p = 0; r == 0 && p < e->plan->producers; p++) {
        e->done[p] = seen_open(account[p].settled->ids);
        if (!e->done[p])
            r = -ENOMEM;
    }
    if (r == 0)
        history_watch(&e->history, e->supervisor);
    return r;
}

static void close_past(struct exchange *e)
{
    e->supervisor->ledger = NULL;
    e->supervisor->tick = NULL;
    history_close(&e->history);
    for (unsigned p = 0; p < e->plan->producers; p++)
        seen_close(e->done[p]);
}

/* Negative when it could not go on with another run. */
static int run_in(const char *dir, const struct exchange_plan *plan,
                  struct supervisor *s, struct exchange_outcome *outcome)
{
    struct exchange e = { .plan = plan, .supervisor = s, .outcome = outcome };
    int r = 0;

    kills_open(&s->kills, &plan->kills, generation_session());
    if (has_history(&e))
        r = open_past(&e, dir);
    if (r == 0) {
        while (run_one(&e, dir))
            pause_between(&e);
        say_idle(&e);
        outcome->kills = s->kills.count;
    } else
        (void)snprintf(outcome->failure, CAUSE_TEXT_MAX, "%s: %s",
                       plan->resume ? plan->resume : "start", history_error(r));
    close_past(&e);
    return plan->resume ? r : 0;
}

static const char *resume_error(int error)
{
    switch (error) {
    case -ENOENT:
        return "no run was killed there, or it had no journal";
    case -EBUSY:
        return "a run is going on there";
    case -EPERM:
        return "not a directory of yours alone (mode 0700)";
    default:
        return strerror(-error);
    }
}

int exchange_run(const struct exchange_plan *plan,
                 struct exchange_outcome *ret_outcome)
{
    struct rundir rundir = { 0 };
    struct leftover left;
    struct supervisor s;
    int r;

    *ret_outcome = (struct exchange_outcome){ 0 };
    r = supervisor_open(&s);
    if (r == 0)
        r = plan->resume ? rundir_resume(&rundir, plan->resume)
                         : rundir_make(&rundir);
    if (r < 0 && plan->resume)
        (void)snprintf(ret_outcome->failure, CAUSE_TEXT_MAX, "%.200s: %s",
                       plan->resume, resume_error(r));
    else if (r < 0)
        (void)snprintf(ret_outcome->failure, CAUSE_TEXT_MAX,
                       "a directory for the run, below %.200s (TMPDIR): %s",
                       rundir_parent(), strerror(-r));
    else {
        if (plan->tell_place)
            plan->tell_place(plan->progress_arg, rundir.path);
        r = run_in(rundir.path, plan, &s, ret_outcome);
    }
    if (r < 0) /* the journal of another run stays */
        rundir_leave(&rundir);
    r = rundir_release(&rundir, &left);
    if (r < 0 && !ret_outcome->failure[0])
        (void)snprintf(ret_outcome->failure, CAUSE_TEXT_MAX,
                       "left behind, because it cannot be removed: %.200s: %s",
                       left.name, strerror(-r));
    supervisor_close(&s);
    return outcome_good(ret_outcome) ? 0 : -1;
}
