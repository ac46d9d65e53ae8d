/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NOTE_NS = 100000000 };

static int open_past(struct history *h)
{
    if (!h->so_far)
        h->so_far = calloc(1, sizeof(*h->so_far));
    return h->so_far ? 0 : -ENOMEM;
}

static void note_settled(struct history *h)
{
    h->so_far->settled = h->settled = ledger_settled(&h->ledger);
    h->so_far->rejected = ledger_rejected(&h->ledger);
    h->so_far->verdict.restarts = h->ledger.generation;
}

/* Goes on with what a run has left that was killed. */
static int take_up(struct history *h, const struct exchange_plan *plan,
                   const char *dir)
{
    int r;

    r = h->ledger.answered ? open_past(h) : -ENOTSUP;
    if (r == 0)
        r = journal_resume(&h->journal, dir, plan, &h->ledger,
                           &h->so_far->results[WORKER_PRODUCER]);
    if (r < 0)
        return r;
    note_settled(h);
    h->resumed = h->settled;
    if (!history_done(h, plan)) /* or the next one would not count this one */
        (void)journal_note_generation(&h->journal, &h->ledger);
    return 0;
}

int history_open(struct history *h, const struct exchange_plan *plan,
                 const char *dir, bool resume)
{
    int r;

    *h = (struct history){ 0 };
    r = ledger_open(&h->ledger, plan);
    if (r < 0 || !dir)
        return r;
    if (resume)
        return take_up(h, plan, dir);
    return h->ledger.answered ? journal_create(&h->journal, dir, plan) : 0;
}

void history_close(struct history *h)
{
    journal_close(&h->journal);
    ledger_close(&h->ledger);
    free(h->so_far);
    h->so_far = NULL;
}

const char *history_error(int error)
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

/* Whoever rejected it told the page, this time or earlier. */
static const char *reason_of(void *arg, uint64_t number)
{
    const struct history *h = arg;
    const char *text = NULL;

    if (h->so_far)
        text = results_reason(&h->so_far->results[WORKER_PRODUCER], number);
    for (size_t i = 0; !text && i < h->ledger.producers; i++)
        text = results_reason(&h->roster->page->worker[i].results, number);
    return text ? text : "";
}

/* What cannot be written now is tried again. */
static void note_in_journal(void *arg)
{
    struct history *h = arg;

    if (!h->journal.path[0] || clock_ns() - h->noted_ns < NOTE_NS)
        return;
    h->noted_ns = clock_ns();
    (void)journal_note(&h->journal, &h->ledger, reason_of, h);
}

void history_save(struct history *h)
{
    h->noted_ns = 0;
    note_in_journal(h);
}

void history_watch(struct history *h, struct supervisor *s)
{
    h->roster = &s->roster;
    s->ledger = &h->ledger;
    s->tick = note_in_journal;
    s->tick_arg = h;
}

/* The clock goes on from the first generation on. */
static uint64_t note_begin(struct history *h, const struct exchange_page *page)
{
    if (h->ledger.began_ns == 0)
        h->ledger.began_ns = page->started_ns;
    return h->ledger.began_ns;
}

void history_collect(struct history *h, const struct supervisor *s,
                     const struct exchange_plan *plan, uint64_t again,
                     struct exchange_outcome *outcome)
{
    const uint64_t began_ns = note_begin(h, s->roster.page);

    outcome_collect(&s->roster, plan, s->signal, again, h->so_far, outcome);
    if (!h->so_far)
        return;
    if (outcome->finished_ns > began_ns)
        outcome->elapsed_ns = outcome->finished_ns - began_ns;
    if (outcome->elapsed_ns > 0)
        outcome->jobs_per_second =
            (double)(outcome->verdict.completed - h->resumed) * 1e9 /
            (double)outcome->elapsed_ns;
}

int history_keep(struct history *h, const struct exchange_outcome *outcome)
{
    const struct exchange_page *page = h->roster->page;
    int r;

    r = open_past(h);
    for (unsigned p = 0; r == 0 && p < h->ledger.producers; p++)
        r = ledger_close_account(&h->ledger, p, page->worker[p].submitted);
    if (r == 0)
        outcome_keep(outcome, h->roster, !h->ledger.answered, h->so_far);
    return r;
}

void history_next(struct history *h)
{
    h->idle = history_moved(h) ? 0 : h->idle + 1;
    h->ledger.generation++;
    note_settled(h);
    history_save(h);
    if (h->journal.path[0])
        (void)journal_note_generation(&h->journal, &h->ledger);
}

bool history_moved(const struct history *h)
{
    return ledger_settled(&h->ledger) > h->settled;
}

uint64_t history_again(const struct history *h)
{
    uint64_t sum = 0;

    for (unsigned p = 0; p < h->ledger.producers; p++)
        sum += h->ledger.account[p].submitted;
    return sum - ledger_settled(&h->ledger);
}

bool history_done(const struct history *h, const struct exchange_plan *plan)
{
    return plan->jobs > 0 && ledger_settled(&h->ledger) == plan->jobs;
}

void history_conclude(const struct history *h, struct exchange_outcome *outcome)
{
    struct verdict *verdict = &outcome->verdict;

    outcome->failure[0] = '\0';
    *verdict = h->so_far->verdict;
    verdict->submitted = h->so_far->settled;
    verdict->rejected = h->so_far->rejected;
    verdict->completed = verdict->submitted - verdict->rejected;
    verdict->lost = 0;
    verdict->finished = true;
    memcpy(outcome->results, h->so_far->results, sizeof(outcome->results));
}
