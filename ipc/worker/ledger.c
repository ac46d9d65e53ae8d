/* SPDX-License-Identifier: MIT */
#include "ipc/worker/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int open_account(struct account *a, uint64_t ids)
{
    a->settled = seen_open(ids);
    a->rejected = seen_open(ids);
    return a->settled && a->rejected ? 0 : -ENOMEM;
}

int ledger_open(struct ledger *l, const struct exchange_plan *plan)
{
    int r = 0;

    *l = (struct ledger){
        .producers = plan->producers,
        .answered = plan->pattern != PATTERN_STREAM,
    };
    for (unsigned p = 0; r == 0 && p < l->producers; p++)
        r = open_account(&l->account[p], plan_job_count(plan, p));
    return r;
}

void ledger_close(struct ledger *l)
{
    for (unsigned p = 0; p < l->producers; p++) {
        seen_close(l->account[p].settled);
        seen_close(l->account[p].rejected);
        free(l->account[p].open);
    }
    l->producers = 0;
}

uint64_t ledger_next(const struct ledger *l, unsigned producer, uint64_t id)
{
    return seen_next(l->account[producer].settled, id);
}

/* By id. They are as few as the window. */
static struct open_job *find(const struct account *a, uint64_t id)
{
    for (size_t i = 0; i < a->open_count; i++)
        if (a->open[i].id == id)
            return &a->open[i];
    return NULL;
}

uint16_t ledger_attempt(const struct ledger *l, unsigned producer, uint64_t id)
{
    const struct account *a = &l->account[producer];
    const struct open_job *job;
    uint64_t before = l->generation;

    if (l->answered) {
        job = id < a->submitted ? find(a, id) : NULL;
        before = job ? job->sent : 0;
    }
    return before < UINT16_MAX ? (uint16_t)(before + 1) : UINT16_MAX;
}

bool ledger_is_suspect(const struct ledger *l, unsigned producer, uint64_t id)
{
    const struct account *a = &l->account[producer];
    const struct open_job *job = id < a->submitted ? find(a, id) : NULL;

    return job && job->deaths > 0;
}

/* A rejection first: who is killed in between has it rejected again. */
bool ledger_settle(struct ledger *l, unsigned producer, uint64_t id,
                   bool rejected)
{
    struct account *a = &l->account[producer];

    if (rejected)
        (void)seen_add(a->rejected, id);
    return seen_add(a->settled, id);
}

uint64_t ledger_settled(const struct ledger *l)
{
    uint64_t sum = 0;

    for (unsigned p = 0; p < l->producers; p++)
        sum += seen_count(l->account[p].settled);
    return sum;
}

uint64_t ledger_rejected(const struct ledger *l)
{
    uint64_t sum = 0;

    for (unsigned p = 0; p < l->producers; p++)
        sum += seen_count(l->account[p].rejected);
    return sum;
}

static int add_open(struct account *a, const struct open_job *job)
{
    const size_t room = a->open_room ? 2 * a->open_room : 16;
    struct open_job *grown;

    if (a->open_count == a->open_room) {
        grown = reallocarray(a->open, room, sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        a->open = grown;
        a->open_room = room;
    }
    a->open[a->open_count++] = *job;
    return 0;
}

/* What was open before and is settled now is no more so. */
static void drop_settled(struct account *a)
{
    size_t kept = 0;

    for (size_t i = 0; i < a->open_count; i++)
        if (!seen_has(a->settled, a->open[i].id))
            a->open[kept++] = a->open[i];
    a->open_count = kept;
}

int ledger_close_account(struct ledger *l, unsigned producer,
                         uint64_t submitted)
{
    struct account *a = &l->account[producer];
    uint64_t id = a->submitted;
    int r = 0;

    if (submitted > a->submitted)
        a->submitted = submitted;
    if (!l->answered)
        return 0;
    drop_settled(a);
    for (size_t i = 0; i < a->open_count; i++)
        a->open[i].sent++;
    for (id = seen_next(a->settled, id); r == 0 && id < a->submitted;
         id = seen_next(a->settled, id + 1)) {
        const struct open_job job = { .id = id, .sent = 1 };

        r = add_open(a, &job);
    }
    return r;
}

int ledger_restore(struct ledger *l, unsigned producer, uint64_t id,
                   uint16_t deaths)
{
    struct account *a = &l->account[producer];
    const struct open_job restored = { .id = id, .deaths = deaths };
    struct open_job *job = find(a, id);

    if (!job)
        return add_open(a, &restored);
    job->deaths = deaths;
    return 0;
}

/* In a stream no job is open but those that were blamed before. */
bool ledger_blame(struct ledger *l, unsigned producer, uint64_t id)
{
    struct account *a = &l->account[producer];
    const struct open_job first = { .id = id };
    struct open_job *job = find(a, id);

    if (seen_has(a->settled, id))
        return false;
    if (!job && add_open(a, &first) < 0)
        return false;
    job = find(a, id);
    if (++job->deaths < LEDGER_ATTEMPTS)
        return false;
    (void)ledger_settle(l, producer, id, true);
    drop_settled(a);
    return true;
}
