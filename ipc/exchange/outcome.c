/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/outcome.h"

#include <stdlib.h>

bool outcome_good(const struct exchange_outcome *outcome)
{
    return !outcome->failure[0] && verdict_good(&outcome->verdict) &&
           outcome->verdict.rejected == 0;
}

static uint64_t above(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The counts of all workers together. */
struct totals {
    struct tally tally;
    uint64_t submitted, sent, bytes, finished_ns;
    uint64_t bad_answers, duplicate_answers, reordered_answers;
    uint64_t completed, rejected, damaged;
};

static void add_up(const struct worker_page *page, struct totals *totals)
{
    totals->tally.received += page->tally.received;
    totals->tally.duplicated += page->tally.duplicated;
    totals->tally.reordered += page->tally.reordered;
    totals->tally.corrupted += page->tally.corrupted;
    totals->submitted += page->submitted;
    totals->sent += page->sent;
    totals->bytes += page->bytes;
    totals->finished_ns = larger(totals->finished_ns, page->finished_ns);
    totals->bad_answers += page->bad_answers;
    totals->duplicate_answers += page->duplicate_answers;
    totals->reordered_answers += page->reordered_answers;
    totals->completed += page->results.completed;
    totals->rejected += page->results.rejected;
    totals->damaged += page->results.damaged;
}

/* Jobs that were sent and did not arrive; or whose answer did not. */
static uint64_t count_lost(const struct totals *t)
{
    uint64_t unsent = t->submitted - t->sent;
    uint64_t answers =
        t->completed + t->damaged + t->bad_answers + above(t->rejected, unsent);
    uint64_t unreadable = above(t->tally.corrupted, t->damaged);
    uint64_t lost = above(t->sent, t->tally.received + t->tally.corrupted);
    uint64_t unanswered = above(t->sent, answers + unreadable);

    return larger(lost, unanswered);
}

static struct verdict judge(const struct totals *t, bool finished)
{
    return (struct verdict){
        .submitted = t->submitted,
        .completed = t->completed,
        .rejected = t->rejected,
        .lost = count_lost(t),
        /* A job that arrives twice, or late, is answered so as well. */
        .duplicated = larger(t->tally.duplicated, t->duplicate_answers),
        .reordered = larger(t->tally.reordered, t->reordered_answers),
        .corrupted = t->tally.corrupted + t->bad_answers,
        .finished = finished,
    };
}

static void add_remarks(struct remark to[PAGE_REMARKS_MAX], uint64_t had,
                        const struct remark from[PAGE_REMARKS_MAX],
                        uint64_t more)
{
    for (uint64_t i = 0; had + i < PAGE_REMARKS_MAX && i < more; i++)
        to[had + i] = from[i];
}

static void add_results(struct results *to, const struct results *from)
{
    add_remarks(to->rejection, to->rejected, from->rejection, from->rejected);
    add_remarks(to->notice, to->noticed, from->notice, from->noticed);
    if (to->completed == 0)
        to->first = from->first;
    to->completed += from->completed;
    to->rejected += from->rejected;
    to->damaged += from->damaged;
    to->noticed += from->noticed;
    to->work_ns += from->work_ns;
}

static void add_worker(const struct supervised *worker,
                       const struct worker_page *page,
                       struct exchange_outcome *outcome)
{
    add_results(&outcome->results[worker->role], &page->results);
    if (worker->index == 0)
        outcome->pid[worker->role] = worker->pid;
    if (worker->role == WORKER_CONSUMER)
        outcome->jobs_of_consumer[worker->index] = page->jobs;
}

/* The effort of a role, after the warm-up. */
struct effort {
    uint64_t jobs;
    struct usage usage;
    uint64_t memory_bytes;
    double jobs_per_second;
};

static void add_effort(const struct worker_page *page, uint64_t finished_ns,
                       struct effort *effort)
{
    uint64_t jobs = page->done.jobs - page->warm.jobs;
    struct usage usage = usage_between(&page->warm.usage, &page->done.usage);

    if (page->done.at_ns == 0)
        return; /* it did not come so far */
    effort->jobs += jobs;
    usage_add(&effort->usage, &usage);
    effort->memory_bytes += page->memory_bytes;
    if (finished_ns > page->warm.at_ns)
        effort->jobs_per_second +=
            (double)jobs * 1e9 / (double)(finished_ns - page->warm.at_ns);
}

static struct cost cost_of(const struct effort *effort)
{
    const struct usage *usage = &effort->usage;
    const double jobs = (double)effort->jobs;
    struct cost cost = { .memory_bytes = effort->memory_bytes };

    if (effort->jobs == 0)
        return cost;
    cost.cpu_ns = (double)usage->cpu_ns / jobs;
    cost.voluntary_switches = (double)usage->voluntary_switches / jobs;
    cost.involuntary_switches = (double)usage->involuntary_switches / jobs;
    return cost;
}

/* Jobs are counted where they arrive, if that is in this program. */
static void measure(const struct roster *roster, uint64_t finished_ns,
                    struct exchange_outcome *outcome)
{
    const enum worker_role last = roster_last(roster);
    struct effort effort[WORKER_ROLES] = { 0 };

    for (unsigned i = 0; i < PAGE_WORKERS_MAX; i++)
        if (roster->worker[i].pid)
            add_effort(&roster->page->worker[i], finished_ns,
                       &effort[roster->worker[i].role]);
    for (unsigned role = 0; role < WORKER_ROLES; role++)
        outcome->cost[role] = cost_of(&effort[role]);
    outcome->jobs_per_second = effort[last].jobs_per_second;
}

void outcome_collect(const struct roster *roster,
                     const struct exchange_plan *plan, int signal,
                     uint64_t again, struct exchange_outcome *outcome)
{
    struct histogram *latency = &roster->page->worker[0].latency;
    struct totals totals = { 0 };

    for (unsigned i = 0; i < PAGE_WORKERS_MAX; i++) {
        if (!roster->worker[i].pid)
            continue;
        add_up(&roster->page->worker[i], &totals);
        add_worker(&roster->worker[i], &roster->page->worker[i], outcome);
        if (i > 0)
            histogram_add(latency, &roster->page->worker[i].latency);
    }
    totals.tally.received -= again;
    totals.tally.duplicated += again;
    outcome->verdict = judge(&totals, !outcome->failure[0]);
    outcome->signal = signal;
    if (totals.finished_ns > roster->page->started_ns)
        outcome->elapsed_ns = totals.finished_ns - roster->page->started_ns;
    outcome->bytes = totals.bytes;
    outcome->latency = latency_of(latency);
    if (plan->latency)
        histogram_add(plan->latency, latency);
    measure(roster, totals.finished_ns, outcome);
}

int outcome_exit_status(const struct exchange_outcome *outcome)
{
    if (outcome->signal)
        return 128 + outcome->signal;
    return outcome_good(outcome) ? EXIT_SUCCESS : EXIT_FAILURE;
}
