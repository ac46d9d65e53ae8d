/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/exchange.h"

#include "ipc/exchange/blame.h"
#include "ipc/exchange/generation.h"
#include "ipc/exchange/journal.h"
#include "ipc/exchange/rundir.h"
#include "ipc/worker/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAUSE_MS = 10, PAUSES_MAX = 6, NOTE_NS = 100000000 };

/* One exchange, with all its generations. */
struct exchange {
    const struct exchange_plan *plan;
    struct supervisor *supervisor;
    struct exchange_outcome *outcome;
    struct ledger ledger;
    struct journal journal; /* of the ledger */
    uint64_t noted_ns;      /* in the journal, the last time */
    uint64_t resumed;       /* jobs that an earlier run has settled */
    struct so_far *so_far;  /* owned; NULL: there was no other generation */
    struct seen *done[CHANNELS_MAX]; /* owned; by earlier generations */
    uint64_t settled;                /* when this one began */
    unsigned idle; /* restarts since there was progress the last time */
};

static struct ledger *ledger_of(struct exchange *e)
{
    const bool wanted = e->plan->restarts > 0 || e->plan->resume;

    return wanted && e->plan->ops ? &e->ledger : NULL;
}

/* The clock goes on from the first generation on. */
static uint64_t note_begin(struct exchange *e)
{
    if (e->ledger.began_ns == 0)
        e->ledger.began_ns = e->supervisor->roster.page->started_ns;
    return e->ledger.began_ns;
}

/* What counts as done has to have been done, whatever was answered. */
static uint64_t count_never_done(const struct exchange *e)
{
    uint64_t done = e->resumed;

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
    const uint64_t began_ns = note_begin(e);

    outcome_collect(&e->supervisor->roster, e->plan, e->supervisor->signal,
                    begun ? generation_again(g) : 0, e->so_far, outcome);
    if (outcome->verdict.completed > 0)
        outcome->broker_cpu_ns =
            (double)g->broker_ns / (double)outcome->verdict.completed;
    if (!e->so_far)
        return;
    if (begun)
        outcome->verdict.redundant += generation_join(g, e->done);
    outcome->verdict.lost += count_never_done(e);
    if (outcome->finished_ns > began_ns)
        outcome->elapsed_ns = outcome->finished_ns - began_ns;
    if (outcome->elapsed_ns > 0)
        outcome->jobs_per_second =
            (double)(outcome->verdict.completed - e->resumed) * 1e9 /
            (double)outcome->elapsed_ns;
}

/*
 * After a death always, as long as it gets on now and then. Who failed without
 * dying, and has done nothing before, would fail again: there is no room, or
 * the place is taken.
 */
static bool may_go_on(const struct exchange *e, int started)
{
    const bool moved = ledger_settled(&e->ledger) > e->settled;

    if (e->plan->restarts == 0 || !e->plan->ops || e->supervisor->signal ||
        !e->outcome->failure[0] || e->idle >= e->plan->restarts)
        return false;
    if (started < 0)
        return e->ledger.generation > 0;
    return moved || e->supervisor->stalled ||
           blame_is_death(&e->supervisor->roster);
}

static int open_history(struct exchange *e)
{
    if (e->so_far)
        return 0;
    e->so_far = calloc(1, sizeof(*e->so_far));
    if (!e->so_far)
        return -ENOMEM;
    for (unsigned p = 0; p < e->plan->producers; p++) {
        e->done[p] = seen_open(e->ledger.account[p].settled->ids);
        if (!e->done[p])
            return -ENOMEM;
    }
    return 0;
}

static uint64_t count_open(const struct ledger *l)
{
    uint64_t sum = 0;

    for (unsigned p = 0; p < l->producers; p++)
        sum += l->account[p].submitted;
    return sum - ledger_settled(l);
}

static void tell(const struct exchange *e)
{
    const struct restart restart = {
        .number = e->ledger.generation,
        .why = e->outcome->failure,
        .settled = ledger_settled(&e->ledger),
        .again = count_open(&e->ledger),
    };

    if (e->plan->tell_restart)
        e->plan->tell_restart(e->plan->progress_arg, &restart);
}

/* Whoever rejected it told the page, this time or earlier. */
static const char *reason_of(void *arg, uint64_t number)
{
    const struct exchange *e = arg;
    const struct exchange_page *page = e->supervisor->roster.page;
    const char *text = NULL;

    if (e->so_far)
        text = results_reason(&e->so_far->results[WORKER_PRODUCER], number);
    for (size_t i = 0; !text && i < e->plan->producers; i++)
        text = results_reason(&page->worker[i].results, number);
    return text ? text : "";
}

/* What cannot be written now is tried again. */
static void note_in_journal(void *arg)
{
    struct exchange *e = arg;

    if (!e->journal.path[0] || clock_ns() - e->noted_ns < NOTE_NS)
        return;
    e->noted_ns = clock_ns();
    (void)journal_note(&e->journal, &e->ledger, reason_of, e);
}

