/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    uint64_t bad_answers, duplicate_answers, reordered_answers, doubled;
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
    totals->doubled += page->doubled_effects;
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
        .doubled = t->doubled,
        .reordered = larger(t->tally.reordered, t->reordered_answers),
        .corrupted = t->tally.corrupted + t->bad_answers,
        .finished = finished,
    };
}

void results_reject(struct results *results, uint64_t number, const char *text)
{
    const uint64_t index = results->rejected++;

    if (index >= PAGE_REMARKS_MAX)
        return;
    results->rejection[index].number = number;
    (void)snprintf(results->rejection[index].text, JOB_REMARK_MAX, "%s", text);
}

const char *results_reason(const struct results *results, uint64_t number)
{
    for (uint64_t i = 0; i < results->rejected && i < PAGE_REMARKS_MAX; i++)
        if (results->rejection[i].number == number)
            return results->rejection[i].text;
    return NULL;
}

static bool has_remark(const struct remark list[PAGE_REMARKS_MAX],
                       uint64_t count, uint64_t number)
{
    for (uint64_t i = 0; i < count && i < PAGE_REMARKS_MAX; i++)
        if (list[i].number == number)
            return true;
    return false;
}

/* Returns how many they are then. A job may be rejected in two generations, by
 * one that died before it was settled. */
static uint64_t add_remarks(struct remark to[PAGE_REMARKS_MAX], uint64_t had,
                            const struct remark from[PAGE_REMARKS_MAX],
                            uint64_t more)
{
    uint64_t count = had;

    for (uint64_t i = 0; i < more; i++) {
        if (i < PAGE_REMARKS_MAX && has_remark(to, count, from[i].number))
            continue;
        if (count < PAGE_REMARKS_MAX && i < PAGE_REMARKS_MAX)
            to[count] = from[i];
        count++;
    }
    return count;
}

static void add_results(struct results *to, const struct results *from)
{
    to->rejected = add_remarks(to->rejection, to->rejected, from->rejection,
                               from->rejected);
    to->noticed =
        add_remarks(to->notice, to->noticed, from->notice, from->noticed);
    if (to->completed == 0)
        to->first = from->first;
    to->completed += from->completed;
    to->damaged += from->damaged;
    to->work_ns += from->work_ns;
}

static int stayed_on(const struct worker_page *page)
{
    return page->done.at_ns > 0 && page->warm.cpu == page->done.cpu
               ? page->done.cpu
               : -1;
}

static void add_worker(const struct supervised *worker,
                       const struct worker_page *page,
                       struct exchange_outcome *outcome)
{
    add_results(&outcome->results[worker->role], &page->results);
    if (worker->index == 0) {
        outcome->pid[worker->role] = worker->pid;
        outcome->cpu[worker->role] = stayed_on(page);
    }
    if (worker->role == WORKER_CONSUMER)
        outcome->jobs_of_consumer[worker->index] += page->jobs;
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

/* What is settled was sent, has arrived, and was answered. */
static void add_settled(struct totals *totals, const struct so_far *before)
{
    totals->sent += before->settled;
    totals->tally.received += before->settled;
    totals->completed += before->settled - before->rejected;
    totals->rejected += before->rejected;
}

static void add_faults(struct verdict *verdict, const struct verdict *before)
{
    verdict->duplicated += before->duplicated;
    verdict->doubled += before->doubled;
    verdict->reordered += before->reordered;
    verdict->corrupted += before->corrupted;
    verdict->restarts = before->restarts;
    verdict->redundant = before->redundant;
}

/* The bytes of jobs that were sent again count once, on average. */
static uint64_t once(const struct exchange_outcome *outcome)
{
    if (outcome->verdict.restarts == 0 || outcome->sent == 0)
        return outcome->sent_bytes;
    return (uint64_t)((double)outcome->sent_bytes *
                      (double)outcome->verdict.completed /
                      (double)outcome->sent);
}

/* Those who worked before. */
static void add_earlier(const struct so_far *before, struct histogram *latency,
                        struct exchange_outcome *outcome)
{
    histogram_add(latency, &before->latency);
    for (unsigned i = 0; i < CHANNELS_MAX; i++)
        outcome->jobs_of_consumer[i] = before->jobs_of_consumer[i];
    for (unsigned role = 0; role < WORKER_ROLES; role++)
        add_results(&outcome->results[role], &before->results[role]);
}

void outcome_keep(const struct exchange_outcome *outcome,
                  const struct roster *roster, bool stream,
                  struct so_far *so_far)
{
    so_far->verdict = outcome->verdict;
    if (stream)
        return;
    so_far->sent = outcome->sent;
    so_far->sent_bytes = outcome->sent_bytes;
    so_far->latency = roster->page->worker[0].latency;
    memcpy(so_far->jobs_of_consumer, outcome->jobs_of_consumer,
           sizeof(so_far->jobs_of_consumer));
    memcpy(so_far->results, outcome->results, sizeof(so_far->results));
}

void outcome_collect(const struct roster *roster,
                     const struct exchange_plan *plan, int signal,
                     uint64_t again, const struct so_far *before,
                     struct exchange_outcome *outcome)
{
    struct histogram *latency = &roster->page->worker[0].latency;
    struct totals totals = { 0 };

    if (before)
        add_earlier(before, latency, outcome);

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
    outcome->sent = totals.sent + (before ? before->sent : 0);
    outcome->sent_bytes = totals.bytes + (before ? before->sent_bytes : 0);
    if (before)
        add_settled(&totals, before);
    outcome->verdict = judge(&totals, !outcome->failure[0]);
    if (before)
        add_faults(&outcome->verdict, &before->verdict);
    outcome->signal = signal;
    outcome->finished_ns = totals.finished_ns;
    if (totals.finished_ns > roster->page->started_ns)
        outcome->elapsed_ns = totals.finished_ns - roster->page->started_ns;
    outcome->bytes = once(outcome);
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