/* What a generation leaves to the next one: 0, or why there is none. */
static int hand_on(struct exchange *e, const struct generation *g)
{
    const struct exchange_page *page = e->supervisor->roster.page;
    const bool first = !e->so_far;
    int r;

    r = open_history(e);
    for (unsigned p = 0; r == 0 && p < e->plan->producers; p++)
        r = ledger_close_account(&e->ledger, p, page->worker[p].submitted);
    if (r < 0)
        return r;
    if (first)
        (void)generation_join(g, e->done);
    outcome_keep(e->outcome, &e->supervisor->roster, !e->ledger.answered,
                 e->so_far);
    blame_deaths(&e->supervisor->roster, e->plan, e->supervisor->stalled,
                 &e->ledger, &e->so_far->results[WORKER_PRODUCER]);
    e->so_far->settled = ledger_settled(&e->ledger);
    e->so_far->rejected = ledger_rejected(&e->ledger);
    e->idle = e->so_far->settled > e->settled ? 0 : e->idle + 1;
    e->settled = e->so_far->settled;
    e->so_far->verdict.restarts = ++e->ledger.generation;
    e->noted_ns = 0;
    note_in_journal(e);
    if (e->journal.path[0])
        (void)journal_note_generation(&e->journal, &e->ledger);
    return 0;
}

/* One that could not begin leaves nothing. */
static int pass_on(struct exchange *e)
{
    e->so_far->verdict.restarts = ++e->ledger.generation;
    e->idle++;
    return 0;
}

static void say_idle(struct exchange *e)
{
    char why[CAUSE_TEXT_MAX];

    if (e->idle < e->plan->restarts || !e->outcome->failure[0] ||
        e->supervisor->signal || e->plan->restarts == 0)
        return;
    memcpy(why, e->outcome->failure, sizeof(why));
    (void)snprintf(e->outcome->failure, CAUSE_TEXT_MAX,
                   "gave up after %u restarts without progress: %.400s",
                   e->idle, why);
}

/* Runs one; whether there is another one to be run. */
static bool run_one(struct exchange *e, const char *dir)
{
    struct leftover left;
    struct generation g;
    bool go_on;
    int r;

    *e->outcome = (struct exchange_outcome){ 0 };
    r = generation_run(&g, dir, e->plan, ledger_of(e), e->supervisor,
                       e->outcome);
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
    if (e->idle > 0)
        supervisor_pause(e->supervisor,
                         (unsigned)PAUSE_MS
                             << (e->idle < PAUSES_MAX ? e->idle : PAUSES_MAX));
}

/* Goes on with what a run has left that was killed. */
static int take_up(struct exchange *e, const char *dir)
{
    int r;

    r = e->ledger.answered ? open_history(e) : -ENOTSUP;
    if (r == 0)
        r = journal_resume(&e->journal, dir, e->plan, &e->ledger,
                           &e->so_far->results[WORKER_PRODUCER]);
    if (r < 0)
        return r;
    e->so_far->settled = e->settled = e->resumed = ledger_settled(&e->ledger);
    e->so_far->rejected = ledger_rejected(&e->ledger);
    e->so_far->verdict.restarts = e->ledger.generation;
    return 0;
}

static int open_ledger(struct exchange *e, const char *dir)
{
    const struct exchange_plan *plan = e->plan;
    int r;

    r = ledger_open(&e->ledger, plan);
    if (r == 0 && plan->resume)
        r = take_up(e, dir);
    else if (r == 0 && e->ledger.answered)
        r = journal_create(&e->journal, dir, plan);
    if (r < 0)
        return r;
    e->supervisor->ledger = &e->ledger;
    e->supervisor->tick = note_in_journal;
    e->supervisor->tick_arg = e;
    return 0;
}

static void close_ledger(struct exchange *e)
{
    e->supervisor->ledger = NULL;
    e->supervisor->tick = NULL;
    journal_close(&e->journal);
    ledger_close(&e->ledger);
    for (unsigned p = 0; p < e->plan->producers; p++)
        seen_close(e->done[p]);
    free(e->so_far);
}

static const char *start_error(int error)
{
    switch (error) {
    case -ENOTSUP:
        return "in a stream nothing is answered, so nothing can be resumed";
    case -ESTALE:
        return "its journal is one of other jobs, or other pictures";
    case -EPROTO:
        return "there is something else in the place of its journal";
    default:
        return strerror(-error);
    }
}

/* Negative when it could not go on with another run. */
static int run_in(const char *dir, const struct exchange_plan *plan,
                  struct supervisor *s, struct exchange_outcome *outcome)
{
    struct exchange e = { .plan = plan, .supervisor = s, .outcome = outcome };
    int r = 0;

    kills_open(&s->kills, &plan->kills, generation_session());
    if (ledger_of(&e))
        r = open_ledger(&e, dir);
    if (r == 0) {
        while (run_one(&e, dir))
            pause_between(&e);
        say_idle(&e);
        outcome->kills = s->kills.count;
    } else
        (void)snprintf(outcome->failure, CAUSE_TEXT_MAX, "%s: %s",
                       plan->resume ? plan->resume : "start", start_error(r));
    close_ledger(&e);
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
